// SPDX-License-Identifier: Apache-2.0
// parts/hooks/host.cc - the hooks of the runtime's namespaces, and how any hook failed. Runs in:
// parent. config.md#posix-platform-hooks.
#include "parts/hooks/host.h"

#include <unistd.h>

#include <algorithm>

#include "safe/file_limit.h"

namespace davit::hooks {

namespace {

/// The pointers for execve(2); they point into `texts`.
std::vector<char const*> pointers(spec::Texts const& texts) {
    std::vector<char const*> all;
    for (auto const& one : texts) all.push_back(one.c_str());
    all.push_back(nullptr);
    return all;
}
std::vector<char const*> pointers(spec::Texts&& texts) = delete;

Result<Fd> input_of(spec::State const& state) {
    auto const json = state_text(state);
    std::span<char const> const pieces[] = {json};
    return context(safe::make_input(pieces), "make the hooks' standard input");
}

Result<> run_one(spec::Hook const& hook, When when, std::size_t index, spec::State const& state,
                 Fd const& input, PidFd const& lifeline) {
    auto const args = hook.args.empty() ? spec::Texts{hook.path} : hook.args;
    auto const argv = pointers(args);
    auto const envp = pointers(hook.env);
    char const* const* const inherited = ::environ;
    auto const ending = safe::run({.path = hook.path.c_str(),
                                   .argv = argv.data(),
                                   .envp = hook.env.empty() ? inherited : envp.data(),
                                   .input = input.number(),
                                   .directory = state.bundle.c_str(),
                                   .timeout = static_cast<std::uint64_t>(hook.timeout.value_or(0)),
                                   .lifeline = lifeline.number(),
                                   .last = safe::take_file_limit});
    if (ending.well()) return {};
    return std::unexpected(tell(when, index, hook.path, ending));
}

/// The reason, for people. Uses the kernel's words if the kernel refused.
std::string reason(safe::Ending const& ending) {
    switch (ending.how) {
    case safe::How::not_run: return "exec: " + errno_text(ending.number);
    case safe::How::exited: return text("exited with status ", ending.number);
    case safe::How::killed: return text("was killed by signal ", ending.number);
    case safe::How::late: return text("has not ended after ", ending.number, " s, and was killed");
    case safe::How::orphaned: return "was killed since the container's process had ended";
    case safe::How::lost:
        return "has ended, and another thread has taken its exit status (is SIGCHLD ignored?)";
    }
    return "failed";
}

std::string last_words(safe::Ending const& ending) {
    auto words = stripped({ending.words, strnlen(ending.words, sizeof ending.words)});
    // The hook wrote more: the first line here is incomplete.
    if (auto const end = words.find('\n');
        ending.words[sizeof ending.words - 2] && end != words.npos)
        words.remove_prefix(end + 1);
    if (words.empty()) return {};
    return ": " + quoted(words);
}

} // namespace

Result<> run(spec::Hooks const& hooks, When when, spec::State const& state, PidFd const& lifeline) {
    auto const& list = of(hooks, when);
    if (list.empty()) return {};
    auto const input = TRY(input_of(state));
    for (std::size_t i = 0; i < list.size(); ++i)
        TRY(run_one(list[i], when, i, state, input, lifeline));
    return {};
}

std::vector<std::string> run_poststop(spec::Hooks const& hooks, spec::State const& state) {
    std::vector<std::string> warnings;
    if (hooks.poststop.empty()) return warnings;
    auto const input = input_of(state);
    if (!input) return {input.error().story};
    for (std::size_t i = 0; i < hooks.poststop.size(); ++i)
        if (auto const ran = run_one(hooks.poststop[i], When::poststop, i, state, *input, {}); !ran)
            warnings.push_back(ran.error().story);
    return warnings;
}

// "error running … hook #0: " is runc's: people search for it.
Error tell(When when, std::size_t index, std::string_view path, safe::Ending const& ending) {
    Error error;
    error.errnum = ending.how == safe::How::not_run ? ending.number : 0;
    error.kind = error.errnum == EPERM || error.errnum == EACCES ? Kind::denied : Kind::system;
    error.story = text("error running ", name(when), " hook #", index, ": config.json: /hooks/",
                       name(when), "/", index, ": ", path.empty() ? "" : quoted(path) + " ",
                       reason(ending), last_words(ending));
    return error;
}

} // namespace davit::hooks
