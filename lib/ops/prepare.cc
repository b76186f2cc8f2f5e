// SPDX-License-Identifier: Apache-2.0
// ops/prepare.cc - from a bundle to a plan; explain ends here. Runs in: parent.
#include <limits.h>
#include <unistd.h>

#include <algorithm>

#include "davit/config.h"
#include "ops/runtime.h"
#include "parts/cgroup/knobs.h"
#include "parts/mounts/plan.h"
#include "parts/seccomp/host.h"
#include "parts/seccomp/plan.h"
#include "parts/users/unprivileged_host.h"
#include "spec/document.h"
#include "sys/file.h"

namespace davit {

namespace ops {

namespace {

Result<std::string> absolute(std::string_view path) {
    if (path.starts_with('/')) return clean_path(path);
    char cwd[PATH_MAX];
    TRY(context(sys::getcwd(cwd, sizeof cwd), "look up the working directory"));
    return clean_path(text(cwd, "/", path));
}

/// Adds the caller's variables to config.json's process: the last variable of a name wins.
void add_environment(spec::Process& process, CreateOptions const& options) {
    for (auto const& variable : options.environment) process.env.push_back(variable);
    if (options.notify)
        process.env.push_back(
            text("NOTIFY_SOCKET=", mounts::notify_destination, "/", state::notify_socket));
}

} // namespace

Result<Prepared> prepare(std::string_view id, CreateOptions const& options,
                         state::Store const& store, Earlier& earlier) {
    TRY(state::check_id(id));
    Prepared prepared;
    prepared.bundle = TRY(absolute(options.bundle));
    std::vector<std::string> doubts;
    auto& document = earlier.document;
    bool const first = !document;
    if (first) document = TRY(spec::read_document(text(prepared.bundle, "/config.json").c_str()));
    prepared.config = TRY(parse_config(*document, "config.json", &doubts));
    if (first && options.check) TRY(options.check(prepared.config));
    if (auto& process = prepared.config.process) {
        prepared.own_environment = process->env.size();
        add_environment(*process, options);
    }
    plan::Choices choices;
    choices.id = id;
    choices.bundle = prepared.bundle;
    choices.cgroup_driver = options.cgroup_driver;
    choices.no_pivot = options.no_pivot;
    choices.no_new_keyring = options.no_new_keyring;
    choices.preserve_fds = options.preserve_fds;
    auto const& hooks = prepared.config.hooks.create_container;
    if (std::ranges::any_of(hooks, [](auto const& hook) { return hook.env.empty(); }))
        for (char const* const* variable = ::environ; *variable; ++variable)
            choices.environment.emplace_back(*variable);
    if (options.notify)
        choices.notify = text(TRY(absolute(store.path())), "/", id, "/", state::notify_directory);
    auto const& refused = earlier.refused;
    choices.cgroup_refused = refused;
    auto facts = TRY(plan::read_facts(prepared.config, choices.cgroup_driver));
    if (!refused.empty()) cgroup::find_delegated(facts.cgroups);
    if (!facts.privileged || !refused.empty() || choices.cgroup_driver == CgroupDriver::none)
        facts.keeps_groups = users::keeps_groups();
    prepared.plan = TRY(plan::compile(prepared.config, facts, choices));
    auto& warnings = prepared.plan.warnings;
    warnings.insert(warnings.begin(), doubts.begin(), doubts.end());
    return prepared;
}

} // namespace ops

namespace {

/// Doubts about settings that callers write and no runtime warns of: an engine would show the
/// warning for every container to people who can't change it. Only explain shows them.
void add_doubts(ops::Prepared& prepared) {
    auto& warnings = prepared.plan.warnings;
    cgroup::doubt_devices(prepared.config.linux.resources, warnings);
    if (!prepared.plan.seccomp) return;
    seccomp::doubts(*prepared.plan.seccomp, warnings);
    for (auto& warning : seccomp::unknown_calls(*prepared.plan.seccomp))
        warnings.push_back(std::move(warning));
}

} // namespace

Result<std::string> Runtime::explain(std::string_view id, CreateOptions const& options) const {
    ops::Earlier none;
    auto prepared = TRY(ops::prepare(id, options, impl_->store, none));
    add_doubts(prepared);
    return plan::print(prepared.plan);
}

} // namespace davit
