// SPDX-License-Identifier: Apache-2.0
// tools/output.cc - writes to stdout and stderr, and whole files at once.
#include "output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "base/result.h"
#include "davit/fd.h"

namespace davit::cli {

namespace {

// Blocks SIGPIPE during a write. Ignoring it would be simpler, but a container's process and the
// hooks would inherit that.
class HeldSigpipe {
  public:
    HeldSigpipe() {
        ::sigemptyset(&sigpipe_);
        ::sigaddset(&sigpipe_, SIGPIPE);
        ::sigprocmask(SIG_BLOCK, &sigpipe_, &before_);
    }
    HeldSigpipe(HeldSigpipe const&) = delete;
    HeldSigpipe& operator=(HeldSigpipe const&) = delete;
    ~HeldSigpipe() {
        int const kept = errno;
        timespec const at_once{};
        if (kept == EPIPE) ::sigtimedwait(&sigpipe_, nullptr, &at_once);
        ::sigprocmask(SIG_SETMASK, &before_, nullptr);
        errno = kept;
    }

  private:
    sigset_t sigpipe_{};
    sigset_t before_{};
};

Result<> write_new(std::string const& path, int flags, std::string_view text) {
    Fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666));
    if (!file) {
        auto problem = fail_errno(Errno{errno}, "open ", quoted(path));
        if (problem.error().errnum == EEXIST) problem.error().kind = Kind::exists;
        return problem;
    }
    if (int const problem = write_all(file.number(), text)) {
        if ((flags & O_EXCL) != 0) ::unlink(path.c_str()); // davit made it, not another process
        return fail_errno(Errno{problem}, "write ", quoted(path));
    }
    return {};
}

} // namespace

int write_all(int fd, std::string_view text) {
    HeldSigpipe const held;
    errno = 0;
    while (!text.empty()) {
        auto const written = ::write(fd, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) { // the caller's pipe is O_NONBLOCK: wait all the same
            pollfd wait{fd, POLLOUT, 0};
            ::poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

Result<> print(std::string_view text) {
    if (int const problem = write_all(STDOUT_FILENO, text))
        return fail_errno(Errno{problem}, "write to stdout");
    return {};
}

Result<> write_file(std::string const& path, std::string_view text, Existing existing) {
    return write_new(path, existing == Existing::refused ? O_EXCL : O_TRUNC, text);
}

Result<> replace_file(std::string const& path, std::string_view text) {
    auto const name = path.rfind('/') + 1; // npos + 1 is 0
    // Our pid in the name: a draft that a killed davit left blocks no other.
    auto const draft =
        path.substr(0, name) + "." + path.substr(name) + "." + std::to_string(::getpid());
    // The error names `path`: the caller doesn't know of the draft.
    if (auto const written = write_new(draft, O_EXCL, text); !written)
        return fail_errno(Errno{written.error().errnum}, "write ", quoted(path));
    if (::rename(draft.c_str(), path.c_str()) != 0) {
        int const problem = errno;
        ::unlink(draft.c_str());
        return fail_errno(Errno{problem}, "write ", quoted(path));
    }
    return {};
}

void open_missing_stdio() {
    pollfd stdio[] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
    if (::poll(stdio, 3, 0) <= 0) return;
    for (auto const& each : stdio) // from the lowest on: open() takes the lowest free number
        if ((each.revents & POLLNVAL) != 0) (void)::open("/dev/null", O_RDWR);
}

} // namespace davit::cli
