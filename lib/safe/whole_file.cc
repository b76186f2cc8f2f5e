// SPDX-License-Identifier: Apache-2.0
// safe/whole_file.cc - Runs in: parent, tools, shim. rename(2), sigtimedwait(2).
#include "safe/whole_file.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/result.h"
#include "sys/file.h"

namespace davit::safe {

namespace {

/// Blocks SIGPIPE during a write. Ignoring it would be simpler, but the caller's other threads, a
/// container's process and hooks would ignore it as well.
class HeldSigpipe {
  public:
    HeldSigpipe() {
        ::sigemptyset(&sigpipe_);
        ::sigaddset(&sigpipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    }
    HeldSigpipe(HeldSigpipe const&) = delete;
    HeldSigpipe& operator=(HeldSigpipe const&) = delete;
    ~HeldSigpipe() {
        timespec const at_once{};
        if (came) ::sigtimedwait(&sigpipe_, nullptr, &at_once);
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    bool came = false;

  private:
    sigset_t sigpipe_{};
    sigset_t before_{};
};

std::string size_text(std::size_t bytes) {
    return bytes >> 20 != 0 ? text(bytes >> 20, " MiB") : text(bytes, " bytes");
}

/// `expected` bytes come in one read; the next one finds the end.
Result<std::string> read_to_end(int fd, std::size_t most, std::string_view name,
                                std::size_t expected) {
    std::string content(std::min(std::max<std::size_t>(expected, 4095), most) + 1, '\0');
    std::size_t size = 0;
    for (;;) {
        if (size == content.size()) content.resize(2 * size);
        auto const n = sys::read(fd, content.data() + size, content.size() - size);
        if (!n && n.error() == Errno{EINTR}) continue;
        if (!n) return fail_errno(n.error(), "read ", name);
        if (*n == 0) break;
        size += *n;
        if (size > most)
            return fail(Kind::config, "read ", name, ": it has more than ", size_text(most));
    }
    content.resize(size);
    return content;
}

} // namespace

Result<std::string> read_all(int fd, std::size_t most, std::string_view name) {
    return read_to_end(fd, most, name, 0);
}

Result<std::string> read_file(std::string const& path, std::size_t most) {
    auto const file =
        TRY(context(sys::openat(sys::cwd, path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK), "open ",
                    quoted(path)));
    auto const status = TRY(context(sys::fstat(file.number()), "stat ", quoted(path)));
    if (!S_ISREG(status.st_mode))
        return fail(Kind::config, "open ", quoted(path), ": not a regular file");
    return read_to_end(file.number(), most, quoted(path), static_cast<std::size_t>(status.st_size));
}

Result<std::string> read_input(std::string const& path, std::size_t most) {
    // O_NOCTTY: a terminal in its place must not become the controlling one.
    auto const file = TRY(
        context(sys::openat(sys::cwd, path.c_str(), O_RDONLY | O_NOCTTY), "open ", quoted(path)));
    auto const status = TRY(context(sys::fstat(file.number()), "stat ", quoted(path)));
    if (S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode))
        return fail(Kind::config, quoted(path), " is not a file: expected text");
    return read_to_end(file.number(), most, quoted(path), static_cast<std::size_t>(status.st_size));
}

Sys<> write_all(int fd, std::string_view text) {
    HeldSigpipe held;
    while (!text.empty()) {
        auto const n = sys::write(fd, text.data(), text.size());
        if (n) {
            text.remove_prefix(*n);
        } else if (n.error() == Errno{EAGAIN}) { // the caller's pipe is O_NONBLOCK
            pollfd wait{fd, POLLOUT, 0};
            (void)::poll(&wait, 1, -1);
        } else if (n.error() != Errno{EINTR}) {
            held.came = n.error() == Errno{EPIPE};
            return std::unexpected(n.error());
        }
    }
    return {};
}

Result<> replace_file(std::string const& path, std::string_view text, unsigned mode) {
    auto const name = path.rfind('/') + 1; // npos + 1 is 0
    // Our pid in the name: processes that write the same file at once don't meet.
    auto const draft = davit::text(path.substr(0, name), ".", path.substr(name), ".", ::getpid());
    // The error names `path`: the caller doesn't know of the draft.
    auto const failed = [&](Errno e) { return fail_errno(e, "write ", quoted(path)); };
    auto const open = [&] {
        return sys::openat(sys::cwd, draft.c_str(), O_WRONLY | O_CREAT | O_EXCL, mode);
    };
    auto file = open();
    if (!file && file.error() == Errno{EEXIST}) { // of a killed process that had our pid
        (void)sys::unlinkat(sys::cwd, draft.c_str());
        file = open();
    }
    if (!file) return failed(file.error());
    auto done = write_all(file->number(), text);
    if (done) done = sys::renameat2(sys::cwd, draft.c_str(), sys::cwd, path.c_str(), 0);
    if (done) return {};
    (void)sys::unlinkat(sys::cwd, draft.c_str());
    return failed(done.error());
}

} // namespace davit::safe
