// SPDX-License-Identifier: Apache-2.0
// shim/core/supervisor.h - the containers of one shim: every verb, exits, events.
//
// Knows neither ttrpc nor protobuf. All members are called on the thread that runs the loop. Work
// that may wait (hooks, locks, a freezer) has a thread of its own, so that the others go on.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/events.h"
#include "davit/cgroup_driver.h"
#include "davit/file_limit.h"
#include "davit/result.h"
#include "davit/spec.h"
#include "davit/stats.h"

namespace davit::shim {

/// A container's own process, or with `exec` an added one.
struct ProcessId {
    std::string container;
    std::string exec; ///< "": the container's own
};

struct CreateRequest {
    std::string id;
    std::string bundle;
    std::vector<spec::Mount> rootfs; ///< onto <bundle>/rootfs in this order; `destination`: below
    StdioNames stdio;
    std::string root; ///< keeps the containers' states (RuntimeOptions::root)
    CgroupDriver cgroup_driver = CgroupDriver::fs;
    bool no_pivot = false;
    bool no_new_keyring = false;
    std::uint32_t io_uid = 0, io_gid = 0; ///< owner of the pipes of its streams
};

struct ExecRequest {
    ProcessId id;
    spec::Process process; ///< validated (parse_process); `terminal` is taken from `stdio`
    StdioNames stdio;
};

enum class Phase { created, running, stopped, paused, pausing };

/// How a process ended.
struct Exit {
    int pid = 0;
    unsigned status = 0; ///< 0 to 255; 128 plus the number of the signal that killed it
    Time at;
};

struct ProcessState {
    ProcessId id;
    std::string bundle;
    int pid = 0; ///< 0: an exec that has not been started
    Phase phase = Phase::created;
    StdioNames stdio;
    Exit exit; ///< all zero until it is stopped
};

struct ProcessInfo {
    int pid = 0;
    std::string exec; ///< the exec that has this pid, if one has
};

/// When the caller of a verb stops waiting.
using Until = std::optional<std::chrono::steady_clock::time_point>;

struct Settings {
    std::string containerd_namespace; ///< for a logging program
    std::function<void()> finish;     ///< called once, when shutdown() finds no container left
    /// RLIMIT_NOFILE of hooks, logging programs, and processes for which config.json has none;
    /// absent: what this process has.
    std::optional<FileLimit> files = {};
    unsigned execs_under_way = 64; ///< of one container; one more waits
};

/// Errors: Kind::not_found for an id that isn't there ("container not created", "process does not
/// exist …", "process already finished"), Kind::state for what this state doesn't allow, in the
/// reference shim's words ("cannot pause a stopped container"); else the library's, behind "OCI
/// runtime create failed: " and the like.
template <class T = void>
using Answer = boost::asio::awaitable<Result<T>>;

/// In a coroutine pass named arguments: g++ 12 destroys a braced temporary twice if its expression
/// awaits.
class Supervisor {
  public:
    /// Blocks SIGCHLD, ignores SIGPIPE, makes this process a subreaper (it reaps orphans).
    static Result<Supervisor> make(boost::asio::io_context& loop, Settings settings,
                                   Publish publish);
    Supervisor(Supervisor&&) noexcept;
    Supervisor& operator=(Supervisor&&) noexcept;
    ~Supervisor(); ///< does nothing to the containers

    /// Returns the pid. A failure leaves nothing, mounts included. Kind::exists for a used id.
    Answer<int> create(CreateRequest request, Until until = {});
    /// Registers a process; start() runs it. Kind::exists for a used id.
    Result<> exec(ExecRequest request);
    /// Returns the pid. The container's processes can hold up an exec (SIGSTOP, ptrace): it is
    /// given up after 30 s. Any exec is given up at `until`, or when it or the container gets
    /// SIGKILL, or when a caller deletes it meanwhile. EUSERS: until then too many other execs of
    /// the container were being started.
    Answer<int> start(ProcessId id, Until until = {});
    /// Deletes a stopped or never started process. Waits at most 10 s until its output has arrived:
    /// a background process may keep it open, a reader may not read.
    Answer<Exit> remove(ProcessId id);

    /// Answers from memory: no system call.
    [[nodiscard]] Result<ProcessState> state(ProcessId const& id) const;
    /// Returns when it has ended, at once if it has already.
    Answer<Exit> wait(ProcessId id);
    /// `all`: signals every process of the container.
    Answer<> kill(ProcessId id, int signal, bool all);
    Answer<> pause(std::string container);
    Answer<> resume(std::string container);
    Answer<std::vector<ProcessInfo>> pids(std::string container);
    Answer<> update(std::string container, spec::Resources wanted);
    Answer<Stats> stats(std::string container);
    /// Kind::unsupported, always.
    [[nodiscard]] Result<> checkpoint(std::string const& container) const;

    /// Does nothing without a terminal.
    Result<> resize(ProcessId const& id, unsigned width, unsigned height);
    /// Closes the shim's end: the process reads the end when no other process writes to its fifo.
    Result<> close_stdin(ProcessId const& id);

    /// The container's own pid, for Connect.
    [[nodiscard]] Result<int> pid(std::string const& container) const;

    /// Calls Settings::finish if there is no container; else does nothing, as containerd expects.
    /// If all that are left are being created, finish is called after their failure.
    void shutdown();

    [[nodiscard]] std::size_t containers() const;

    struct Impl;

  private:
    explicit Supervisor(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace davit::shim
