// SPDX-License-Identifier: Apache-2.0
// parts/hooks/plan.cc - which hooks there are, and what they read. Runs in: parent, pure.
// config.md#posix-platform-hooks, runtime.md#state.
#include "parts/hooks/plan.h"

#include <iterator>

#include "base/text.h"
#include "json/json.h"
#include "spec/fields.h"
#include "spec/names.h"

namespace davit::hooks {

namespace {

struct Row {
    When when;
    std::string_view name;
    std::vector<spec::Hook> spec::Hooks::* list;
};
constexpr Row rows[] = {
    {When::prestart, "prestart", &spec::Hooks::prestart},
    {When::create_runtime, "createRuntime", &spec::Hooks::create_runtime},
    {When::create_container, "createContainer", &spec::Hooks::create_container},
    {When::start_container, "startContainer", &spec::Hooks::start_container},
    {When::poststart, "poststart", &spec::Hooks::poststart},
    {When::poststop, "poststop", &spec::Hooks::poststop},
};
constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < std::size(rows); ++i)
        if (rows[i].when != static_cast<When>(i)) return false;
    return true;
}
static_assert(rows_are_in_order(), "row() takes the number of a moment");
constexpr Row const& row(When when) { return rows[static_cast<std::size_t>(when)]; }

/// The specification's state without the pid: what runc writes to its hooks, and no more.
struct Told {
    std::string oci_version;
    std::string id;
    spec::Status status = spec::Status::creating;
    std::string bundle;
    spec::TextMap annotations;
};

/// `inherited` is for hooks without variables of their own; null: init knows the environment.
Moment moment(std::vector<spec::Hook> const& hooks, spec::State const& state,
              spec::Texts const* inherited, plan::Builder& builder) {
    if (hooks.empty()) return {};
    std::vector<Hook> flat;
    for (auto const& hook : hooks) {
        auto const* const env = hook.env.empty() ? inherited : &hook.env;
        flat.push_back({builder.text(hook.path),
                        hook.args.empty() ? builder.pointers(spec::Texts{hook.path})
                                          : builder.pointers(hook.args),
                        env ? builder.pointers(*env) : plan::List<std::uint64_t>{},
                        static_cast<std::uint64_t>(hook.timeout.value_or(0))});
    }
    return {builder.list(flat), builder.text(state_opening(state))};
}

} // namespace

} // namespace davit::hooks

namespace davit::json {

template <>
inline constexpr auto fields<hooks::Told> = list({
    field<&hooks::Told::oci_version>("ociVersion", "of the specification"),
    field<&hooks::Told::id>("id", "the container's"),
    field<&hooks::Told::status>("status", "what it is now", Need::always),
    field<&hooks::Told::bundle>("bundle", "absolute path"),
    field<&hooks::Told::annotations>("annotations", "as in config.json"),
});

} // namespace davit::json

namespace davit::hooks {

std::string_view name(When when) { return row(when).name; }

std::vector<spec::Hook> const& of(spec::Hooks const& hooks, When when) {
    return hooks.*row(when).list;
}

spec::Hooks after_create(spec::Hooks const& hooks) {
    spec::Hooks after;
    for (auto const when : {When::start_container, When::poststart, When::poststop})
        after.*row(when).list = of(hooks, when);
    return after;
}

std::string state_opening(spec::State const& state) {
    auto json = json::write(
        Told{state.oci_version, state.id, state.status, state.bundle, state.annotations});
    json.pop_back();
    return json + ",\"pid\":";
}

std::string state_text(spec::State const& state) {
    if (state.pid != 0) return text(state_opening(state), state.pid, "}");
    return json::write(
        Told{state.oci_version, state.id, state.status, state.bundle, state.annotations});
}

InitPlan plan(spec::Config const& config, std::string_view id, std::string_view bundle,
              spec::Texts const& environment, plan::Builder& builder) {
    auto const& hooks = config.hooks;
    spec::State state;
    state.oci_version = config.oci_version;
    state.id = id;
    state.bundle = bundle;
    state.annotations = config.annotations;
    InitPlan inside;
    inside.stop_for_parent =
        !hooks.prestart.empty() || !hooks.create_runtime.empty() || !hooks.create_container.empty();
    inside.create_container = moment(hooks.create_container, state, &environment, builder);
    state.status = spec::Status::created;
    inside.start_container = moment(hooks.start_container, state, nullptr, builder);
    return inside;
}

void print(spec::Hooks const& hooks, When when, std::string& out) {
    for (auto const& hook : of(hooks, when)) {
        out += text(name(when), " hook ", quoted(hook.path));
        for (auto const& [title, words] : {std::pair{", args", &hook.args}, {", env", &hook.env}}) {
            if (!words->empty()) out += title;
            for (auto const& word : *words) out += text(" ", quoted(word));
        }
        if (hook.timeout) out += text(", killed after ", *hook.timeout, " s");
        out += '\n';
    }
}

} // namespace davit::hooks
