// SPDX-License-Identifier: Apache-2.0
// shim/containerd/log.cc - the server's log, which containerd copies into its own.
#include "containerd/log.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace davit::shim::containerd {

namespace {

constexpr std::string_view names[] = {"debug", "info", "warning", "error"};

/// Quotes a text as logrus does, which all of containerd's shims log with.
std::string quoted_text(std::string_view text) {
    std::string out(1, '"');
    for (char const c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return out + '"';
}

std::string now() {
    timespec time{};
    tm parts{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    ::gmtime_r(&time.tv_sec, &parts);
    char text[32];
    return {text, ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string line(Level level, std::string_view message) {
    // A write of at most PIPE_BUF is one line, even if another process writes to the fifo.
    return "time=\"" + now() + "\" level=" + std::string(names[static_cast<std::size_t>(level)])
           + " msg=" + quoted_text(message.substr(0, PIPE_BUF / 4)) + "\n";
}

} // namespace

Log Log::open(std::string const& fifo, Level least) {
    Log log;
    log.least_ = least;
    // O_RDWR: the open doesn't wait for a reader, and the fifo outlives a containerd that restarts.
    Fd opened(::open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    struct stat status{};
    if (opened && ::fstat(opened.number(), &status) == 0 && S_ISFIFO(status.st_mode))
        log.fifo_ = std::move(opened);
    return log;
}

void Log::write(Level level, std::string_view message) {
    if (!fifo_ || level < least_) return;
    auto text = line(level, message);
    if (lost_ > 0)
        text =
            line(Level::warning, std::to_string(lost_) + " messages are lost: no process read them")
            + text;
    auto const size = ::write(fifo_.number(), text.data(), text.size());
    lost_ = size == static_cast<ssize_t>(text.size()) ? 0 : lost_ + 1;
}

} // namespace davit::shim::containerd
