// SPDX-License-Identifier: Apache-2.0
// davit/runtime.h - the life of a container, from create to remove.
//
// Nothing here logs, exits or changes the caller's process (working directory, umask, signals,
// environment). Objects may be used by one thread at a time; different objects by any threads.
// Two processes working on one container are kept apart by a lock in its state directory; who waits
// for it longer than 10 s gets Kind::state. Any function may fail with Kind::system or denied, the
// errno in Error::errnum.
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

/// How long a verb waits for a process that hasn't come to its program yet: the container's
/// processes may stop it (SIGSTOP) as soon as they see it, again and again. Then it is killed, and
/// the verb fails with Kind::system, ETIMEDOUT. The time in which the container is paused does not
/// count for `limit` and `longest`.
struct Patience {
    /// After so long a process that is found stopped or traced is killed.
    std::chrono::milliseconds limit = std::chrono::seconds(30);
    /// After so long any other: its filesystem may be slow, or its share of the CPUs small. Not
    /// where the caller has `cancel`, nor while hooks may run (they have limits of their own), nor
    /// while create works.
    std::chrono::milliseconds longest = std::chrono::minutes(5);
    int cancel = -1; ///< an fd: as soon as it polls readable the verb fails (ECANCELED)
};

struct CreateOptions {
    std::string bundle = ".";                      ///< the directory of config.json
    CgroupDriver cgroup_driver = CgroupDriver::fs; ///< the record keeps it for all that follows
    /// Whether to be content with a delegated cgroup, or none, where the planned one is forbidden
    /// and no limit needs it; absent: unless the caller is the host's root.
    std::optional<bool> rootless;
    bool no_pivot = false;       ///< move the root mount instead of pivot_root (rootfs on ramfs)
    bool no_new_keyring = false; ///< keep the caller's session keyring
    unsigned preserve_fds = 0;   ///< hand fds 3 to 3+N-1 to the container's process
    /// "NAME=value": added to the process's environment, for config.json's variables of that name.
    std::vector<std::string> environment;
    /// Gives the process a socket, at which it says that it is ready, in $NOTIFY_SOCKET: see
    /// Container::notify_socket(). [sd_notify(3)]
    bool notify = false;
    int stdio[3] = {0, 1, 2}; ///< the process's stdin, stdout, stderr, unless it has a terminal
    Trace* trace = nullptr;   ///< collects the spans of this create
    Patience patience = {};
    /// Called with config.json before anything is done with it: a failure ends create.
    std::function<Result<>(spec::Config const&)> check;
};

/// A cgroup below the container's, which is there.
struct SubCgroup {
    std::vector<std::string> controllers; ///< of cgroup v1; none: in each hierarchy that has it
    std::string path;                     ///< from the container's group; "/": that group itself
};

struct ExecOptions {
    /// Makes of config.json's process the one to run; a failure ends exec. Absent: that one.
    std::function<Result<>(spec::Process&)> process;
    bool ignore_paused = false; ///< wait for the end of a pause instead of refusing
    unsigned preserve_fds = 0;  ///< hand fds 3 to 3+N-1 to the process
    int stdio[3] = {0, 1, 2};   ///< its stdin, stdout, stderr, unless it has a terminal
    /// Where it is born; none: in the container's groups, or beside the container's process if they
    /// were divided since.
    std::vector<SubCgroup> cgroups;
    /// Gets the terminal's master side before the process runs, to set its size and modes.
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

    /// What it is now: the kernel is asked, not the file alone. [runtime.md#state]
    Result<spec::State> state() const;

    /// Lets the created process execute the user's program, and returns when it did or couldn't.
    /// Kind::state unless created, Kind::config if config.json names no process, Kind::system or
    /// denied if the program can't be executed: then the container is stopped. Runs the
    /// startContainer and poststart hooks: if one fails, the container is deleted. One that loses
    /// its patience kills the process: the container is stopped. `before_poststart` is called when
    /// the program runs and there are poststart hooks, which may wait for something that it says:
    /// a caller that passes its output on has to do so from then on. [runtime.md#start]
    Result<> start(Trace* trace = nullptr, Patience const& patience = {},
                   std::function<void()> const& before_poststart = {});

    /// Adds a process to the created or running container, and returns when its program was
    /// executed. On failure nothing of it is left. Kind::state "cannot exec in a stopped
    /// container", Kind::config for a wrong process, Kind::system or denied if the program can't be
    /// executed. What isn't the process's (seccomp, …) is config.json's, as create() has read it.
    /// Waits as long as the container is paused, and exists. Takes no lock.
    Result<Executed> exec(ExecOptions const& options);

    /// Sends `signal` (0 to 64; 0 only asks) to the container's process, or with `all` to every
    /// process in its cgroup, of which there may be some, or none, when it has stopped. SIGKILL
    /// reaches all of a container without a pid namespace of its own, and ends a paused one; what
    /// else is sent to that waits for resume(). Kind::state "container not running" if it has
    /// stopped. [runtime.md#kill]
    Result<> kill(int signal, bool all = false);

    /// Stops all processes where they are. Kind::state "container not running" unless created or
    /// running; Kind::unsupported without a cgroup that can be frozen. Where one of them can't be
    /// stopped within 10 s all run again, and the error names it.
    Result<> pause();

    /// Lets a paused container go on. Kind::state "container not paused" if it isn't, or if a
    /// cgroup above its own is frozen as well.
    Result<> resume();

    /// The pids, as the caller sees them, of all processes in the container's cgroup and those
    /// below. A stopped one can have some if it had no pid namespace of its own.
    Result<std::vector<int>> processes() const;

    /// Changes what `wanted` says of the container's limits, and in `schemas` (l3_cache_schema,
    /// mem_bw_schema, schemata) of its resctrl group, which others may share; the rest stays.
    /// Device rules, if there are any, are the whole list. Kind::state "container not running"
    /// unless created, running or paused; config and unsupported as create(). After a failure
    /// everything is as before, as far as the kernel lets it be.
    Result<> update(spec::Resources const& wanted, spec::IntelRdt const& schemas = {});

    /// Deletes what create made: processes, cgroup, state. Kind::state if `how` doesn't allow it,
    /// or the process hasn't ended 10 s after SIGKILL. Then runs the poststop hooks: the result are
    /// warnings of those that failed. [runtime.md#delete]
    Result<std::vector<std::string>> remove(Removal how);

    /// What it uses. The kernel's files are read at once, never for a container that create hasn't
    /// come to the end of (Kind::state); after its end there may be nothing to read.
    Result<Stats> stats() const;

    /// Begins to listen. Kind::unsupported where there is no memory cgroup controller.
    Result<OomWatch> watch_oom() const;

    /// The container's process: polls readable when it exits. Empty Fd if it has exited.
    Result<PidFd> process() const;

    /// The datagram socket at which the container's processes say that they are ready; nobody
    /// listens there before this is called. What comes there may be anything. Empty Fd without
    /// CreateOptions::notify; Kind::state if another process listens, or if the container isn't
    /// a created one that waits for start().
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
    /// The seccomp rules that restrict a system call which libseccomp doesn't know: skipped, as
    /// callers rely on. For a log; engines would pass a warning on to people who can't change it.
    std::vector<std::string> unfiltered;
};

/// A root directory of containers.
class Runtime {
  public:
    /// Makes nothing: a root that isn't there has no containers. Kind::denied if other users may
    /// change it.
    static Result<Runtime> open(RuntimeOptions options);
    Runtime(Runtime&&) noexcept;
    Runtime& operator=(Runtime&&) noexcept;
    ~Runtime();

    /// Makes the container of `options.bundle`. On failure nothing of it is left. Kind::config for
    /// a wrong id or config.json, Kind::exists for a used id, Kind::unsupported for a request that
    /// can't be fulfilled. [runtime.md#create]
    Result<Created> create(std::string_view id, CreateOptions const& options);

    /// Kind::not_found "container does not exist".
    Result<Container> find(std::string_view id) const;

    /// The ids that have a state directory, sorted.
    Result<std::vector<std::string>> ids() const;

    /// What create() would do with the bundle, as text: needs no privilege and changes nothing. The
    /// kinds are create()'s.
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
/// the number of the signal that killed it. Blocks; ECHILD if it is somebody else's child.
Result<int> wait_exit(PidFd const& process);

} // namespace davit
