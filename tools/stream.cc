// SPDX-License-Identifier: Apache-2.0
// tools/stream.cc - relays bytes in one direction. splice(2), pipe(7).
//
// davit doesn't make its stdio O_NONBLOCK, for all processes that share it would get that. So no
// call here may block: davit splices a pipe without waiting, a file doesn't block, and everything
// else gets no more at once than poll(2) has promised room for. davit splices nothing into a pipe
// of the container: that would hold pages of the caller's files, and only the kernel keeps the
// container from writing to them (CVE-2022-0847).
#include "stream.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace davit::cli {

namespace {

mode_t type_of(int fd) {
    struct stat st{};
    return ::fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

// A pipe that polls writable takes PIPE_BUF bytes without blocking.
constexpr std::size_t small = 4096;

} // namespace

Stream::Stream(int from, int to, Deaf deaf, bool splices)
    : from_(from), to_(to), deaf_(deaf), splices_(splices) {
    auto const sink = type_of(to);
    if (sink != S_IFIFO && sink != S_IFREG) splices_ = false;
    bool const never_blocks = sink == S_IFREG || (::fcntl(to, F_GETFL) & O_NONBLOCK) != 0;
    chunk_ = never_blocks ? sizeof buffer_ : small;
}

Stream::Got Stream::splice_some() {
    constexpr std::size_t most = std::size_t{1} << 20;
    auto const got = ::splice(from_, nullptr, to_, nullptr, std::min(most, left_),
                              SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (got > 0) {
        left_ -= static_cast<std::size_t>(got);
        if (left_ == 0) ended_ = true;
        return Got::bytes;
    }
    if (got == 0) return Got::end;
    switch (errno) {
    case EAGAIN: waits_ = true; return Got::nothing; // the source was ready, so the sink is full
    case EINTR: return Got::nothing;
    case EPIPE: return Got::end;
    default: // O_APPEND, or a file system that can't; else read(2) or write(2) will fail, too
        splices_ = false;
        return read_some();
    }
}

Stream::Got Stream::read_failed() {
    if (errno == EAGAIN || errno == EINTR) return Got::nothing;
    problem_ = errno;
    return Got::end;
}

// Another process, such as a second `davit exec` with the same pipe, may read our stdin and take
// what poll(2) has announced. Then davit must not sleep. The kernel takes RWF_NOWAIT for pipes and
// sockets since Linux 6.4, but not for named FIFOs; for a file it refuses what isn't in memory yet.
ssize_t Stream::read_now(std::size_t most) {
    if (plain_) return ::read(own_ ? own_.number() : from_, buffer_, most);
    iovec const bytes{buffer_, most};
    auto const got = ::preadv2(from_, &bytes, 1, -1, RWF_NOWAIT);
    if (got >= 0 || (errno != EAGAIN && errno != EOPNOTSUPP)) return got;
    bool const is_empty = errno == EAGAIN;
    auto const type = type_of(from_);
    if (type == S_IFSOCK) return ::recv(from_, buffer_, most, MSG_DONTWAIT);
    if (is_empty && type != S_IFREG && type != S_IFBLK) {
        errno = EAGAIN;
        return -1;
    }
    if (is_empty) return ::read(from_, buffer_, most);
    if (type == S_IFIFO && (::fcntl(from_, F_GETFL) & O_NONBLOCK) == 0)
        own_ = Fd(::open(("/proc/self/fd/" + std::to_string(from_)).c_str(),
                         O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    plain_ = true;
    return read_now(most);
}

Stream::Got Stream::read_some() {
    if (splices_) return splice_some();
    auto const got = read_now(std::min(chunk_, left_));
    if (got < 0) return read_failed();
    if (got == 0) return Got::end;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
    left_ -= end_;
    waits_ = true;
    return Got::bytes;
}

void Stream::write_some() {
    if (splices_) { // there is room again, or no reader: the next read tells
        waits_ = false;
        return;
    }
    auto const written = ::write(to_, buffer_ + begin_, end_ - begin_);
    if (written >= 0)
        begin_ += static_cast<std::size_t>(written);
    else
        write_failed();
    if (begin_ != end_) return;
    waits_ = false;
    if (left_ == 0) ended_ = true;
}

void Stream::write_failed() {
    if (errno == EAGAIN || errno == EINTR) return;
    begin_ = end_;
    if (deaf_ == Deaf::drop) return;
    if (errno != EPIPE) problem_ = errno;
    ended_ = true;
}

void Stream::finish_after_now() {
    if (ended_) return;
    int held = 0;
    if (::ioctl(from_, FIONREAD, &held) != 0) held = 0;
    left_ = static_cast<std::size_t>(held);
    if (left_ == 0) ended_ = true;
}

} // namespace davit::cli
