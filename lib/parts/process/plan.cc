// SPDX-License-Identifier: Apache-2.0
// parts/process/plan.cc - config.json's process for init. Runs in: parent, pure. config.md#process.
#include "parts/process/plan.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "spec/names.h"

namespace davit::process {

namespace {

/// The value of a variable; the last one wins, as in getenv(3) after putenv(3) of each.
std::optional<std::string_view> variable(spec::Texts const& env, std::string_view name) {
    std::optional<std::string_view> value;
    for (std::string_view const entry : env)
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
            value = entry.substr(name.size() + 1);
    return value;
}

Result<> plan_limits(std::vector<spec::Rlimit> const& wanted, plan::Builder& builder,
                     InitPlan& inside) {
    std::vector<Limit> limits;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto const* const known = find(spec::rlimits, wanted[i].type);
        if (!known)
            return fail(Kind::config, "config.json: /process/rlimits/", i, "/type: unknown limit ",
                        quoted(wanted[i].type));
        bool const late =
            known->number == RLIMIT_NOFILE && wanted[i].soft < inside.preserve_fds + fds_of_init;
        inside.late_limits |= late;
        limits.push_back(
            {static_cast<std::uint32_t>(known->number), late, wanted[i].soft, wanted[i].hard});
    }
    inside.limits = builder.list(limits);
    return {};
}

/// Each variable once, with its last value and at the last one's place, as in runc: of two,
/// getenv(3) would find the first. Drops an empty HOME: init finds one.
std::vector<std::string_view> environment(spec::Texts const& env) {
    std::vector<std::string_view> kept;
    std::set<std::string_view> seen;
    for (std::string_view const entry : std::views::reverse(env)) {
        auto const name = entry.substr(0, entry.find('='));
        if (name.size() != entry.size() && !seen.insert(name).second) continue;
        if (entry != "HOME=") kept.push_back(entry);
    }
    std::ranges::reverse(kept);
    return kept;
}

} // namespace

Result<InitPlan> plan(spec::Config const& config, unsigned preserve_fds, std::string_view keyring,
                      plan::Builder& builder) {
    static spec::Process const nothing = [] {
        spec::Process process;
        process.cwd = "/";
        return process;
    }();
    auto const& process = config.process ? *config.process : nothing;
    auto const home = variable(process.env, "HOME");
    InitPlan inside;
    inside.argv = builder.pointers(process.args);
    inside.envp = builder.pointers(environment(process.env), 1);
    inside.path = builder.text(variable(process.env, "PATH").value_or(default_path));
    inside.cwd = builder.text(clean_path(process.cwd));
    inside.find_home = !home || home->empty();
    inside.uid = process.user.uid;
    inside.gid = process.user.gid;
    inside.umask = process.user.umask.value_or(022);
    inside.groups = builder.list(process.user.additional_gids);
    inside.no_new_privileges = process.no_new_privileges;
    inside.stdio_owner = inside.uid != 0;
    inside.preserve_fds = preserve_fds;
    TRY(plan_limits(process.rlimits, builder, inside));
    if (!keyring.empty()) inside.keyring = builder.text(keyring);
    return inside;
}

} // namespace davit::process
