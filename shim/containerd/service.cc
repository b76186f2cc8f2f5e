// SPDX-License-Identifier: Apache-2.0
// shim/containerd/service.cc - the task service, containerd.task.v2 and v3.
//
// One row per method: it decodes the request, calls the verb, encodes the answer.
#include "containerd/service.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "containerd/bundle.h"
#include "containerd/metrics.h"
#include "containerd/options.h"
#include "containerd/status.h"
#include "containerd/time.h"
#include "core/names.h"
#include "davit/config.h"

namespace davit::shim::containerd {

using wire::Code;
using wire::Reply;
using wire::Status;

namespace {

/// The answer of a method, before it is encoded.
template <class M>
using Outcome = asio::awaitable<std::expected<M, Status>>;

std::unexpected<Status> refuse(Error const& error) { return std::unexpected(status_of(error)); }
std::unexpected<Status> refuse(Code code, std::string message) {
    return std::unexpected(Status{code, std::move(message)});
}

std::uint32_t number(int pid) { return static_cast<std::uint32_t>(pid); }

template <class Request>
ProcessId process_of(Request const& request) {
    return {.container = request.id, .exec = request.exec_id};
}

template <class Request>
StdioNames stdio_of(Request const& request) {
    return {.in = request.stdin_uri,
            .out = request.stdout_uri,
            .err = request.stderr_uri,
            .terminal = request.terminal};
}

constexpr TaskStatus task_status(Phase phase) {
    switch (phase) {
    case Phase::created: return TaskStatus::created;
    case Phase::running: return TaskStatus::running;
    case Phase::stopped: return TaskStatus::stopped;
    case Phase::paused: return TaskStatus::paused;
    case Phase::pausing: return TaskStatus::pausing;
    }
    return TaskStatus::unknown;
}

/// True if the Any holds the specification's JSON of `type`: its type URL ends with that.
bool holds(std::optional<Any> const& any, std::string_view type) {
    return any && any->message_name() == type;
}

} // namespace

struct Methods {
    static Outcome<CreateTaskResponse> create(Service& it, CreateTaskRequest request, Until until) {
        if (!request.checkpoint.empty())
            co_return refuse(
                {Kind::unsupported, 0, "restore of a checkpoint: not implemented by davit"});
        auto const options = read_options(request.options);
        if (!options) co_return refuse(Code::invalid_argument, options.error().story);
        for (auto const& warning : options->warnings)
            if (it.warned_.insert(warning).second) it.log_.write(Level::warning, warning);
        auto const root = state_root(options->runc, it.name_space_);
        for (auto const& valid : {check_id("id", request.id), check_path("bundle", request.bundle),
                                  check_path("root", root)})
            if (!valid) co_return refuse(Code::invalid_argument, valid.error().story);
        for (auto const& mount : request.rootfs)
            if (auto valid = check_path("mount target", "/" + mount.target); !valid)
                co_return refuse(Code::invalid_argument, valid.error().story);
        if (auto noted = note_state_root(request.bundle, root); !noted)
            co_return refuse(noted.error());

        CreateRequest wanted{.id = request.id,
                             .bundle = request.bundle,
                             .rootfs = {},
                             .stdio = stdio_of(request),
                             .root = root,
                             .cgroup_driver = options->runc.systemd_cgroup ? CgroupDriver::systemd
                                                                           : CgroupDriver::fs,
                             .no_pivot = options->runc.no_pivot_root,
                             .no_new_keyring = options->runc.no_new_keyring,
                             .io_uid = options->runc.io_uid,
                             .io_gid = options->runc.io_gid};
        for (auto& mount : request.rootfs) {
            spec::Mount one;
            one.destination = std::move(mount.target);
            one.type = std::move(mount.type);
            one.source = std::move(mount.source);
            one.options = std::move(mount.options);
            wanted.rootfs.push_back(std::move(one));
        }
        auto const pid = co_await it.supervisor_.create(std::move(wanted), until);
        if (!pid) co_return refuse(pid.error());
        co_return CreateTaskResponse{number(*pid)};
    }

    static Outcome<StartResponse> start(Service& it, StartRequest request, Until until) {
        auto const pid = co_await it.supervisor_.start(process_of(request), until);
        if (!pid) co_return refuse(pid.error());
        co_return StartResponse{number(*pid)};
    }

    static Outcome<DeleteResponse> remove(Service& it, DeleteRequest request) {
        auto const exit = co_await it.supervisor_.remove(process_of(request));
        if (!exit) co_return refuse(exit.error());
        co_return DeleteResponse{number(exit->pid), exit->status, timestamp(exit->at)};
    }

    static Outcome<Empty> exec(Service& it, ExecProcessRequest request) {
        if (!holds(request.spec, "Process"))
            co_return refuse(Code::invalid_argument, "exec: expected a Process in \"spec\"");
        if (auto valid = check_id("exec id", request.exec_id); !valid)
            co_return refuse(Code::invalid_argument, valid.error().story);
        auto process = parse_process(request.spec->value, "process");
        if (!process) co_return refuse(Code::invalid_argument, process.error().story);
        auto const added = it.supervisor_.exec({.id = process_of(request),
                                                .process = std::move(*process),
                                                .stdio = stdio_of(request)});
        if (!added) co_return refuse(added.error());
        co_return Empty();
    }

    static Outcome<StateResponse> state(Service& it, StateRequest request) {
        auto const now = it.supervisor_.state(process_of(request));
        if (!now) co_return refuse(now.error());
        StateResponse response{.id = now->id.container,
                               .bundle = now->bundle,
                               .pid = number(now->pid),
                               .status = task_status(now->phase),
                               .stdin_uri = now->stdio.in,
                               .stdout_uri = now->stdio.out,
                               .stderr_uri = now->stdio.err,
                               .terminal = now->stdio.terminal,
                               .exit_status = now->exit.status,
                               .exited_at = timestamp(now->exit.at),
                               .exec_id = now->id.exec};
        co_return response;
    }

    static Outcome<WaitResponse> wait(Service& it, WaitRequest request) {
        co_await wire::cancellable();
        auto const exit = co_await it.supervisor_.wait(process_of(request));
        if (!exit) co_return refuse(exit.error());
        co_return WaitResponse{exit->status, timestamp(exit->at)};
    }

    static Outcome<Empty> kill(Service& it, KillRequest request) {
        auto const done = co_await it.supervisor_.kill(
            process_of(request), static_cast<int>(request.signal), request.all);
        if (!done) co_return refuse(done.error());
        co_return Empty();
    }

    static Outcome<Empty> pause(Service& it, PauseRequest request) {
        auto const done = co_await it.supervisor_.pause(std::move(request.id));
        if (!done) co_return refuse(done.error());
        co_return Empty();
    }
    static Outcome<Empty> resume(Service& it, ResumeRequest request) {
        auto const done = co_await it.supervisor_.resume(std::move(request.id));
        if (!done) co_return refuse(done.error());
        co_return Empty();
    }

    static Outcome<PidsResponse> pids(Service& it, PidsRequest request) {
        auto const processes = co_await it.supervisor_.pids(std::move(request.id));
        if (!processes) co_return refuse(processes.error());
        PidsResponse response;
        for (auto const& process : *processes) {
            auto& row = response.processes.emplace_back();
            row.pid = number(process.pid);
            if (!process.exec.empty()) row.info = wire::pack(ProcessDetails{process.exec});
        }
        co_return response;
    }

    static Outcome<Empty> update(Service& it, UpdateTaskRequest request) {
        if (!holds(request.resources, "LinuxResources"))
            co_return refuse(Code::invalid_argument,
                             "update: expected LinuxResources in \"resources\"");
        auto resources = parse_resources(request.resources->value, "resources");
        if (!resources) co_return refuse(Code::invalid_argument, resources.error().story);
        auto const done =
            co_await it.supervisor_.update(std::move(request.id), std::move(*resources));
        if (!done) co_return refuse(done.error());
        co_return Empty();
    }

    static Outcome<StatsResponse> stats(Service& it, StatsRequest request) {
        auto const found = co_await it.supervisor_.stats(std::move(request.id));
        if (!found) co_return refuse(found.error());
        co_return StatsResponse{metrics(*found)};
    }

    static Outcome<Empty> checkpoint(Service& it, CheckpointTaskRequest request) {
        auto const done = it.supervisor_.checkpoint(request.id);
        if (!done) co_return refuse(done.error());
        co_return Empty();
    }

    static Outcome<Empty> resize(Service& it, ResizePtyRequest request) {
        auto const done = it.supervisor_.resize(process_of(request), request.width, request.height);
        if (!done) co_return refuse(done.error());
        co_return Empty();
    }

    static Outcome<Empty> close_io(Service& it, CloseIORequest request) {
        if (!request.close_stdin) co_return Empty();
        auto const done = it.supervisor_.close_stdin(process_of(request));
        if (!done) co_return refuse(done.error());
        co_return Empty();
    }

    static Outcome<ConnectResponse> connect(Service& it, ConnectRequest request) {
        // A caller that asks for an unknown task still wants our pid.
        auto const pid = it.supervisor_.pid(request.id).value_or(0);
        co_return ConnectResponse{
            .shim_pid = number(::getpid()), .task_pid = number(pid), .version = {}};
    }

    static Outcome<Empty> shutdown(Service& it, ShutdownRequest) {
        it.supervisor_.shutdown();
        co_return Empty();
    }
};

namespace {

template <class Request, class Response, Outcome<Response> (*method)(Service&, Request)>
asio::awaitable<Reply> run(Service& service, wire::Call call) {
    auto request = call.take<Request>();
    if (!request) co_return std::unexpected(std::move(request).error());
    auto response = co_await method(service, std::move(*request));
    if (!response) co_return std::unexpected(std::move(response).error());
    co_return wire::encode(*response);
}

/// For what the container's processes may hold up: it ends at its caller's deadline.
template <class Request, class Response, Outcome<Response> (*method)(Service&, Request, Until)>
asio::awaitable<Reply> run_until(Service& service, wire::Call call) {
    auto const until = call.deadline;
    auto request = call.take<Request>();
    if (!request) co_return std::unexpected(std::move(request).error());
    auto response = co_await method(service, std::move(*request), until);
    if (!response) co_return std::unexpected(std::move(response).error());
    co_return wire::encode(*response);
}

struct Row {
    std::string_view name;
    asio::awaitable<Reply> (*run)(Service&, wire::Call);
};
constexpr Row rows[] = {
    {"Checkpoint", run<CheckpointTaskRequest, Empty, Methods::checkpoint>},
    {"CloseIO", run<CloseIORequest, Empty, Methods::close_io>},
    {"Connect", run<ConnectRequest, ConnectResponse, Methods::connect>},
    {"Create", run_until<CreateTaskRequest, CreateTaskResponse, Methods::create>},
    {"Delete", run<DeleteRequest, DeleteResponse, Methods::remove>},
    {"Exec", run<ExecProcessRequest, Empty, Methods::exec>},
    {"Kill", run<KillRequest, Empty, Methods::kill>},
    {"Pause", run<PauseRequest, Empty, Methods::pause>},
    {"Pids", run<PidsRequest, PidsResponse, Methods::pids>},
    {"ResizePty", run<ResizePtyRequest, Empty, Methods::resize>},
    {"Resume", run<ResumeRequest, Empty, Methods::resume>},
    {"Shutdown", run<ShutdownRequest, Empty, Methods::shutdown>},
    {"Start", run_until<StartRequest, StartResponse, Methods::start>},
    {"State", run<StateRequest, StateResponse, Methods::state>},
    {"Stats", run<StatsRequest, StatsResponse, Methods::stats>},
    {"Update", run<UpdateTaskRequest, Empty, Methods::update>},
    {"Wait", run<WaitRequest, WaitResponse, Methods::wait>},
};

asio::awaitable<Reply> refused(Status status) { co_return std::unexpected(std::move(status)); }

} // namespace

Service::Service(Supervisor& supervisor, std::string name_space, Log& log)
    : supervisor_(supervisor), name_space_(std::move(name_space)), log_(log) {}

asio::awaitable<Reply> Service::answer(wire::Call call) {
    if (call.service != "containerd.task.v2.Task" && call.service != "containerd.task.v3.Task")
        return refused({Code::unimplemented, "service " + std::string(call.service)});
    auto const* const row = std::ranges::find(rows, call.method, &Row::name);
    if (row == std::end(rows))
        return refused({Code::unimplemented, "method " + std::string(call.method)});
    return row->run(*this, std::move(call));
}

} // namespace davit::shim::containerd
