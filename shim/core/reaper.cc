// SPDX-License-Identifier: Apache-2.0
// shim/core/reaper.cc - signalfd(2) on the loop.
#include "core/reaper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "base/result.h"

namespace davit::shim {

namespace {

#ifndef __WNOTHREAD
#define __WNOTHREAD 0x20000000 // <linux/wait.h>, which can't stand beside <sys/wait.h>
#endif

/// A process added to a container can make children of the shim (CLONE_PARENT) faster than one
/// thread reaps them. After this many the loop serves calls, kill among them.
constexpr int most_in_a_row = 64;

/// One reaped child.
struct Dead {
    int pid = 0; ///< 0: there is none
    unsigned status = 0;
};

Dead next_dead() {
    siginfo_t info{};
    while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | __WNOTHREAD) < 0)
        if (errno != EINTR) return {};
    auto const status = static_cast<unsigned>(info.si_status);
    return {info.si_pid, info.si_code == CLD_EXITED ? status : 128 + status};
}

} // namespace

Result<Fd> Reaper::open() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return fail_errno(Errno{errno}, "become the reaper of the containers' orphans");
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (int const e = ::pthread_sigmask(SIG_BLOCK, &child, nullptr); e != 0)
        return fail_errno(Errno{e}, "block SIGCHLD");
    Fd signals(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals) return fail_errno(Errno{errno}, "open a signalfd");
    return signals;
}

Reaper::Reaper(boost::asio::io_context& loop, Fd signals) : signals_(loop, signals.release()) {
    listen();
}

void Reaper::listen() {
    signals_.async_wait(boost::asio::posix::descriptor_base::wait_read, [this](auto error) {
        if (error) return;
        signalfd_siginfo info;
        while (::read(signals_.native_handle(), &info, sizeof info) > 0) {
        }
        reap();
        listen();
    });
}

void Reaper::watch(int pid, Ended ended) {
    children_.insert_or_assign(pid, std::move(ended));
    // A child that ended while it was another thread's has sent its signal already.
    reap_later();
}

void Reaper::reap_later() {
    boost::asio::post(signals_.get_executor(), [this] { reap(); });
}

void Reaper::reap() {
    for (int i = 0; i < most_in_a_row; ++i) {
        auto const dead = next_dead();
        if (dead.pid == 0) return;
        auto const child = children_.find(dead.pid);
        if (child == children_.end()) continue; // an orphan
        auto const ended = std::move(child->second);
        children_.erase(child);
        ended(dead.status);
    }
    reap_later();
}

} // namespace davit::shim
