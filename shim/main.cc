// SPDX-License-Identifier: Apache-2.0
// shim/main.cc - containerd-shim-davit-v2: from the flags to the action.
//
// containerd runs it as "start" (once per container) and "delete" (when a shim is gone); people run
// it with -info and -v. "start" runs it again without an action: that process is the shim.
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <span>
#include <string>

#include "base/result.h"
#include "containerd/boot.h"
#include "containerd/cleanup.h"
#include "containerd/flags.h"
#include "containerd/introspection.h"
#include "containerd/serve.h"
#include "safe/whole_file.h"

namespace davit::shim::containerd {

namespace {

int fail(Error const& error) {
    (void)safe::write_all(STDERR_FILENO, "containerd-shim-davit-v2: " + error.story + "\n");
    return 1;
}

int print(Result<std::string> const& text) {
    if (!text) return fail(text.error());
    auto const written = context(safe::write_all(STDOUT_FILENO, *text), "write to standard output");
    return written ? 0 : fail(written.error());
}

int remove(Flags const& flags) {
    auto const done = clean_up(flags);
    if (!done) return fail(done.error());
    for (auto const& warning : done->warnings) (void)fail({Kind::system, 0, warning});
    return print(done->answer);
}

int run(std::span<char* const> words) {
    auto const flags = parse_flags(words);
    if (!flags) return fail(flags.error());
    if (flags->version) return print(version_text());
    if (flags->info) return print(runtime_info());
    if (flags->action == Action::remove) return remove(*flags);
    auto const done = flags->action == Action::start ? start(*flags) : serve(*flags);
    return done ? 0 : fail(done.error());
}

} // namespace

} // namespace davit::shim::containerd

int main(int argc, char** argv) {
    // Executed as /proc/self/exe it would be named "exe". ps -C and pgrep look for this name; the
    // kernel keeps 15 letters of it, as of any program's.
    ::prctl(PR_SET_NAME, "containerd-shim-davit-v2");
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGCHLD, SIG_DFL);
    return davit::shim::containerd::run({argv + (argc > 0), argv + argc});
}
