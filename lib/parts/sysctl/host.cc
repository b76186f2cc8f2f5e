// SPDX-License-Identifier: Apache-2.0
// parts/sysctl/host.cc - is a joined namespace the host's? Runs in: parent.
// Kernel interface: namespaces(7): two files of one namespace have the same inode.
#include "parts/sysctl/host.h"

#include <unistd.h>

#include <algorithm>

#include "parts/namespaces/plan.h"
#include "parts/sysctl/plan.h"
#include "safe/host_procfs.h"

namespace davit::sysctl {

namespace {

Result<bool> is_ours(spec::NamespaceType type, NsFd const& joined) {
    auto const proc = TRY(safe::open_procfs());
    std::string const name(namespaces::file_name(type));
    auto const ours = TRY(context(proc.open_namespace(::getpid(), name.c_str()),
                                  "open the own namespace ", quoted(name)));
    auto const a = TRY(context(sys::fstat(ours.number()), "look at a namespace"));
    auto const b = TRY(context(sys::fstat(joined.number()), "look at a namespace"));
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

} // namespace

Result<> check_joined(spec::TextMap const& sysctl, std::vector<plan::JoinedNamespace> const& joined,
                      std::vector<NsFd> const& fds) {
    for (std::size_t i = 0; i < fds.size() && !sysctl.empty(); ++i) {
        auto const& [type, path] = joined[i];
        auto const key = std::ranges::find_if(sysctl, [type = type](auto const& entry) {
            return namespace_of(path_of(entry.first)) == type;
        });
        if (key != sysctl.end() && TRY(is_ours(type, fds[i])))
            return fail(Kind::config, "config.json: /linux/sysctl: ", quoted(key->first),
                        " would be set for the whole host: ", quoted(path),
                        " is the host's namespace");
    }
    return {};
}

} // namespace davit::sysctl
