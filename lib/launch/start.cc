// SPDX-License-Identifier: Apache-2.0
// launch/start.cc - clone3, and the few instructions before init. Runs in: parent, and its child.
//
// The child shares our memory (a library's caller may have gigabytes of it) but has its own stack,
// fds and signal handlers. It makes raw system calls only: no C library, no lock, no allocation.
// Kernel interface: clone3(2), execveat(2), cgroups(7).
#include "launch/start.h"

#include <algorithm>
#include <array>

#include "sys/file.h"
#include "sys/process.h"

namespace davit::launch {

struct Started::Birth {
    // What the child reads.
    int image = -1;
    int channel = -1;
    int stdio[3] = {0, 1, 2};
    unsigned preserve_fds = 0;
    std::span<Fd const> tasks;
    // What it tells if it fails before it is init.
    int volatile errnum = 0;

    alignas(16) std::array<std::byte, 16384> stack;
};

namespace {

/// From `first` on fds are ours; below are stdio and those that the container gets.
Sys<> arrange_fds(int const (&stdio)[3], int first, int preserve_until, int& channel) {
    int moved[3];
    for (int i = 0; i < 3; ++i) // out of each other's way
        moved[i] = static_cast<int>(TRY(sys::fcntl(stdio[i], F_DUPFD_CLOEXEC, first)));
    for (int i = 0; i < 3; ++i) TRY(sys::dup3(moved[i], i, 0));
    for (int fd = 3; fd < preserve_until; ++fd) TRY(sys::fcntl(fd, F_SETFD, 0));
    TRY(sys::close_range(static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC));
    channel = static_cast<int>(TRY(sys::fcntl(channel, F_DUPFD, first)));
    return {};
}

template <class Birth>
Errno become_init(Birth const& birth) {
    // The only thread of a process moves itself: the kernel needs no global lock for that.
    for (auto const& tasks : birth.tasks)
        if (auto const joined = sys::write_once(tasks.number(), "0", 1); !joined)
            return joined.error();
    auto const first = 3 + static_cast<int>(birth.preserve_fds);
    int channel = birth.channel;
    if (auto const arranged = arrange_fds(birth.stdio, first, first, channel); !arranged)
        return arranged.error();

    char digits[12];
    char* number = digits + sizeof digits - 1;
    *number = '\0';
    do *--number = static_cast<char>('0' + channel % 10);
    while (channel /= 10);
    char const* const argv[] = {"davit-init", number, nullptr};
    char const* const envp[] = {nullptr};
    return sys::execveat(birth.image, "", argv, envp, AT_EMPTY_PATH);
}

template <class Birth>
void child(void* argument) {
    auto& birth = *static_cast<Birth*>(argument);
    birth.errnum = become_init(birth).value;
    sys::exit_group(1);
}

} // namespace

Started::Started() : birth_(std::make_unique<Birth>()) {}

Started::Started(Started&& other) noexcept
    : channel(std::move(other.channel)),
      process(std::move(other.process)),
      pid(other.pid),
      birth_(std::move(other.birth_)),
      owned_(std::exchange(other.owned_, false)) {}

Started::~Started() {
    if (!owned_ || !process) return;
    (void)sys::pidfd_send_signal(process, SIGKILL);
    (void)sys::waitid(P_PIDFD, process.number(), WEXITED);
}

void Started::replace(int new_pid, PidFd new_process) {
    (void)sys::waitid(P_PIDFD, process.number(), WEXITED);
    pid = new_pid;
    process = std::move(new_process);
}

Errno Started::early_failure() const { return {birth_->errnum}; }

void Started::let_go() { owned_ = false; }

Result<Started> start_init(StartOptions const& options) {
    Fd ends[2];
    TRY(context(sys::socketpair(AF_UNIX, SOCK_SEQPACKET, ends), "make the socket to davit's init"));

    Started started;
    auto& birth = *started.birth_;
    birth.image = options.image.number();
    birth.channel = ends[1].number();
    std::copy_n(options.stdio, 3, birth.stdio);
    birth.preserve_fds = options.preserve_fds;
    birth.tasks = options.tasks;

    int pidfd = -1;
    clone_args args{};
    args.flags = CLONE_VM | CLONE_PIDFD | CLONE_CLEAR_SIGHAND | options.clone_flags;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    args.exit_signal = SIGCHLD;
    args.stack = reinterpret_cast<std::uint64_t>(birth.stack.data());
    args.stack_size = birth.stack.size();
    if (options.cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = static_cast<std::uint64_t>(options.cgroup);
    }

    // No handler of the caller may run in the child, which inherits the mask; init clears it.
    std::uint64_t const all = ~std::uint64_t{0};
    std::uint64_t mask = 0;
    TRY(context(sys::sigprocmask(SIG_SETMASK, &all, &mask), "block signals"));
    auto const pid = sys::clone3_call(args, child<Started::Birth>, &birth);
    (void)sys::sigprocmask(SIG_SETMASK, &mask, nullptr);
    started.pid = TRY(context(Sys<int>(pid), "start davit's init (clone3)"));
    started.process = PidFd(pidfd);
    started.channel = Channel(std::move(ends[0]));
    return started;
}

} // namespace davit::launch
