// SPDX-License-Identifier: Apache-2.0
// spec/validate_mounts.cc - the rules of config.md#mounts and #posix-platform-hooks. Runs in:
// parent.
#include <algorithm>

#include "spec/rules.h"

namespace davit::spec {

Result<> validate_mounts(Config const& config) {
    Path const mounts{"mounts"};
    for (std::size_t i = 0; i < config.mounts.size(); ++i) {
        auto const& mount = config.mounts[i];
        Path const at{mounts, i};
        // config.md#mounts. A relative destination is deprecated, an empty one is none.
        if (mount.destination.empty()) return wrong({at, "destination"}, "must not be empty");

        // config.md#posix-platform-mounts: "it MUST be specified along with gidMappings"
        bool const has_uids = !mount.uid_mappings.empty();
        bool const has_gids = !mount.gid_mappings.empty();
        if (has_uids != has_gids)
            return wrong({at, has_uids ? "gidMappings" : "uidMappings"},
                         has_uids ? "must be there along with uidMappings"
                                  : "must be there along with gidMappings");
        TRY(id_mappings({at, "uidMappings"}, mount.uid_mappings));
        TRY(id_mappings({at, "gidMappings"}, mount.gid_mappings));

        // config.md#linux-mount-options, idmap: without mappings and without a user namespace "an
        // error MUST be returned"
        auto const option = std::ranges::find_if(
            mount.options, [](auto const& o) { return o == "idmap" || o == "ridmap"; });
        if (option != mount.options.end() && !has_uids
            && !has_namespace(config.linux, NamespaceType::user))
            return wrong({Path(at, "options"), std::size_t(option - mount.options.begin())},
                         "needs uidMappings and gidMappings, or a user namespace", *option);
    }
    return {};
}

Result<> validate_hooks(Hooks const& hooks) {
    struct Row {
        char const* name;
        std::vector<Hook> Hooks::* list;
    };
    constexpr Row rows[] = {
        {"prestart", &Hooks::prestart},
        {"createRuntime", &Hooks::create_runtime},
        {"createContainer", &Hooks::create_container},
        {"startContainer", &Hooks::start_container},
        {"poststart", &Hooks::poststart},
        {"poststop", &Hooks::poststop},
    };
    Path const at{"hooks"};
    for (auto const& row : rows) {
        Path const list{at, row.name};
        for (std::size_t i = 0; i < (hooks.*row.list).size(); ++i) {
            auto const& hook = (hooks.*row.list)[i];
            Path const here{list, i};
            // "path MUST be absolute"; "If set, timeout MUST be greater than zero."
            TRY(absolute({here, "path"}, hook.path));
            if (hook.timeout && *hook.timeout <= 0)
                return wrong({here, "timeout"}, "must be at least 1 second", *hook.timeout);
        }
    }
    return {};
}

} // namespace davit::spec
