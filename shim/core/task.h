// SPDX-License-Identifier: Apache-2.0
// shim/core/task.h - one container: its own process, its execs, their events.
//
// Verbs that change the same process come one after the other; state, kill and the other processes
// of the container don't wait for them.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/oom.h"
#include "core/process.h"
#include "core/supervisor.h"
#include "davit/runtime.h"

namespace davit::shim {

/// What a task needs of its supervisor.
struct TaskContext {
    boost::asio::io_context& loop;
    Reaper reaper;
    Settings settings;
    Publish publish;
};

class Task : public std::enable_shared_from_this<Task> {
  public:
    Task(TaskContext& context, CreateRequest request);

    // Each like the supervisor's verb of that name.
    Answer<int> create(Until until);
    Answer<int> start(std::shared_ptr<Process> process, Until until);
    Answer<Exit> remove(std::shared_ptr<Process> process);
    Result<> exec(ExecRequest request);
    Answer<> kill(std::shared_ptr<Process> process, int signal, bool all);
    Answer<> pause();
    Answer<> resume();
    Answer<> update(spec::Resources wanted);
    Answer<Stats> stats();
    Answer<std::vector<ProcessInfo>> pids();
    [[nodiscard]] Result<std::shared_ptr<Process>> find(std::string const& exec) const;
    [[nodiscard]] ProcessState state(Process const& process) const;

    [[nodiscard]] bool is_created() const { return created_; }
    /// Ends a create that is under way; true when it has ended so, false if it succeeded before.
    boost::asio::awaitable<bool> end_create();
    void give_up() const { own_->give_up(); }
    [[nodiscard]] Process const& own() const { return *own_; }

  private:
    struct Creation {
        davit::Created made;
        std::optional<OomWatch> oom;
    };
    [[nodiscard]] Result<Creation> make(Stdio::Given given);
    Answer<std::shared_ptr<Stdio>> open_stdio(StdioNames names);
    template <class Work>
    auto with_container(Work work) const;
    Answer<int> create_within(Until until);
    Answer<> begin_own(Until until);
    Answer<> begin_exec(std::shared_ptr<Process> exec, Until until);
    Answer<> wait_for_room(std::shared_ptr<Process> exec);
    Answer<> run_exec(std::shared_ptr<Process> exec);
    void give_up(Process& process) const;
    boost::asio::steady_timer give_up_at(Until until, std::shared_ptr<Process> process);
    Answer<> take_down();
    [[nodiscard]] std::string rootfs() const { return request_.bundle + "/rootfs"; }
    void undo_mounts() const;
    boost::asio::awaitable<void> end_leftovers();
    void watch(std::shared_ptr<Process> process, int pid, PidFd handle);
    void has_ended(Process& process, unsigned status);
    void settle();
    void settle(Process& process);
    void publish(Event event) const { context_.publish(std::move(event)); }

    TaskContext& context_;
    CreateRequest const request_;
    std::shared_ptr<Process> const own_;
    std::map<std::string, std::shared_ptr<Process>> execs_;
    std::unique_ptr<OomListener> oom_;
    bool created_ = false;
    bool own_pid_namespace_ = false;
    unsigned busy_execs_ = 0;     ///< being started, or running; own_->changed tells of it
    unsigned starting_execs_ = 0; ///< those of them that are being started
};

} // namespace davit::shim
