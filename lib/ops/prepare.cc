// SPDX-License-Identifier: Apache-2.0
// ops/prepare.cc - from a bundle to a plan; explain ends here. Runs in: parent.
#include <limits.h>
#include <unistd.h>

#include "davit/config.h"
#include "ops/runtime.h"
#include "parts/mounts/plan.h"
#include "parts/users/unprivileged_host.h"
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

/// What the caller adds to config.json's process: the last variable of a name wins.
void add_environment(spec::Process& process, CreateOptions const& options) {
    for (auto const& variable : options.environment) process.env.push_back(variable);
    if (options.notify)
        process.env.push_back(
            text("NOTIFY_SOCKET=", mounts::notify_destination, "/", state::notify_socket));
}

} // namespace

Result<Prepared> prepare(std::string_view id, CreateOptions const& options,
                         state::Store const& store, std::string const& refused) {
    TRY(state::check_id(id));
    Prepared prepared;
    prepared.bundle = TRY(absolute(options.bundle));
    prepared.config = TRY(read_config(text(prepared.bundle, "/config.json").c_str()));
    if (options.check) TRY(options.check(prepared.config));
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
    if (options.notify)
        choices.notify = text(TRY(absolute(store.path())), "/", id, "/", state::notify_directory);
    choices.cgroup_refused = refused;
    auto facts = TRY(plan::read_facts(prepared.config, choices.cgroup_driver));
    if (!refused.empty()) cgroup::find_delegated(facts.cgroups);
    if (!facts.privileged || !refused.empty() || choices.cgroup_driver == CgroupDriver::none)
        facts.keeps_groups = users::keeps_groups();
    prepared.plan = TRY(plan::compile(prepared.config, facts, choices));
    return prepared;
}

} // namespace ops

Result<std::string> Runtime::explain(std::string_view id, CreateOptions const& options) const {
    return plan::print(TRY(ops::prepare(id, options, impl_->store)).plan);
}

} // namespace davit
