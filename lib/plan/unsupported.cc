// SPDX-License-Identifier: Apache-2.0
// plan/unsupported.cc - the table of what isn't built yet; implementing a member deletes its row.
//
// Runs in: parent, pure. Resources have their own list in parts/cgroup, mounts in parts/mounts.
#include "plan/unsupported.h"

namespace davit::plan {

namespace {

using spec::Config;

struct Request {
    std::string_view pointer;
    bool (*made)(Config const&);
};

constexpr Request requests[] = {
    {"/linux/mountLabel", [](Config const& c) { return !c.linux.mount_label.empty(); }},
};

} // namespace

Result<> refuse_unsupported(Config const& config) {
    for (auto const& request : requests)
        if (request.made(config))
            return fail(Kind::unsupported, "config.json: ", request.pointer,
                        ": not supported by this version of davit");
    return {};
}

} // namespace davit::plan
