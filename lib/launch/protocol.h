// SPDX-License-Identifier: Apache-2.0
// launch/protocol.h - what the parent and init say to each other. Runs in: both.
//
//    davit create                     init                      davit start
//      | -- Mapped -------------------> |  (a user namespace)        |
//      | -- TakePlan + fd ------------> |                            |
//      | -- TakeNamespace + fd -------> |  (one per joined one)      |
//      | <------------ Forked + pidfd - |  (a user namespace and     |
//      | -- Mapped -------------------> |   joined ones: Mapped now) |
//      | -- TakeTree + fd ------------> |  (the root, mounts: see Trees)
//      | -- TakeGate + fd ------------> |                            |
//      | <---- TakeConsole + fd ------- |  (a terminal wanted)       |
//      | <--------------- AtHooks ----- |  (create hooks wanted)     |
//      | -- HooksDone ----------------> |  (the parent's have run)   |
//      | <--- TakeListener + fd ------- |  (seccomp asks an agent)   |
//      | <------------ Forked + pidfd - |  (a pid namespace joined;  |
//      |                                |  first, before Linux 6.17  |
//      |                                |  and with create hooks)    |
//      | <----------------- Timings --- |  (a trace wanted)          |
//      | <----------------- Ready ----- |                            |
//      |   (the state is on disk)       |                            |
//      | -- Commit -------------------> |                            |
//      x                                | <------------ connect ---- |
//                                       | <------------------- Go -- |
//                                       | --- Executing -----------> |
//                                       | --- TakeListener + fd ---> |  (… with noNewPrivileges)
//                                    execve: both ends close         x
//
//    davit exec                       init (first process)       second process, in the pid
//    namespace
//      | -- TakePlan + fd ------------> |
//      | -- TakeNamespace + pidfd ----> |  (all namespaces at once)
//      | -- TakeTree + fd ------------> |  (the container's root, if it is no mount namespace's)
//      | <---- TakeConsole + fd ------- |  (a terminal wanted)
//      | <--- TakeListener + fd ------- |  (seccomp asks an agent)
//      | <------------ Forked + pidfd - x  (a pid namespace joined) |
//      | <----------------- Timings -------------------------------- |
//      | <----------------- Ready ---------------------------------- |
//      | -- Go ----------------------------------------------------> |
//      | <------------- Executing ---------------------------------- |
//      | <--- TakeListener + fd ------------------------------------ |  (… with noNewPrivileges)
//      x                                                      execve x
//
// At any time init may say Failed, and nothing after it; only Failed of `execute` may be followed
// by Flawed. A socket that closes without Failed means that init was killed. If the parent dies
// before Commit, the kernel kills init.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace davit::launch {

/// The steps of init, in the order in which they run: init/steps.cc has the table, launch/story.cc
/// the words for a failure. `take_plan` stands for everything before the table.
enum class StepId : std::uint16_t {
    take_plan,
    labels_outside,
    join_namespaces,
    join_root,
    make_namespaces,
    raise_loopback,
    set_names,
    sysctl,
    open_root,
    mounts,
    make_cwd,
    devices,
    device_links,
    terminal,
    create_hooks,
    seal_mounts,
    protect_paths,
    mask_paths,
    seal_root,
    labels,
    enter_root,
    keyring,
    limits,
    bounding,
    own_stdio,
    attributes,
    keep_capabilities,
    enter_cwd,
    become_user,
    capabilities,
    find_home,
    find_program,
    forget_caller,
    seccomp_early,
    enter_pid_namespace,
    control_terminal,
    wait,
    report,
    last_limits,
    no_new_privileges,
    seccomp_before_hooks,
    start_hooks,
    announce,
    seccomp,
    execute,
    count_,
};

/// Which part of a step failed.
enum class Detail : std::uint16_t {
    none,
    source,      ///< opening what is mounted
    type,        ///< the kernel doesn't know the file system
    parameter,   ///< an option of the file system; `Failed::part` is its index
    create,      ///< making the whole file system
    target,      ///< the place to mount on
    attributes,  ///< nosuid, ro, …
    propagation, ///< rslave, …
    attach,      ///< putting the mount in its place
    node,        ///< the file system object to be made
    mismatch,    ///< it exists, but is something else
    owner,
    groups,
    group,
    user,
    time,  ///< the time namespace
    raise, ///< a capability
    drop,
    outside, ///< the working directory is not below the container's root
    scheduler,
    forks, ///< the scheduling policy would not outlive the fork into a joined pid namespace
    io_priority,
    memory_policy,
    personality,
    remount,     ///< changing an existing mount
    old_options, ///< mount(2) with the options as one string
    content,     ///< copying what the destination holds
    label,       ///< the SELinux label of the root
    not_proc,    ///< something else than procfs for /proc
    locked,      ///< the mounts below may not be left out
    locked_flag, ///< a flag of the mount may not be cleared: `Failed::part` of mounts::lockable
    file_on_directory, ///< or the reverse, below
    directory_on_file,
    inside_proc, ///< a link of the image leads into /proc
    on_root,     ///< or to the root itself
    apparmor,
    selinux,
    selinux_key,
    root_closed, ///< the process that mounts may not enter the container's root
    affinity,    ///< `Failed::item` 0: the initial CPUs, 1: the final ones
};

struct TakePlan {
    static constexpr std::uint16_t tag = 1;
    std::uint32_t size = 0;
    std::uint32_t trace = 0; ///< 1: send Timings
};
struct TakeNamespace {
    static constexpr std::uint16_t tag = 2;
};
/// A detached mount to attach, or a place in init's own mount namespace, of which init attaches a
/// copy.
struct TakeTree {
    static constexpr std::uint16_t tag = 15;
    std::uint32_t is_place = 0;
};
struct TakeGate {
    static constexpr std::uint16_t tag = 3;
};
struct Commit {
    static constexpr std::uint16_t tag = 4;
};
struct Go {
    static constexpr std::uint16_t tag = 5;
};
struct Forked {
    static constexpr std::uint16_t tag = 6;
    std::int32_t pid = 0; ///< in the parent's pid namespace
};
struct TakeConsole {
    static constexpr std::uint16_t tag = 7;
};
struct Ready {
    static constexpr std::uint16_t tag = 8;
    std::int32_t keyring = 0; ///< serial number of the new session keyring; 0: none was made
};
struct Executing {
    static constexpr std::uint16_t tag = 9;
};
/// The user namespace has its id maps: go on as its root.
struct Mapped {
    static constexpr std::uint16_t tag = 12;
};
struct Failed {
    static constexpr std::uint16_t tag = 10;
    StepId step = StepId::take_plan;
    Detail detail = Detail::none;
    std::uint16_t item = 0;  ///< which element of the step's list
    std::uint16_t part = 0;  ///< which element of the item's; a hook's safe::How
    std::int32_t errnum = 0; ///< a hook's safe::Ending::number
    /// What the kernel said about it (fsopen(2)'s log), or a hook; the program, for execute; the
    /// file of the cgroup, for take_plan.
    char words[512] = {};
};
/// The flaw of the program's file for which execve(2) refuses it.
enum class Flaw : std::uint16_t {
    none,
    empty,       ///< no byte in it
    no_format,   ///< neither ELF nor "#!"
    no_name,     ///< "#!" and no interpreter behind it
    carriage,    ///< the interpreter's name ends in CR
    interpreter, ///< `needs`, named behind "#!", can't be executed
    loader,      ///< `needs`, named by PT_INTERP, can't be executed
    machine,     ///< ELF for another machine
    damaged,     ///< ELF for this machine, and still refused
};
/// Why, as far as init could see. A message of its own: a seccomp filter may kill init while it
/// looks.
struct Flawed {
    static constexpr std::uint16_t tag = 17;
    Flaw flaw = Flaw::none;
    std::uint16_t machine = 0; ///< ELF's e_machine
    std::int32_t errnum = 0;   ///< why `needs` can't be executed
    char file[256] = {};       ///< the one with the flaw; empty: the program
    char needs[256] = {};
};
struct Timings {
    static constexpr std::uint16_t tag = 11;
    struct Span {
        std::int64_t begin_ns = 0; ///< CLOCK_MONOTONIC
        std::int64_t end_ns = 0;   ///< 0: the step had nothing to do
    };
    Span steps[static_cast<std::size_t>(StepId::count_)];
};
struct AtHooks {
    static constexpr std::uint16_t tag = 13;
};
struct HooksDone {
    static constexpr std::uint16_t tag = 14;
};

/// The fd at which the kernel asks the agent about a system call.
struct TakeListener {
    static constexpr std::uint16_t tag = 16;
};

template <class... Messages>
constexpr bool tags_differ() {
    std::uint64_t seen = 0;
    return (
        ...
        && !(std::exchange(seen, seen | std::uint64_t{1} << Messages::tag) >> Messages::tag & 1));
}
static_assert(
    tags_differ<TakePlan, TakeNamespace, TakeTree, TakeGate, Commit, Go, Forked, TakeConsole, Ready,
                Executing, Mapped, Failed, Timings, AtHooks, HooksDone, TakeListener, Flawed>());

} // namespace davit::launch
