// SPDX-License-Identifier: Apache-2.0
// sys/process.h - processes, namespaces, credentials, limits: one function per system call. Runs
// in: both.
#pragma once

#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <cstddef>
#include <cstdint>

#include "davit/fd.h"
#include "sys/raw.h"

namespace davit::sys {

/// Returns twice, like fork(2): use neither CLONE_VM nor a stack.
inline Sys<int> clone3(clone_args& args) {
    auto const pid = raw::call(SYS_clone3, &args, sizeof args);
    if (!pid) return std::unexpected(pid.error());
    return static_cast<int>(*pid);
}

/// clone(2) without a new stack; for CLONE_PIDFD. A seccomp profile that checks the flags of a new
/// process refuses clone3, whose flags a filter can't read.
inline Sys<int> clone(unsigned long flags, int& pidfd) {
    auto const pid = raw::call(SYS_clone, flags, nullptr, &pidfd, nullptr, nullptr);
    if (!pid) return std::unexpected(pid.error());
    return static_cast<int>(*pid);
}

/// Starts a thread that shares all but the stack. `stack` is the stack's end (16 bytes aligned).
/// The thread calls `run`, which must end by exit_thread().
inline Sys<> start_thread(void* stack, void (*run)(void*), void* argument) {
    constexpr unsigned long all = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    auto const tid = raw::clone_onto(all, stack, run, argument);
    if (tid < 0) return std::unexpected(Errno{static_cast<int>(-tid)});
    return {};
}
[[noreturn]] inline void exit_thread() {
    raw::syscall6(SYS_exit, 0, 0, 0, 0, 0, 0);
    __builtin_trap();
}

inline Sys<> unshare(unsigned long flags) { return raw::done(SYS_unshare, flags); }
inline Sys<> setns(int fd, int type) { return raw::done(SYS_setns, fd, type); }
inline int getpid() { return static_cast<int>(*raw::call(SYS_getpid)); }
inline int getppid() { return static_cast<int>(*raw::call(SYS_getppid)); }
inline unsigned getuid() { return static_cast<unsigned>(*raw::call(SYS_getuid)); }
inline unsigned geteuid() { return static_cast<unsigned>(*raw::call(SYS_geteuid)); }
inline unsigned getegid() { return static_cast<unsigned>(*raw::call(SYS_getegid)); }
[[noreturn]] inline void exit_group(int status) {
    raw::syscall6(SYS_exit_group, status, 0, 0, 0, 0, 0);
    __builtin_trap(); // a seccomp filter may refuse even this; it can't stop a signal
}
inline Errno execve(char const* path, char const* const* argv, char const* const* envp) {
    return raw::call(SYS_execve, path, argv, envp).error();
}
inline Errno execveat(int fd, char const* path, char const* const* argv, char const* const* envp,
                      int flags) {
    return raw::call(SYS_execveat, fd, path, argv, envp, flags).error();
}

inline Sys<PidFd> pidfd_open(int pid) { return raw::opened<PidFd>(SYS_pidfd_open, pid, 0); }
inline Sys<> pidfd_send_signal(PidFd const& process, int signal) {
    return raw::done(SYS_pidfd_send_signal, process.number(), signal, nullptr, 0);
}
/// To every process of a group.
inline Sys<> kill_group(int group, int signal) { return raw::done(SYS_kill, -group, signal); }
/// waitid(2); `options` like WEXITED | WNOHANG. si_pid is 0 when WNOHANG found nothing.
inline Sys<siginfo_t> waitid(int id_type, int id, int options) {
    siginfo_t info{};
    auto const r = raw::done(SYS_waitid, id_type, id, &info, options, nullptr);
    if (!r) return std::unexpected(r.error());
    return info;
}
/// Resets to the default action; EINVAL for SIGKILL and SIGSTOP, which always have it.
inline Sys<> reset_signal(int signal) {
    std::uint64_t const action[4] = {}; // the kernel's struct sigaction, or longer
    return raw::done(SYS_rt_sigaction, signal, action, nullptr, sizeof(std::uint64_t));
}
inline Sys<> sigprocmask(int how, std::uint64_t const* set, std::uint64_t* old) {
    return raw::done(SYS_rt_sigprocmask, how, set, old, sizeof(std::uint64_t));
}

inline Sys<> setsid() { return raw::done(SYS_setsid); }
inline Sys<> setgroups(std::size_t count, unsigned const* groups) {
    return raw::done(SYS_setgroups, count, groups);
}
inline Sys<> setresgid(unsigned id) { return raw::done(SYS_setresgid, id, id, id); }
inline Sys<> setresuid(unsigned id) { return raw::done(SYS_setresuid, id, id, id); }
inline Sys<long> prctl(int option, unsigned long a = 0, unsigned long b = 0, unsigned long c = 0,
                       unsigned long d = 0) {
    return raw::call(SYS_prctl, option, a, b, c, d);
}
/// capset(2) of the calling thread, version 3: two 32-bit halves.
inline Sys<> capset(__user_cap_data_struct const (&sets)[2]) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    return raw::done(SYS_capset, &header, sets);
}
inline Sys<rlimit> getrlimit(int pid, int resource) {
    rlimit limit{};
    auto const r = raw::done(SYS_prlimit64, pid, resource, nullptr, &limit);
    if (!r) return std::unexpected(r.error());
    return limit;
}
inline Sys<> setrlimit(int pid, int resource, rlimit const& limit) {
    return raw::done(SYS_prlimit64, pid, resource, &limit, nullptr);
}
/// `attributes` is a struct sched_attr, which holds its size; `pid` 0: the caller.
inline Sys<> sched_setattr(int pid, void const* attributes) {
    return raw::done(SYS_sched_setattr, pid, attributes, 0);
}
/// The CPUs that a process may run on, a bit for each; `pid` 0: the caller.
inline Sys<> sched_setaffinity(int pid, std::uint64_t const* cpus, std::size_t words) {
    return raw::done(SYS_sched_setaffinity, pid, words * sizeof *cpus, cpus);
}
/// For all processes of a process group; 0: the caller's.
inline Sys<> ioprio_set_group(int group, unsigned priority) {
    constexpr int who_pgrp = 2; // <linux/ioprio.h>, which has the name, isn't for C++
    return raw::done(SYS_ioprio_set, who_pgrp, group, priority);
}
/// `max_node` is one more than the number of bits in `nodes`.
inline Sys<> set_mempolicy(unsigned mode, std::uint64_t const* nodes, std::size_t max_node) {
    return raw::done(SYS_set_mempolicy, mode, nodes, max_node);
}
/// Whether set_mempolicy(2) has such a mode and flags: tries it for no memory at all.
inline bool knows_mempolicy(unsigned mode) {
    return raw::done(SYS_mbind, nullptr, 0, mode, nullptr, 0, 0).has_value();
}
inline Sys<> personality(unsigned long persona) { return raw::done(SYS_personality, persona); }
inline Sys<> sethostname(char const* name, std::size_t size) {
    return raw::done(SYS_sethostname, name, size);
}
inline Sys<> setdomainname(char const* name, std::size_t size) {
    return raw::done(SYS_setdomainname, name, size);
}
inline Sys<long> keyctl(int operation, unsigned long a, unsigned long b = 0, unsigned long c = 0) {
    return raw::call(SYS_keyctl, operation, a, b, c, 0);
}

/// Nanoseconds of CLOCK_MONOTONIC; all processes of the host share that clock.
inline std::int64_t monotonic_ns() {
    timespec t{};
    raw::syscall6(SYS_clock_gettime, CLOCK_MONOTONIC, reinterpret_cast<long>(&t), 0, 0, 0, 0);
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

} // namespace davit::sys
