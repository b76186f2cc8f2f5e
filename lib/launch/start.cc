// SPDX-License-Identifier: Apache-2.0
// launch/start.cc - clone3, and the few instructions before init. Runs in: parent, and its child.
//
// The child is a copy of one thread among many. It makes raw system calls only: no C library, no
// lock. Not CLONE_VM: the kernel gives processes that share memory one oom_score_adj, the
// container's, and kills all of them when its cgroup is out of memory. Kernel interface: clone3(2),
// execveat(2), cgroups(7).
#include "launch/start.h"

#include <limits.h>

#include <cerrno>
#include <iterator>

#include "base/bytes.h"
#include "parts/users/unprivileged_host.h"
#include "safe/child.h"
#include "safe/file_limit.h"
#include "safe/root.h"
#include "sys/deadline.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/usage.h"

namespace davit::launch {

namespace {

/// Checks fds 3 up to `first`, which the caller passes to the container; all above are davit's. A
/// CLOEXEC fd isn't meant for the container: it is davit's, or another thread's (CVE-2024-21626).
Sys<> check_preserved(int first) {
    for (int fd = 3; fd < first; ++fd)
        if (TRY(sys::fcntl(fd, F_GETFD, 0)) & FD_CLOEXEC) return std::unexpected(Errno{EBADF});
    return {};
}

Sys<> arrange_fds(int const* stdio, int first, int& channel) {
    TRY(check_preserved(first));
    int moved[3];
    for (int i = 0; i < 3; ++i) // away from 0, 1, 2
        moved[i] = static_cast<int>(TRY(sys::fcntl(stdio[i], F_DUPFD_CLOEXEC, first)));
    for (int i = 0; i < 3; ++i) TRY(sys::dup3(moved[i], i, 0));
    TRY(sys::close_range(static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC));
    channel = static_cast<int>(TRY(sys::fcntl(channel, F_DUPFD, first)));
    return {};
}

/// Offsets can be set only while no process lives in the namespace. Then the child moves into it;
/// unshare(2) alone would put only its children there.
Sys<> make_time_namespace(TimeNamespace const& time) {
    TRY(sys::unshare(CLONE_NEWTIME));
    if (!time.offsets.empty()) {
        auto const file = TRY(sys::openat(time.proc, "self/timens_offsets", O_WRONLY | O_NOCTTY));
        TRY(sys::write_once(file.number(), time.offsets.data(), time.offsets.size()));
    }
    auto const made = TRY(sys::openat(time.proc, "self/ns/time_for_children", O_RDONLY));
    return sys::setns(made.number(), CLONE_NEWTIME);
}

/// Root of the user namespace keeps all its capabilities there across execve(2).
Sys<> become_root(Channel const& parent, Fd& parents_end) {
    // If the parent is killed meanwhile, the child must end: it is a copy with all of the parent's
    // fds and locks, also the parent's end of the socket, on which it would wait for itself.
    parents_end.reset();
    TRY(sys::prctl(PR_SET_PDEATHSIG, SIGKILL));
    TRY(parent.expect<Mapped>());
    TRY(sys::setresgid(0));
    return sys::setresuid(0);
}

Errno become_init(StartOptions const& options, int channel) {
    auto const first = 3 + static_cast<int>(options.preserve_fds);
    if (auto const arranged = arrange_fds(options.stdio, first, channel); !arranged)
        return arranged.error();

    char digits[12];
    char const* const argv[] = {"davit-init",
                                decimal(static_cast<unsigned>(channel), digits).data(), nullptr};
    char const* const envp[] = {nullptr};
    safe::take_file_limit();
    return sys::execveat(options.image.number(), "", argv, envp, AT_EMPTY_PATH);
}

Sys<> run_on(std::span<std::uint64_t const> cpus) {
    if (cpus.empty()) return {};
    return sys::sched_setaffinity(0, cpus.data(), cpus.size());
}

/// The container doesn't inherit the caller's choice of CPUs: it may use all of its cpuset, also
/// one that it enters later. If the kernel refuses, the caller's CPUs stay.
void run_anywhere() {
    std::uint64_t every[8192 / 64]; // CONFIG_NR_CPUS of x86_64, which has most
    for (auto& word : every) word = ~std::uint64_t{0};
    (void)sys::sched_setaffinity(0, every, std::size(every));
}

/// The kernel's name of the file of `fd`, for a story: "" without /proc.
std::size_t name_file(int fd, char* into, std::size_t size) {
    return sys::readlinkat(sys::cwd, safe::FdPath(fd).text, into, size).value_or(0);
}

Sys<> enter(Fd const& tasks, Failed& failed) {
    auto const moved = sys::write_once(tasks.number(), "0", 1);
    if (moved) return {};
    name_file(tasks.number(), failed.words, sizeof failed.words - 1);
    return std::unexpected(moved.error());
}

Sys<> prepare(StartOptions const& options, Channel const& parent, Fd& parents_end, Failed& failed) {
    failed.detail = Detail::affinity;
    TRY(run_on(options.cpus_before));
    // The only thread of a process moves itself: the kernel takes no global lock for that.
    failed.detail = Detail::group;
    for (auto const& tasks : options.tasks) TRY(enter(tasks, failed));
    failed.detail = Detail::affinity;
    failed.item = 1;
    if (options.cpus_after.empty())
        run_anywhere();
    else
        TRY(run_on(options.cpus_after));
    failed.item = 0;
    // Before the child becomes another user: the /proc files of a process that did so belong to the
    // host's root.
    failed.detail = Detail::time;
    if (options.time) TRY(make_time_namespace(*options.time));
    failed.detail = Detail::user;
    if (options.user_namespace) TRY(become_root(parent, parents_end));
    failed.detail = Detail::none;
    return {};
}

[[noreturn]] void give_up(Channel const& parent, Failed& failed, Errno e) {
    failed.errnum = e.value;
    (void)parent.send(failed);
    sys::exit_group(1);
}

/// Before the first step.
[[noreturn]] void child(StartOptions const& options, Channel const& parent, Fd& parents_end) {
    Failed failed;
    if (auto const ready = prepare(options, parent, parents_end, failed); !ready)
        give_up(parent, failed, ready.error());
    give_up(parent, failed, become_init(options, parent.number()));
}

std::unexpected<Error> no_process(Errno e, StartOptions const& options) {
    auto const namespaces = options.clone_flags;
    // The group was removed, or accepts no processes.
    if (options.cgroup >= 0
        && (e == Errno{ENODEV} || e == Errno{EBUSY} || e == Errno{EOPNOTSUPP})) {
        char group[PATH_MAX];
        auto const size = name_file(options.cgroup, group, sizeof group);
        return fail_errno(e, "start davit's init in cgroup ", quoted(std::string_view{group, size}),
                          " (clone3)");
    }
    std::string hint;
    if (namespaces & CLONE_NEWUSER) hint = users::why_forbidden();
    if (hint.empty() && e == Errno{ENOSPC})
        hint = " (the sysctls user.max_*_namespaces limit the number of namespaces)";
    else if (hint.empty() && e == Errno{EPERM} && (namespaces & CLONE_NEWUSER))
        hint = " (user namespaces are forbidden inside a chroot, and by a security module's rules)";
    else if (hint.empty() && e == Errno{EPERM} && namespaces != 0)
        hint = " (without root\'s rights the container needs a \"user\" namespace)";
    return fail_errno(e, "start davit's init in new namespaces (clone3)", hint);
}

/// Reaps a killed process. A frozen one of cgroup v1 ends only when it is thawed, one in the mount
/// of a dead file server perhaps never, a traced one once its tracer has seen it. Then it stays for
/// a later wait of the caller for any child, or for the process that inherits it.
void reap_killed(PidFd const& process) {
    if (sys::Deadline(std::chrono::seconds(10)).wait(process.number(), POLLIN))
        (void)sys::end_of(process, __WALL);
}

/// Kills a second process that the first reported, if the parent never received that message.
void end_unreported_child(Channel const& channel) {
    constexpr int most_words = 16;
    for (int i = 0; i < most_words; ++i) {
        Received received;
        if (!sys::Deadline({}).wait(channel.number(), POLLIN) || !channel.receive(received)) return;
        if (!received.as<Forked>() || !received.fd) continue;
        auto const second = std::move(received.fd).as<PidFd>();
        // Only a child of the parent is a real second process.
        if (!sys::waitid(P_PIDFD, second.number(), WEXITED | WNOHANG | WNOWAIT | __WALL)) return;
        (void)sys::pidfd_send_signal(second, SIGKILL);
        return reap_killed(second);
    }
}

/// Reaps a second process whose first was killed before its report. It ends by itself; it stays in
/// the first's session until it hears that the parent knows it. [namespaces/init.cc,
/// continue_in_child]
void reap_session(int leader) {
    for (sys::Deadline const until(std::chrono::seconds(1)); !until.passed();) {
        auto const ended = sys::waitid(P_PGID, leader, WEXITED | WNOHANG | __WALL);
        if (!ended) return; // the session has no child of the parent
        if (ended->si_pid == 0) until.sleep(std::chrono::milliseconds(1));
    }
}

/// The first process has handed over and exits now; unless another process has stopped it before.
bool reap_or_kill(PidFd const& process) {
    auto const ended = sys::waitid(P_PIDFD, process.number(), WEXITED | WNOHANG | __WALL);
    if (!ended || ended->si_pid != 0) return true;
    (void)sys::pidfd_send_signal(process, SIGKILL);
    return false;
}

} // namespace

Started::Started(Started&& other) noexcept
    : channel(std::move(other.channel)),
      process(std::move(other.process)),
      pid(other.pid),
      first_(std::move(other.first_)),
      owned_(std::exchange(other.owned_, false)) {}

Started::~Started() {
    if (!owned_ || !process) return;
    if (first_) (void)sys::pidfd_send_signal(first_, SIGKILL); // if frozen, it would never end
    (void)sys::pidfd_send_signal(process, SIGKILL);
    if (!first_ && sys::Deadline(std::chrono::seconds(10)).wait(process.number(), POLLIN)) {
        end_unreported_child(channel);
        reap_session(pid);
    }
    reap_killed(process);
    let_go();
}

void Started::replace(int new_pid, PidFd new_process) {
    first_ = std::exchange(process, std::move(new_process));
    pid = new_pid;
}

void Started::let_go() {
    owned_ = false;
    if (auto const first = std::exchange(first_, PidFd()); first && !reap_or_kill(first))
        reap_killed(first);
}

void Started::spare_first() {
    if (first_ && reap_or_kill(first_)) first_.reset();
}

Result<Started> start_init(StartOptions const& options) {
    Fd ends[2];
    TRY(context(sys::socketpair(AF_UNIX, SOCK_SEQPACKET, ends), "make the socket to davit's init"));

    int pidfd = -1;
    clone_args args{};
    args.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | options.clone_flags;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    args.exit_signal = SIGCHLD;
    if (options.cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = static_cast<std::uint64_t>(options.cgroup);
    }

    // init clears the signal mask that it inherits.
    auto const pid = safe::fork([&] { return sys::clone3(args); },
                                [&] { child(options, Channel(std::move(ends[1])), ends[0]); });
    Started started;
    if (!pid) return no_process(pid.error(), options);
    started.pid = *pid;
    started.process = PidFd(pidfd);
    started.channel = Channel(std::move(ends[0]));
    return started;
}

} // namespace davit::launch
