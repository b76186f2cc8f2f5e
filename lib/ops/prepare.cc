// SPDX-License-Identifier: Apache-2.0
// ops/prepare.cc - from a bundle to a plan; explain ends here. Runs in: parent.
#include <limits.h>
#include <unistd.h>

#include "davit/config.h"
#include "ops/runtime.h"
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

} // namespace

Result<Prepared> prepare(std::string_view id, CreateOptions const& options) {
    TRY(state::check_id(id));
    Prepared prepared;
    prepared.bundle = TRY(absolute(options.bundle));
    prepared.config = TRY(read_config(text(prepared.bundle, "/config.json").c_str()));
    if (options.check) TRY(options.check(prepared.config));
    if (auto& process = prepared.config.process) // the last one of a name wins
        process->env.insert(process->env.end(), options.environment.begin(),
                            options.environment.end());
    plan::Choices choices;
    choices.id = id;
    choices.bundle = prepared.bundle;
    choices.no_pivot = options.no_pivot;
    choices.no_new_keyring = options.no_new_keyring;
    choices.preserve_fds = options.preserve_fds;
    prepared.plan =
        TRY(plan::compile(prepared.config, TRY(plan::read_facts(prepared.config)), choices));
    return prepared;
}

} // namespace ops

Result<std::string> Runtime::explain(std::string_view id, CreateOptions const& options) const {
    return plan::print(TRY(ops::prepare(id, options)).plan);
}

} // namespace davit
