// SPDX-License-Identifier: Apache-2.0
// davit/runtime.h - the life of a container, from create to remove.
//
// Nothing here logs, exits or changes the caller's process (working directory, umask, signals,
// environment). One object: one thread at a time; different objects: any threads. A lock in the
// container's state directory keeps two processes apart; the second waits 10 s at most, then gets
// Kind::state. Any function may fail with Kind::system or denied, the errno in Error::errnum.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/cgroup_driver.h"
#include "davit/fd.h"
#include "davit/oom.h"
#include "davit/result.h"
#include "davit/spec.h"
#include "davit/stats.h"
#include "davit/trace.h"

namespace davit {

struct RuntimeOptions {
    std::string root = "/run/davit"; ///< keeps the containers' states; create() makes it (0700)
};

/// How long a verb waits for a process that hasn't executed its program yet. The container's
/// processes may stop it (SIGSTOP) again and again. After the limit the verb kills the process and
/// fails with Kind::system, ETIMEDOUT. Time in which the container is paused doesn't count for
/// `limit` and `longest`.
struct Patience {
    /// The limit for a process that is found stopped or traced.
    std::chrono::milliseconds limit = std::chrono::seconds(30);
    /// The limit for any other: its filesystem may be slow, or its share of the CPUs small. It
    /// doesn't hold while hooks may run (they have their own limits), or during create.
    std::chrono::milliseconds longest = std::chrono::minutes(5);
    int cancel = -1; ///< an fd: when it polls readable the verb fails (ECANCELED)
};

struct CreateOptions {
    std::string bundle = ".";                      ///< the directory of config.json
    CgroupDriver cgroup_driver = CgroupDriver::fs; ///< the record keeps it for all later verbs
    /// Whether to accept a delegated cgroup, or none, if the planned one is forbidden and no limit
    /// needs it. Absent: accept it unless the caller is the host's root.
    std::optional<bool> rootless;
    bool no_pivot = false;       ///< move the root mount instead of pivot_root (rootfs on ramfs)
    bool no_new_keyring = false; ///< keep the caller's session keyring
    unsigned preserve_fds = 0;   ///< hand fds 3 to 3+N-1 to the container's process
    /// "NAME=value": added to the process's environment; replaces config.json's variable of that
    /// name.
    std::vector<std::string> environment;
    /// Gives the process a socket in $NOTIFY_SOCKET. There it says that it is ready: see
    /// Container::notify_socket(). [sd_notify(3)]
    bool notify = false;
    int stdio[3] = {0, 1, 2}; ///< the process's stdin, stdout, stderr, unless it has a terminal
    Trace* trace = nullptr;   ///< collects the spans of this create
    Patience patience = {};
    /// Called with config.json before create does anything with it; a failure ends create.
    std::function<Result<>(spec::Config const&)> check;
};

/// An existing cgroup below the container's.
struct SubCgroup {
    std::vector<std::string> controllers; ///< of cgroup v1; none: in each hierarchy that has it
    std::string path;                     ///< from the container's group; "/": that group itself
};

struct ExecOptions {
    /// Changes config.json's process into the one to run; a failure ends exec. Absent: runs that
    /// one.
    std::function<Result<>(spec::Process&)> process;
    bool ignore_paused = false; ///< wait for the end of a pause instead of refusing
    unsigned preserve_fds = 0;  ///< hand fds 3 to 3+N-1 to the process
    int stdio[3] = {0, 1, 2};   ///< its stdin, stdout, stderr, unless it has a terminal
    /// Where the process is born. None: in the container's groups, or beside the container's
    /// process if the container has divided its groups since.
    std::vector<SubCgroup> cgroups;
    /// Gets the terminal's master side before the process runs: it may set size and modes.
    std::function<void(Fd const& console)> prepare_console;
    Trace* trace = nullptr; ///< collects the spans of this exec
    Patience patience = {};
};

/// A process that was added to a container, and runs.
struct Executed {
    int pid = 0;   ///< as the caller sees it; a child of the caller
    PidFd process; ///< polls readable at exit; reap with wait_exit()
    Fd console;    ///< the terminal's master side, if the process has a terminal
    std::vector<std::string> warnings; ///< what was left out, as the specification allows
};

/// What `Container::remove` may do to a container that isn't stopped.
enum class Removal {
    stopped, ///< nothing: refuse unless it is stopped, or created and never started
    force,   ///< kill it first; also takes back whatever an interrupted create left behind
};

/// One container that has a state directory.
class Container {
  public:
    Container(Container&&) noexcept;
    Container& operator=(Container&&) noexcept;
    ~Container(); ///< does nothing to the container

    [[nodiscard]] std::string const& id() const;

    /// Its present status: asks the kernel, not only the file. [runtime.md#state]
    Result<spec::State> state() const;

    /// Lets the created process execute the user's program; returns when it did or couldn't.
    /// Kind::state unless created; Kind::config if config.json names no process; Kind::system or
    /// denied if the program can't be executed: then the container is stopped. Runs the
    /// startContainer and poststart hooks: if one fails, the container is deleted. After its
    /// `patience` it kills the process: the container is stopped. `before_poststart` is called when
    /// the program runs and there are poststart hooks. A hook may wait for the program's output: a
    /// caller that forwards the output must do so from then on. [runtime.md#start]
    Result<> start(Trace* trace = nullptr, Patience const& patience = {},
                   std::function<void()> const& before_poststart = {});

    /// Adds a process to the created or running container; returns when its program was executed. A
    /// failure leaves no process. Kind::state "cannot exec in a stopped container"; Kind::config
    /// for a wrong process; Kind::system or denied if the program can't be executed. What is not a
    /// member of the process (seccomp, …) comes from config.json as create() read it. Waits as long
    /// as the container is paused, and exists. Takes no lock.
    Result<Executed> exec(ExecOptions const& options);

    /// Sends `signal` (0 to 64; 0 only asks) to the container's process, or with `all` to every
    /// process in its cgroup; a stopped container may have some, or none. SIGKILL reaches all
    /// processes of a container without a pid namespace of its own, and ends a paused one; other
    /// signals wait there for resume(). Kind::state "container not running" if it has stopped.
    /// [runtime.md#kill]
    Result<> kill(int signal, bool all = false);

    /// Freezes all processes. Kind::state "container not running" unless created or running;
    /// Kind::unsupported without a cgroup that can be frozen. If one of them can't be frozen within
    /// 10 s, pause() thaws all, and the error names that process.
    Result<> pause();

    /// Thaws a paused container. Kind::state "container not paused" if it isn't paused, or if a
    /// cgroup above its own is frozen as well.
    Result<> resume();

    /// The pids, as the caller sees them, of all processes in the container's cgroup and those
    /// below. A stopped one can have some if it had no pid namespace of its own.
    Result<std::vector<int>> processes() const;

    /// Changes the container's limits that `wanted` names, and the lines of its resctrl group that
    /// `schemas` names (l3_cache_schema, mem_bw_schema, schemata); other containers may share that
    /// group. The rest stays. Device rules, if there are any, replace the whole list. Kind::state
    /// "container not running" unless created, running or paused; config and unsupported as
    /// create(). A failure restores what was before, as far as the kernel allows.
    Result<> update(spec::Resources const& wanted, spec::IntelRdt const& schemas = {});

    /// Deletes what create made: processes, cgroup, state. Kind::state if `how` doesn't allow it,
    /// or if the process hasn't ended 10 s after SIGKILL. Then runs the poststop hooks; returns a
    /// warning for each that failed. [runtime.md#delete]
    Result<std::vector<std::string>> remove(Removal how);

    /// What the container uses now, read from the kernel's files. Kind::state if create hasn't
    /// finished. After the container's end there may be nothing to read.
    Result<Stats> stats() const;

    /// Begins to count. Kind::unsupported where there is no memory cgroup controller.
    Result<OomWatch> watch_oom() const;

    /// The container's process: polls readable when it exits. Empty Fd if it has exited.
    Result<PidFd> process() const;

    /// The datagram socket at which the container's processes say that they are ready. No process
    /// listens there before this call. The container may send anything. Empty Fd without
    /// CreateOptions::notify; Kind::state if another process listens, or if the container isn't a
    /// created one that waits for start().
    Result<Fd> notify_socket() const;

  private:
    friend class Runtime;
    struct Impl;
    explicit Container(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A container that waits for start().
struct Created {
    Container container;
    int pid = 0;   ///< as the caller sees it; a child of the caller
    PidFd process; ///< polls readable at exit; reap with wait_exit()
    Fd console;    ///< the terminal's master side, if config.json asks for a terminal
    std::vector<std::string> warnings; ///< what was left out, as the specification allows
    /// The seccomp rules that restrict a system call which libseccomp doesn't know. davit skips
    /// them, as callers expect. Write them to a log: engines would show a warning to people who
    /// can't change the rule.
    std::vector<std::string> unfiltered;
};

/// A root directory of containers.
class Runtime {
  public:
    /// Makes nothing: a missing root has no containers. Kind::denied if other users may change it.
    static Result<Runtime> open(RuntimeOptions options);
    Runtime(Runtime&&) noexcept;
    Runtime& operator=(Runtime&&) noexcept;
    ~Runtime();

    /// Makes the container of `options.bundle`. A failure leaves nothing behind. Kind::config for a
    /// wrong id or config.json, Kind::exists for a used id, Kind::unsupported for a request that
    /// this host, kernel or davit can't fulfil. [runtime.md#create]
    Result<Created> create(std::string_view id, CreateOptions const& options);

    /// Kind::not_found "container does not exist".
    Result<Container> find(std::string_view id) const;

    /// The ids that have a state directory, sorted.
    Result<std::vector<std::string>> ids() const;

    /// What create() would do with the bundle, as text. Needs no privilege and changes nothing.
    /// Fails with the same kinds as create().
    Result<std::string> explain(std::string_view id, CreateOptions const& options) const;

  private:
    struct Impl;
    explicit Runtime(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// What davit can do on this kernel. Needs no privilege and changes nothing. Callers may add
/// annotations of their own. [features.md]
Result<spec::Features> features();

/// Waits for a child of the caller to exit, reaps it and returns its status: 0 to 255, or 128 plus
/// the number of the signal that killed it. Blocks; ECHILD if it is no child of the caller.
Result<int> wait_exit(PidFd const& process);

} // namespace davit
