// SPDX-License-Identifier: Apache-2.0
// test/host/faults.cc - every system call of a verb fails once, and once the verb is killed at it.
//
// A failure has to be told on stderr and to leave nothing behind; one that the runtime can live
// with has to leave a container that works. A create that was killed is undone by delete --force.
// The calls, of the runtime and of init, are those that a clean run makes (test/programs/fault.c).

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <sstream>

#include "box.h"
#include "catch.h"

using namespace host;

namespace {

struct Call {
    std::string role, index, name;
};

// Memory, the C library's start, and what can't fail: a program without them aborts, and says so.
bool may_fail(std::string const& name) {
    static char const* const never[] = {"arch_prctl",
                                        "brk",
                                        "clock_gettime",
                                        "exit",
                                        "exit_group",
                                        "futex",
                                        "getegid",
                                        "geteuid",
                                        "getgid",
                                        "getpid",
                                        "getppid",
                                        "gettid",
                                        "getuid",
                                        "madvise",
                                        "mmap",
                                        "mprotect",
                                        "mremap",
                                        "munmap",
                                        "restart_syscall",
                                        "rseq",
                                        "rt_sigaction",
                                        "rt_sigprocmask",
                                        "rt_sigreturn",
                                        "sched_yield",
                                        "set_robust_list",
                                        "set_tid_address",
                                        "umask"};
    return std::none_of(std::begin(never), std::end(never),
                        [&](char const* one) { return name == one; });
}

Words with_fault(Words const& how, Words const& command) {
    Words all = {suite().fault};
    all.insert(all.end(), how.begin(), how.end());
    all.push_back("--");
    all.insert(all.end(), command.begin(), command.end());
    return all;
}

std::vector<Call> calls_of(Words const& command, bool all_that_may_fail) {
    auto const file = suite().temp + "/calls";
    auto const ran = run(with_fault({"--list", file}, command));
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    std::vector<Call> calls;
    std::istringstream lines(read_file(file));
    for (Call c; lines >> c.role >> c.index >> c.name;)
        if (!all_that_may_fail || may_fail(c.name)) calls.push_back(c);
    ::unlink(file.c_str());
    return calls;
}

/// Every call, or with a time limit as many as it takes, spread evenly.
class Sample {
  public:
    Sample(std::vector<Call> calls, size_t most) : calls_(std::move(calls)) {
        if (!suite().is_davit) most = std::min<size_t>(most, 120); // runc makes thousands
        // Where programs start 20 times as slowly, that's what there is time for.
        auto const slowness = static_cast<size_t>(suite().patience * suite().patience);
        most = std::max<size_t>(1, most / slowness);
        stride_ = suite().all ? 1 : std::max<size_t>(1, calls_.size() / most);
    }
    template <class Try>
    void each(Try attempt) {
        for (size_t i = 0; i < calls_.size(); i += stride_) attempt(calls_[i]);
        if (stride_ > 1)
            WARN("1 of " << stride_ << " of " << calls_.size() << " calls; --all for all");
    }

  private:
    std::vector<Call> calls_;
    size_t stride_;
};

std::string told(Call const& call) {
    return "process " + call.role + ", call " + call.index + ", " + call.name;
}

CommandOptions impatient() {
    CommandOptions how;
    how.timeout = std::chrono::seconds(8);
    return how;
}

/// What a container is like whose create is sampled.
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
/// Proc, sysfs and mqueue may not be mounted by somebody to whom the joined namespaces don't
/// belong.
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

/// What init does after its last message: if that fails, it isn't create's failure any more.
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
        Command create(
            with_fault({call.role, call.index, std::to_string(EIO)}, create_words(bundle, id)),
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
        auto const killed =
            run(with_fault({call.role, call.index, "kill"}, create_words(bundle, id)), impatient());
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
        auto const created =
            run(with_fault({call.role, call.index, "kill"}, create_words(bundle, id)), impatient());
        INFO(told(call) << ": status " << created.status << ", " << created.err);
        CHECK_FALSE(created.timed_out);
        if (created.status == 0) // killed when it had said that it is ready
            CHECK(Container::verb({"delete", "--force", id}).status == 0);
        else
            CHECK_FALSE(created.err.empty());
        CHECK(appeared_since(before) == "");
    });
}

/// Of exec's own: the program that it executes is somebody else's.
std::vector<Call> before_execve(std::vector<Call> calls) {
    std::map<std::string, bool> executed;
    std::erase_if(calls, [&](Call const& call) {
        bool const gone = executed[call.role];
        if (call.role != "0" && call.name == "execve") executed[call.role] = true;
        return gone;
    });
    return calls;
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

TEST_CASE("faults: every system call of start and of delete fails once", "[faults]") {
    for (auto const* verb : {"start", "delete"}) {
        bool const starts = std::string(verb) == "start";
        auto const prepared = [&](Container& container) {
            REQUIRE(container.create().status == 0);
            if (starts) return;
            REQUIRE(container.start().status == 0);
            REQUIRE(container.kill("KILL").status == 0);
            REQUIRE(container.wait_stopped());
        };
        std::vector<Call> calls;
        {
            Bundle bundle;
            bundle.inside({"sleep", "60"});
            Container container(bundle);
            prepared(container);
            calls = calls_of(davit({verb, container.id()}), true);
        }
        Sample(calls, 1200).each([&](Call const& call) {
            Bundle bundle;
            bundle.inside({"echo", "alive", ";", "sleep", "60"});
            Container container(bundle);
            prepared(container);
            auto const ran = run(with_fault({call.role, call.index, std::to_string(EIO)},
                                            davit({verb, container.id()})),
                                 impatient());
            INFO(verb << ", " << told(call) << ": status " << ran.status << ", " << ran.err);
            CHECK_FALSE(ran.timed_out);
            if (ran.status != 0) CHECK_FALSE(ran.err.empty());
            if (starts && ran.status == 0)
                CHECK(eventually([&] { return contains(container.out(), "alive"); }));
            CHECK(Container::verb({"delete", "--force", container.id()}).status == 0);
        });
    }
}

TEST_CASE("faults: delete --force without fds for a moment loses nothing of the record",
          "[faults][lifecycle][davit]") {
    if (skip_unless(suite().is_davit, "runc keeps no copy")) return;
    Bundle bundle;
    auto const mark = bundle.path() + "/mark";
    bundle.set("/hooks/poststop", R"([{"path":"/bin/sh","args":["sh","-c",")"
                                  "echo >> "
                                      + mark + R"("]}])");
    bundle.inside({"sleep", "60"});
    auto const deletion = [](Container const& container) {
        return davit({"delete", "--force", container.id()});
    };
    std::vector<Call> calls;
    {
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        calls = calls_of(deletion(container), true);
    }
    int tried = 0;
    for (auto const& call : calls) {
        if (call.role != "0" || call.name != "openat") continue;
        ++tried;
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        ::unlink(mark.c_str());
        auto const ran =
            run(with_fault({call.role, call.index, std::to_string(EMFILE)}, deletion(container)),
                impatient());
        INFO(told(call) << ": status " << ran.status << ", " << ran.err);
        if (ran.status != 0) CHECK(run(deletion(container)).status == 0);
        CHECK(exists(mark)); // its hooks are in the record, not in the copy
    }
    CHECK(tried > 3);
}

TEST_CASE("faults: every system call of exec fails once, and its init is killed",
          "[faults][exec]") {
    Bundle bundle;
    Box const box(bundle);
    auto const words = box.exec_words({}, {"echo", "alive"});
    auto const calls = before_execve(calls_of(words, true));
    for (auto const& fault : {std::to_string(EIO), std::string("kill")})
        Sample(calls, 300).each([&](Call const& call) {
            if (fault == "kill" && call.role == "0") return; // "davit is killed at any time"
            auto const before = Snapshot::take();
            auto const ran = run(with_fault({call.role, call.index, fault}, words), impatient());
            INFO(told(call) << ", " << fault << ": status " << ran.status << ", " << ran.err);
            CHECK_FALSE(ran.timed_out);
            if (ran.status == 0)
                CHECK(ran.out == "alive\n");
            else if (call.name != "execve") // whose death is the program's
                CHECK_FALSE(ran.err.empty());
            CHECK(appeared_since(before) == "");
            CHECK(box.status() == "running");
        });
}
