// SPDX-License-Identifier: Apache-2.0
// test/shim/core/faults.cc - a shim that serves: in each verb every system call of its threads
// fails once, and once the shim is killed at it.
//
// After a failure the verb has an answer, the next verbs work, and all of it can be taken down.
// After a death `delete`, which containerd then runs, takes back all there is.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "command.h"
#include "containerd/messages.h"
#include "faulted.h"
#include "shim.h"
#include "wire/client.h"
#include "wire/message.h"

using namespace host;
using namespace std::chrono_literals;
namespace c = davit::shim::containerd;
namespace wire = davit::shim::wire;

namespace {

std::string place() {
    auto const path = suite().temp + "/faulted-shims"; // where the states of these shims are
    ::mkdir(path.c_str(), 0700);
    return path;
}

/// A shim of its own process, and a client of it.
class Served {
  public:
    Served(Bundle& bundle, std::string id)
        : bundle_(bundle),
          id_(std::move(id)),
          socket_(place() + "/" + id_ + ".sock"),
          shim_(words({"-socket", socket_}), how()) {
        // As a reaper, which the shims of other tests have made this process, it would get the
        // children of a killed shim; it doesn't reap them.
        ::prctl(PR_SET_CHILD_SUBREAPER, 0);
        connect();
    }
    ~Served() { ::unlink(socket_.c_str()); }
    Served(Served const&) = delete;
    Served& operator=(Served const&) = delete;

    [[nodiscard]] std::string const& id() const { return id_; }
    [[nodiscard]] pid_t pid() const { return shim_.pid(); }
    bool lives() { return shim_.running(); }

    /// Again and again: a socket has its name before it listens.
    void connect() {
        client_.reset();
        REQUIRE(eventually([&] {
            run([](Served& it) -> boost::asio::awaitable<void> {
                auto connected = co_await wire::Client::connect(it.socket_);
                if (connected) it.client_.emplace(std::move(*connected));
            }(*this));
            return client_.has_value();
        }));
    }
    /// Answered in good time, whatever it is.
    template <class M>
    wire::Reply ask(std::string const& method, M const& message) {
        wire::Reply reply = std::unexpected(wire::Status{wire::Code::unknown, "none"});
        run([](Served& it, std::string const& method, std::string payload,
               wire::Reply& reply) -> boost::asio::awaitable<void> {
            reply = co_await it.client_->call("containerd.task.v3.Task", method, std::move(payload),
                                              15s * suite().patience);
        }(*this, method, wire::encode(message), reply));
        return reply;
    }
    template <class M>
    void must(std::string const& method, M const& message) {
        auto const reply = ask(method, message);
        INFO(method << ": " << (reply ? "" : reply.error().message));
        REQUIRE(reply.has_value());
    }
    wire::Reply create() {
        c::CreateTaskRequest request{.id = id_, .bundle = bundle_.path()};
        request.options = wire::pack(c::RuncOptions{.root = place()});
        return ask("Create", request);
    }
    wire::Reply add(std::string const& exec) {
        c::ExecProcessRequest request{.id = id_, .exec_id = exec};
        request.spec =
            wire::Any{"types.containerd.io/opencontainers/runtime-spec/1/Process",
                      R"({"cwd":"/","user":{"uid":0,"gid":0},"args":["/inside","exit","0"]})"};
        return ask("Exec", request);
    }
    /// Kills and deletes what there is, and ends the shim. Any verb may fail: it was not there.
    void take_down() {
        (void)ask("Resume", c::ResumeRequest{id_});
        (void)ask("Kill", c::KillRequest{.id = id_, .signal = SIGKILL, .all = true});
        if (ask("State", c::StateRequest{.id = id_})) {
            must("Wait", c::WaitRequest{.id = id_});
            must("Delete", c::DeleteRequest{.id = id_});
        }
        (void)ask("Shutdown", c::ShutdownRequest{.id = id_});
        CHECK(eventually([&] { return !lives(); }));
    }
    /// As containerd does for a shim that is gone.
    Outcome cleaned_up() {
        ::kill(shim_.pid(), SIGKILL);
        (void)shim_.wait();
        return host::run(words({"-bundle", bundle_.path(), "delete"}), how());
    }

  private:
    Words words(Words const& more) const {
        Words all = {DAVIT_TEST_SHIM, "-namespace", "tests", "-id", id_};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    CommandOptions how() const {
        CommandOptions options;
        options.cwd = bundle_.path();
        return options;
    }
    void run(boost::asio::awaitable<void> work) {
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

    Bundle& bundle_;
    std::string id_, socket_;
    Command shim_;
    boost::asio::io_context loop_{1};
    std::optional<wire::Client> client_;
};

/// What it has to be before the verb, and how the verb is asked for.
struct Verb {
    char const* name;
    enum Before { nothing, created, running, paused, added, stopped } before;
    wire::Reply (*ask)(Served&);
};
Verb const verbs[] = {
    {"Create", Verb::nothing, [](Served& it) { return it.create(); }},
    {"Start", Verb::created,
     [](Served& it) { return it.ask("Start", c::StartRequest{it.id(), ""}); }},
    {"Exec", Verb::running, [](Served& it) { return it.add("e"); }},
    {"Start of an exec", Verb::added,
     [](Served& it) { return it.ask("Start", c::StartRequest{it.id(), "e"}); }},
    {"State", Verb::running,
     [](Served& it) { return it.ask("State", c::StateRequest{it.id(), ""}); }},
    {"Pids", Verb::running, [](Served& it) { return it.ask("Pids", c::PidsRequest{it.id()}); }},
    {"Stats", Verb::running, [](Served& it) { return it.ask("Stats", c::StatsRequest{it.id()}); }},
    {"Update", Verb::running,
     [](Served& it) {
         c::UpdateTaskRequest request{.id = it.id(), .resources = {}, .annotations = {}};
         request.resources =
             wire::Any{"types.containerd.io/opencontainers/runtime-spec/1/LinuxResources",
                       R"({"pids":{"limit":100}})"};
         return it.ask("Update", request);
     }},
    {"Pause", Verb::running, [](Served& it) { return it.ask("Pause", c::PauseRequest{it.id()}); }},
    {"Resume", Verb::paused,
     [](Served& it) { return it.ask("Resume", c::ResumeRequest{it.id()}); }},
    {"Kill", Verb::running,
     [](Served& it) {
         return it.ask("Kill",
                       c::KillRequest{.id = it.id(), .exec_id = "", .signal = 9, .all = true});
     }},
    {"Wait", Verb::stopped, [](Served& it) { return it.ask("Wait", c::WaitRequest{it.id(), ""}); }},
    {"Delete", Verb::stopped,
     [](Served& it) { return it.ask("Delete", c::DeleteRequest{it.id(), ""}); }},
};

void prepare(Verb const& verb, Served& it) {
    if (verb.before == Verb::nothing) return;
    REQUIRE(it.create().has_value());
    if (verb.before == Verb::created) return;
    it.must("Start", c::StartRequest{it.id(), ""});
    if (verb.before == Verb::paused) it.must("Pause", c::PauseRequest{it.id()});
    if (verb.before == Verb::added) REQUIRE(it.add("e").has_value());
    if (verb.before != Verb::stopped) return;
    it.must("Kill", c::KillRequest{.id = it.id(), .exec_id = "", .signal = 9, .all = true});
    it.must("Wait", c::WaitRequest{it.id(), ""});
}

/// The verb, while `fault` does that to the shim.
wire::Reply faulted(Verb const& verb, Served& it, Words words) {
    words.insert(words.begin(), suite().fault);
    words.insert(words.end(), {"--attach", std::to_string(it.pid())});
    Command fault(words);
    REQUIRE(fault.wait_for("attached"));
    return verb.ask(it); // fault is ended, and lets go
}

std::vector<Call> calls_of(Verb const& verb, bool all_that_may_fail) {
    (void)place(); // before the bundle, which looks at what there is
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

template <class Attempt>
void at_call(Verb const& verb, Call const& call, Attempt attempt) {
    Bundle bundle;
    bundle.inside({"sleep", "60"}).write();
    Served it(bundle, unique_name());
    prepare(verb, it);
    INFO(verb.name << ", " << told(call));
    attempt(it, call);
    CHECK_FALSE(exists(place() + "/tests/" + it.id()));
}

template <class Attempt>
void at_each_call(Verb const& verb, bool all_that_may_fail, Attempt attempt) {
    Sample(calls_of(verb, all_that_may_fail), 15).each([&](Call const& call) {
        at_call(verb, call, attempt);
    });
}

/// It fails: the verb has an answer, and all can be taken down.
void fails(Verb const& verb, Served& it, Call const& call, int error) {
    auto const reply = faulted(verb, it, {call.role, call.index, std::to_string(error)});
    INFO("answer: " << (reply ? "success" : reply.error().message));
    if (!reply) CHECK_FALSE(reply.error().message.empty());
    if (!reply) CHECK(reply.error().code != wire::Code::deadline_exceeded);
    REQUIRE(it.lives());
    it.connect(); // the old connection may be what has failed
    it.take_down();
}

} // namespace

TEST_CASE("faults: every system call of the shim's verbs fails once", "[shim][faults]") {
    for (auto const& verb : verbs)
        at_each_call(verb, true, [&](Served& it, Call const& call) {
            fails(verb, it, call, call.name == "openat" ? EMFILE : EIO);
        });
}

// The shim doesn't hear of the process that was made beside the first one: dead and not reaped, it
// would keep the container's process 1 from its end.
TEST_CASE("faults: what is left of an exec that failed doesn't hold up Wait", "[shim][faults]") {
    auto const& verb = *std::ranges::find(verbs, std::string_view("Start of an exec"), &Verb::name);
    int tried = 0;
    for (auto const& call : calls_of(verb, true)) {
        if (call.name != "recvmsg") continue;
        ++tried;
        at_call(verb, call, [&](Served& it, Call const&) { fails(verb, it, call, EIO); });
    }
    CHECK(tried > 3);
}

TEST_CASE("faults: the shim is killed at every system call of its verbs", "[shim][faults]") {
    for (auto const& verb : verbs)
        at_each_call(verb, false, [&](Served& it, Call const& call) {
            (void)faulted(verb, it, {call.role, call.index, "kill"});
            auto const cleaned = it.cleaned_up();
            INFO("delete: " << cleaned.status << ", " << cleaned.err);
            CHECK(cleaned.status == 0);
        });
}
