// SPDX-License-Identifier: Apache-2.0
// shim/service_test.cc - what the task service answers before there is any container.
#include "containerd/service.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "catch.h"
#include "containerd/log.h"
#include "containerd/messages.h"
#include "core/supervisor.h"
#include "peer.h"
#include "unit/temporary.h"
#include "wire/message.h"
#include "wire/server.h"

using namespace davit;
using namespace davit::shim;
using namespace davit::shim::containerd;

namespace {

/// A service without containers, and the fifo of its log.
struct Served {
    Served() {
        REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
        log = Log::open(fifo, Level::info);
        auto made = Supervisor::make(loop, {.containerd_namespace = "tests", .finish = [] {}},
                                     [](Event const&) {});
        REQUIRE(made.has_value());
        supervisor.emplace(*std::move(made));
        service.emplace(*supervisor, "tests", log);
    }

    template <class M>
    wire::Reply ask(std::string const& method, M const& request) {
        auto const payload = wire::encode(request);
        wire::Call call;
        call.service = "containerd.task.v3.Task";
        call.method = method;
        call.payload = payload;
        return result_of(loop, service->answer(std::move(call)));
    }

    /// What the log holds so far.
    [[nodiscard]] std::string logged() const {
        Fd const reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        char text[65536];
        auto const size = ::read(reader.number(), text, sizeof text);
        return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
    }

    davit::test::TemporaryDirectory directory;
    std::string fifo = directory.path() + "/log";
    asio::io_context loop;
    Log log;
    std::optional<Supervisor> supervisor;
    std::optional<Service> service;
};

} // namespace

TEST_CASE("service: Connect with an unknown id says who the shim is", "[service]") {
    Served it;
    auto const reply = it.ask("Connect", ConnectRequest{.id = "none"});
    REQUIRE(reply.has_value());
    auto const answer = wire::decode<ConnectResponse>(*reply);
    REQUIRE(answer.has_value());
    CHECK(answer->shim_pid == static_cast<std::uint32_t>(::getpid()));
    CHECK(answer->task_pid == 0);
}

TEST_CASE("service: a refusal is not \"unimplemented\", an unknown method is", "[service]") {
    Served it;
    auto const checkpoint = it.ask("Checkpoint", CheckpointTaskRequest{.id = "none"});
    REQUIRE_FALSE(checkpoint.has_value());
    CHECK(checkpoint.error().code != wire::Code::unimplemented);
    CreateTaskRequest restore;
    restore.checkpoint = "/somewhere";
    auto const restored = it.ask("Create", restore);
    REQUIRE_FALSE(restored.has_value());
    CHECK(restored.error().code == wire::Code::unknown);
    CHECK(restored.error().message.find("not implemented") != std::string::npos);
    auto const none = it.ask("NoSuchMethod", ConnectRequest{});
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == wire::Code::unimplemented);
}

TEST_CASE("service: another BinaryName is said once, not for each container", "[service]") {
    Served it;
    CreateTaskRequest request;
    request.bundle = "/nonexistent";
    for (auto const* name : {"/usr/bin/crun", "/usr/bin/crun", "/usr/bin/runc"}) {
        request.options = wire::pack(RuncOptions{.binary_name = name});
        CHECK_FALSE(it.ask("Create", request).has_value());
    }
    auto const said = it.logged();
    auto const first = said.find("/usr/bin/crun");
    CHECK(first != std::string::npos);
    CHECK(said.find("/usr/bin/crun", first + 1) == std::string::npos);
    CHECK(said.find("runc\\\"") == std::string::npos);
}

TEST_CASE("service: ids and paths that lie about where they lead are refused", "[service]") {
    Served it;
    davit::test::TemporaryDirectory place;
    auto const bundle = place.path() + "/bundle";
    REQUIRE(::mkdir(bundle.c_str(), 0700) == 0);
    auto const refused = [&](CreateTaskRequest const& request, std::string_view what) {
        auto const reply = it.ask("Create", request);
        REQUIRE_FALSE(reply.has_value());
        INFO(reply.error().message);
        CHECK(reply.error().code == wire::Code::invalid_argument);
        CHECK(reply.error().message.find(what) != std::string::npos);
        CHECK(::access((bundle + "/davit-root").c_str(), F_OK) != 0); // nothing was done
    };
    for (auto const& id : {std::string(), std::string(".."), std::string("a/b"),
                           std::string("a\0b", 3), std::string(256, 'a')})
        refused({.id = id, .bundle = bundle}, "invalid id");
    for (auto const& path :
         {std::string("relative"), bundle + "/../bundle", bundle + std::string("\0x", 2)})
        refused({.id = "a", .bundle = path}, "invalid bundle");
    for (auto const& target : {std::string("a/../../b"), std::string("a\0b", 3)})
        refused({.id = "a", .bundle = bundle, .rootfs = {{.target = target}}}, "mount target");
    CreateTaskRequest elsewhere{.id = "a", .bundle = bundle};
    elsewhere.options = wire::pack(RuncOptions{.root = "/run/../etc"});
    refused(elsewhere, "invalid root");
    ExecProcessRequest exec{.id = "a", .exec_id = "../b"};
    exec.spec = wire::Any{"types.containerd.io/opencontainers/runtime-spec/1/Process", "{}"};
    auto const reply = it.ask("Exec", exec);
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().message.find("invalid exec id") != std::string::npos);
}
