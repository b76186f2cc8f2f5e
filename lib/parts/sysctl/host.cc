// SPDX-License-Identifier: Apache-2.0
// parts/sysctl/host.cc - is a joined namespace the host's? Runs in: parent.
#include "parts/sysctl/host.h"

#include <algorithm>

#include "parts/namespaces/host.h"
#include "parts/sysctl/plan.h"

namespace davit::sysctl {

Result<> check_joined(spec::TextMap const& sysctl, std::vector<plan::JoinedNamespace> const& joined,
                      std::vector<NsFd> const& fds) {
    for (std::size_t i = 0; i < fds.size() && !sysctl.empty(); ++i) {
        auto const& [type, path] = joined[i];
        auto const key = std::ranges::find_if(sysctl, [type = type](auto const& entry) {
            return namespace_of(path_of(entry.first)) == type;
        });
        if (key != sysctl.end() && TRY(namespaces::is_own(type, fds[i])))
            return fail(Kind::config, "config.json: /linux/sysctl: ", quoted(key->first),
                        " would be set for the whole host: ", quoted(path),
                        " is the host's namespace");
    }
    return {};
}

} // namespace davit::sysctl
