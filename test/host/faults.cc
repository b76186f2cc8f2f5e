// SPDX-License-Identifier: Apache-2.0
// test/host/faults.cc - every system call of create fails once, and once a process is killed at it.
//
// A failure must be told on stderr and leave nothing behind; if the runtime can do without the
// call, the container must work. delete --force undoes a create that was killed. The calls, of the
// runtime and of init, are those of a clean run (test/programs/fault.c).

#include <unistd.h>

#include <cerrno>
#include <map>

#include "catch.h"
#include "container.h"
#include "faulted.h"

using namespace host;

namespace {

/// The container whose create is sampled.
struct Shape {
    char const* name;
    void (*give)(Bundle&);
    size_t most; ///< system calls
};

void add_user_namespace(Bundle& bundle) {
    constexpr auto maps = R"([{"containerID":0,"hostID":100000,"size":65536}])";
    REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    bundle.set("/linux/uidMappings", maps).set("/linux/gidMappings", maps);
}

/// Idmapped by the container's mapping; and as a new namespace, held by a process of davit's, says.
void add_idmapped_mounts(Bundle& bundle) {
    if (!can_idmap_temp()) return;
    bundle.mount("/tmp/a", "bind", bundle.path(), {"bind", "idmap"});
    bundle.mount("/tmp/b", "bind", bundle.path(), {"bind", "idmap"});
    auto const last = "/mounts/" + std::to_string(bundle.config().size("/mounts") - 1);
    for (auto const* member : {"/uidMappings", "/gidMappings"})
        bundle.set(last + member, R"([{"containerID":0,"hostID":7,"size":1}])");
}

Shape const common{"common", [](Bundle&) {}, 1200};
Shape const in_user_namespace{"user and time namespaces",
                              [](Bundle& bundle) {
                                  add_user_namespace(bundle);
                                  bundle.set("/linux/namespaces/-", R"({"type":"time"})");
                                  bundle.mount("/tmp", "tmpfs", "tmpfs", {"tmpcopyup"});
                                  add_idmapped_mounts(bundle);
                              },
                              200};
/// A process whose user namespace doesn't own the joined namespaces may not mount proc, sysfs and
/// mqueue.
Shape const joining{"a user namespace beside joined ones",
                    [](Bundle& bundle) {
                        add_user_namespace(bundle);
                        for (auto const* type : {"pid", "ipc"})
                            bundle.join_namespace(type, std::string("/proc/self/ns/") + type);
                        bundle.set("/mounts", "[]");
                        bundle.mount("/dev", "tmpfs", "tmpfs", {});
                        bundle.mount("/tmp", "tmpfs", "tmpfs", {});
                        bundle.remove("/linux/maskedPaths").remove("/linux/readonlyPaths");
                        add_idmapped_mounts(bundle);
                    },
                    200};

Shape const without_mount_namespace{"no mount namespace",
                                    [](Bundle& bundle) { bundle.share_namespace("mount"); }, 200};

Words create_words(Bundle const& bundle, std::string const& id) {
    auto words = bundle.globals();
    words.insert(words.end(), {"create", "--bundle", bundle.path(), id});
    return davit(words);
}

std::vector<Call> clean_create(Shape const& shape, bool all_that_may_fail) {
    Bundle bundle;
    shape.give(bundle);
    bundle.inside({"echo", "alive", ";", "sleep", "60"}).write();
    auto const id = unique_name();
    auto calls = calls_of(create_words(bundle, id), all_that_may_fail);
    REQUIRE(Container::verb({"delete", "--force", id}).status == 0);
    return calls;
}

/// What init does after its last message: a failure there is no failure of create.
struct Ready {
    std::string role;
    long index = 0;
    explicit Ready(std::vector<Call> const& calls) {
        for (auto const& call : calls)
            if (call.role != "0" && call.name == "sendmsg")
                role = call.role, index = std::stol(call.index);
    }
    [[nodiscard]] bool is_before(Call const& call) const {
        return call.role == role && std::stol(call.index) > index;
    }
};

void every_call_fails(Shape const& shape) {
    std::map<std::string, int> survived;
    int count = 0;
    auto const calls = clean_create(shape, true);
    Ready const ready(calls);
    Sample(calls, shape.most).each([&](Call const& call) {
        ++count;
        Bundle bundle;
        shape.give(bundle);
        bundle.inside({"echo", "alive", ";", "sleep", "60"}).write();
        auto const id = unique_name();
        auto const before = Snapshot::take();
        Command create(with_fault(call, std::to_string(EIO), create_words(bundle, id)),
                       impatient());
        auto const created = create.wait();
        INFO(told(call) << ": status " << created.status << ", " << created.err);
        CHECK_FALSE(created.timed_out);
        if (created.status == 0) {
            ++survived[call.name];
            auto const started = Container::verb({"start", id});
            INFO("start: " << started.err);
            if (started.status != 0 && ready.is_before(call))
                CHECK_FALSE(started.err.empty());
            else
                CHECK(eventually([&] { return contains(create.out(), "alive"); }));
            CHECK(Container::verb({"delete", "--force", id}).status == 0);
        } else {
            CHECK(created.status < 128);
            CHECK_FALSE(created.err.empty());
        }
        auto const left = appeared_since(before);
        CHECK(left == "");
        if (!left.empty()) (void)Container::verb({"delete", "--force", id});
    });
    std::string list;
    for (auto const& [name, times] : survived) list += " " + name + ":" + std::to_string(times);
    std::printf("     %s: %d calls failed; create went on after:%s\n", shape.name, count,
                list.c_str());
}

void davit_is_killed(Shape const& shape) {
    Sample(clean_create(shape, false), shape.most).each([&](Call const& call) {
        if (call.role != "0") return; // init killed: another test's business
        Bundle bundle;
        shape.give(bundle);
        bundle.write();
        auto const id = unique_name();
        auto const before = Snapshot::take();
        auto const killed = run(with_fault(call, "kill", create_words(bundle, id)), impatient());
        CHECK_FALSE(killed.timed_out);
        auto const removed = run(davit({"delete", "--force", id}), impatient());
        INFO(told(call) << ": delete said " << removed.err);
        CHECK(removed.status == 0);
        CHECK(appeared_since(before) == "");
    });
}

void init_is_killed(Shape const& shape) {
    Sample(clean_create(shape, false), shape.most).each([&](Call const& call) {
        if (call.role == "0") return;
        Bundle bundle;
        shape.give(bundle);
        bundle.write();
        auto const id = unique_name();
        auto const before = Snapshot::take();
        auto const created = run(with_fault(call, "kill", create_words(bundle, id)), impatient());
        INFO(told(call) << ": status " << created.status << ", " << created.err);
        CHECK_FALSE(created.timed_out);
        if (created.status == 0) // killed when it had said that it is ready
            CHECK(Container::verb({"delete", "--force", id}).status == 0);
        else
            CHECK_FALSE(created.err.empty());
        CHECK(appeared_since(before) == "");
    });
}

} // namespace

TEST_CASE("faults: every system call of create fails once", "[faults]") {
    every_call_fails(common);
}
TEST_CASE("faults: create is killed at every system call, delete --force undoes it", "[faults]") {
    davit_is_killed(common);
}
TEST_CASE("faults: init is killed at every system call of create", "[faults]") {
    init_is_killed(common);
}
TEST_CASE("faults: the same without a mount namespace", "[faults][rootfs]") {
    every_call_fails(without_mount_namespace);
    davit_is_killed(without_mount_namespace);
    init_is_killed(without_mount_namespace);
}
TEST_CASE("faults: the same in a user namespace", "[faults][users]") {
    for (auto const* shape : {&in_user_namespace, &joining}) {
        every_call_fails(*shape);
        davit_is_killed(*shape);
        init_is_killed(*shape);
    }
}
