// SPDX-License-Identifier: Apache-2.0
// parts/hooks/plan.h - which hooks there are, and what they read. Runs in: parent, pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "davit/spec.h"
#include "parts/hooks/hooks.h"
#include "plan/builder.h"

namespace davit::hooks {

/// In the order of a container's life.
enum class When {
    prestart,
    create_runtime,
    create_container,
    start_container,
    poststart,
    poststop
};

/// "createRuntime": the member of config.json's /hooks.
std::string_view name(When when);
std::vector<spec::Hook> const& of(spec::Hooks const& hooks, When when);

/// The hooks that verbs after create need.
spec::Hooks after_create(spec::Hooks const& hooks);

/// runtime.md#state in one line, without its end: a whole state is state_opening(…) + pid + "}".
std::string state_opening(spec::State const& state);
/// The whole state; without a pid if that is 0.
std::string state_text(spec::State const& state);

/// `environment` is the caller's, for create hooks without one of their own.
InitPlan plan(spec::Config const& config, std::string_view id, std::string_view bundle,
              spec::Texts const& environment, plan::Builder& builder);

/// The hooks of one moment for `davit explain`: a line each is appended to `out`.
void print(spec::Hooks const& hooks, When when, std::string& out);

} // namespace davit::hooks
