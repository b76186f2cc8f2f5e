// SPDX-License-Identifier: Apache-2.0
// tools/spec.cc - `davit spec`.
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/result.h"
#include "davit/config.h"
#include "davit/contract.h"
#include "output.h"
#include "verb.h"

namespace davit::cli {

namespace {

std::string bundle;
bool rootless;

constexpr Option spec_options[] = {
    {"bundle", 'b', "DIR", "the directory to write to (default: the current one)", &bundle},
    {"rootless", 0, "", "for a user without privileges", &rootless},
};

bool unified_cgroups() {
    struct statfs status{};
    return ::statfs("/sys/fs/cgroup", &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

Result<int> run_spec(Call const&) {
    auto const config = example_config(rootless, unified_cgroups(), ::geteuid(), ::getegid());
    auto const path = bundle.empty() ? std::string("config.json") : bundle + "/config.json";
    auto const written = write_file(path, write_config(config) + "\n", Existing::refused);
    if (!written && written.error().kind == Kind::exists)
        return fail(Kind::exists, contract::config_exists);
    if (!written) return std::unexpected(written.error());
    return 0;
}

} // namespace

extern Verb const spec_verb;
constinit Verb const spec_verb = {
    .name = "spec",
    .synopsis = "",
    .help = "write an example config.json",
    .details =
        "The example runs \"sh\" with the root file system in the directory \"rootfs\" beside\n"
        "config.json, which \"davit spec\" doesn't make.\n",
    .options = spec_options,
    .shared_options = {},
    .run = run_spec,
    .exit_status = "0, or 1 with a message: an existing config.json is not overwritten.\n",
    .examples = "davit spec --bundle /var/lib/demo\n",
    .see_also = "explain run",
};

} // namespace davit::cli
