// SPDX-License-Identifier: Apache-2.0
// test/shim/core/served.cc - the built shim, served: started, asked, taken down.
#include "served.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "container.h"
#include "suite.h"

using namespace std::chrono_literals;

namespace host {

std::string place_of_served() {
    auto const path = suite().temp + "/served-shims";
    ::mkdir(path.c_str(), 0700);
    return path;
}

namespace {

Words after(std::string const& before, Words command) {
    if (before.empty()) return command;
    Words all = {"/bin/sh", "-c", before + R"(; exec "$@")", "sh"};
    all.insert(all.end(), command.begin(), command.end());
    return all;
}

} // namespace

Served::Served(Bundle& bundle, std::string id, std::string const& before)
    : bundle_(bundle),
      id_(std::move(id)),
      socket_(place_of_served() + "/" + id_ + ".sock"),
      shim_(std::in_place, after(before, words({"-socket", socket_})), how()) {
    // Other tests' shims have made this process a subreaper. As one it would get the children of a
    // killed shim, and not reap them.
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    connect();
}
Served::Served(Bundle& bundle, std::string id, Adopted adopted)
    : bundle_(bundle), id_(std::move(id)), socket_(std::move(adopted.socket)) {
    connect();
}
bool Served::lives() { return shim_ ? shim_->running() : exists(socket_); }
Served::~Served() { ::unlink(socket_.c_str()); }

void Served::connect() {
    client_.reset();
    REQUIRE(eventually([&] {
        run([](Served& it) -> boost::asio::awaitable<void> {
            auto connected = co_await wire::Client::connect(it.socket_);
            if (connected) it.client_.emplace(std::move(*connected));
        }(*this));
        return client_.has_value();
    }));
}

wire::Reply Served::create(std::string const& root) {
    containerd::CreateTaskRequest request{.id = id_, .bundle = bundle_.path()};
    request.options = wire::pack(containerd::RuncOptions{.root = root});
    return ask("Create", request);
}

namespace {

containerd::ExecProcessRequest adding(std::string const& id, std::string const& exec,
                                      std::string const& args) {
    containerd::ExecProcessRequest request{.id = id, .exec_id = exec};
    request.spec = wire::Any{"types.containerd.io/opencontainers/runtime-spec/1/Process",
                             R"({"cwd":"/","user":{"uid":0,"gid":0},"args":)" + args + "}"};
    return request;
}

} // namespace

wire::Reply Served::add(std::string const& exec) {
    return ask("Exec", adding(id_, exec, R"(["/inside","exit","0"])"));
}

void Served::start_sleeping(std::string const& exec) {
    auto request = adding(id_, exec, R"(["/inside","sleep","60"])");
    request.terminal = true;
    must("Exec", request);
    must("Start", containerd::StartRequest{id_, exec});
}

void Served::take_down() {
    (void)ask("Resume", containerd::ResumeRequest{id_});
    (void)ask("Kill", containerd::KillRequest{.id = id_, .signal = SIGKILL, .all = true});
    if (ask("State", containerd::StateRequest{.id = id_})) {
        must("Wait", containerd::WaitRequest{.id = id_});
        must("Delete", containerd::DeleteRequest{.id = id_});
    }
    (void)ask("Shutdown", containerd::ShutdownRequest{.id = id_});
    CHECK(eventually([&] { return !lives(); }));
}

void Served::kill() {
    ::kill(shim_->pid(), SIGKILL);
    (void)shim_->wait();
}
Words Served::delete_words() const { return words({"-bundle", bundle_.path(), "delete"}); }
Outcome Served::cleaned_up(Words const& fault) {
    kill();
    return host::run(fault.empty() ? delete_words() : with_fault(fault, delete_words()), how());
}

Words Served::words(Words const& more) const {
    Words all = {DAVIT_TEST_SHIM, "-namespace", "tests", "-id", id_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}
CommandOptions Served::how() const {
    CommandOptions options;
    options.cwd = bundle_.path();
    return options;
}
void Served::run(boost::asio::awaitable<void> work) {
    loop_.restart();
    bool done = false;
    boost::asio::co_spawn(loop_, std::move(work), [&](std::exception_ptr) { done = true; });
    auto const end = std::chrono::steady_clock::now() + 20s * suite().patience;
    while (!done && std::chrono::steady_clock::now() < end) {
        if (loop_.stopped()) loop_.restart();
        loop_.run_one_for(5ms);
    }
    REQUIRE(done);
}

namespace {

std::vector<ShimVerb> const table = {
    {"Create", ShimVerb::nothing, [](Served& it) { return it.create(); }},
    {"Start", ShimVerb::created,
     [](Served& it) { return it.ask("Start", containerd::StartRequest{it.id(), ""}); }},
    {"Exec", ShimVerb::running, [](Served& it) { return it.add("e"); }},
    {"Start of an exec", ShimVerb::added,
     [](Served& it) { return it.ask("Start", containerd::StartRequest{it.id(), "e"}); }},
    {"State", ShimVerb::running,
     [](Served& it) { return it.ask("State", containerd::StateRequest{it.id(), ""}); }},
    {"Pids", ShimVerb::running,
     [](Served& it) { return it.ask("Pids", containerd::PidsRequest{it.id()}); }},
    {"Stats", ShimVerb::running,
     [](Served& it) { return it.ask("Stats", containerd::StatsRequest{it.id()}); }},
    {"Update", ShimVerb::running,
     [](Served& it) {
         containerd::UpdateTaskRequest request{.id = it.id(), .resources = {}, .annotations = {}};
         request.resources =
             wire::Any{"types.containerd.io/opencontainers/runtime-spec/1/LinuxResources",
                       R"({"pids":{"limit":100}})"};
         return it.ask("Update", request);
     }},
    {"Pause", ShimVerb::running,
     [](Served& it) { return it.ask("Pause", containerd::PauseRequest{it.id()}); }},
    {"Resume", ShimVerb::paused,
     [](Served& it) { return it.ask("Resume", containerd::ResumeRequest{it.id()}); }},
    {"Kill", ShimVerb::running,
     [](Served& it) {
         return it.ask("Kill", containerd::KillRequest{
                                   .id = it.id(), .exec_id = "", .signal = 9, .all = true});
     }},
    {"Wait", ShimVerb::stopped,
     [](Served& it) { return it.ask("Wait", containerd::WaitRequest{it.id(), ""}); }},
    {"Delete", ShimVerb::stopped,
     [](Served& it) { return it.ask("Delete", containerd::DeleteRequest{it.id(), ""}); }},
    {"Connect", ShimVerb::running,
     [](Served& it) { return it.ask("Connect", containerd::ConnectRequest{it.id()}); }},
    {"CloseIO", ShimVerb::exec_running,
     [](Served& it) {
         return it.ask("CloseIO", containerd::CloseIORequest{
                                      .id = it.id(), .exec_id = "e", .close_stdin = true});
     }},
    {"ResizePty", ShimVerb::exec_running,
     [](Served& it) {
         return it.ask("ResizePty", containerd::ResizePtyRequest{
                                        .id = it.id(), .exec_id = "e", .width = 80, .height = 25});
     }},
    {"Kill of an exec", ShimVerb::exec_running,
     [](Served& it) {
         return it.ask("Kill", containerd::KillRequest{.id = it.id(), .exec_id = "e", .signal = 9});
     }},
    {"Delete of an exec", ShimVerb::exec_stopped,
     [](Served& it) { return it.ask("Delete", containerd::DeleteRequest{it.id(), "e"}); }},
};

} // namespace

std::vector<ShimVerb> const& shim_verbs() { return table; }
ShimVerb const& shim_verb(std::string_view name) {
    auto const found = std::ranges::find(table, name, &ShimVerb::name);
    REQUIRE(found != table.end());
    return *found;
}

void prepare(ShimVerb const& verb, Served& it) {
    if (verb.before == ShimVerb::nothing) return;
    REQUIRE(it.create().has_value());
    if (verb.before == ShimVerb::created) return;
    it.must("Start", containerd::StartRequest{it.id(), ""});
    if (verb.before == ShimVerb::paused) it.must("Pause", containerd::PauseRequest{it.id()});
    if (verb.before == ShimVerb::added || verb.before == ShimVerb::exec_stopped)
        REQUIRE(it.add("e").has_value());
    if (verb.before == ShimVerb::exec_running) it.start_sleeping("e");
    if (verb.before == ShimVerb::exec_stopped) {
        it.must("Start", containerd::StartRequest{it.id(), "e"});
        it.must("Wait", containerd::WaitRequest{it.id(), "e"});
    }
    if (verb.before != ShimVerb::stopped) return;
    it.must("Kill",
            containerd::KillRequest{.id = it.id(), .exec_id = "", .signal = 9, .all = true});
    it.must("Wait", containerd::WaitRequest{it.id(), ""});
}

wire::Reply faulted(ShimVerb const& verb, Served& it, Words words, bool* reached) {
    words.insert(words.begin(), suite().fault);
    words.insert(words.end(), {"--attach", std::to_string(it.pid())});
    Command fault(words);
    REQUIRE(fault.wait_for("attached"));
    auto reply = verb.ask(it); // ends fault, which detaches
    if (reached) *reached = contains(fault.out(), "reached");
    return reply;
}

std::vector<Call> calls_of(ShimVerb const& verb, bool all_that_may_fail) {
    (void)place_of_served(); // before the bundle, which looks at what there is
    Bundle bundle;
    bundle.inside({"sleep", "60"}).write();
    Served it(bundle, unique_name());
    prepare(verb, it);
    auto const file = suite().temp + "/calls";
    auto const reply = faulted(verb, it, {"--list", file});
    INFO(verb.name << (reply ? "" : reply.error().message));
    REQUIRE(reply.has_value());
    it.take_down();
    return calls_in(file, all_that_may_fail);
}

} // namespace host
