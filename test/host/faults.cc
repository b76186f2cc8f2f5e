// SPDX-License-Identifier: Apache-2.0
// test/host/faults.cc - every system call of a verb fails once, and once the verb is killed at it.
//
// A failure has to be told on stderr and to leave nothing behind; one that the runtime can live
// with has to leave a container that works. A create that was killed is undone by delete --force.
// The calls, of the runtime and of init, are those that a clean run makes (test/programs/fault.c).

#include <algorithm>
#include <cerrno>
#include <map>
#include <sstream>

#include "catch.h"
#include "container.h"

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
    explicit Sample(std::vector<Call> calls) : calls_(std::move(calls)) {
        size_t const most = suite().is_davit ? 1200 : 120; // runc makes thousands
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

std::vector<Call> clean_create(bool all_that_may_fail) {
    Bundle bundle;
    bundle.inside({"echo", "alive", ";", "sleep", "60"}).write();
    auto const id = unique_name();
    auto calls = calls_of(davit({"create", "--bundle", bundle.path(), id}), all_that_may_fail);
    REQUIRE(Container::verb({"delete", "--force", id}).status == 0);
    return calls;
}

} // namespace

TEST_CASE("faults: every system call of create fails once", "[faults]") {
    std::map<std::string, int> survived;
    int count = 0;
    auto const calls = clean_create(true);
    long ready = 0; // init's last message: what fails after it isn't create's failure any more
    for (auto const& call : calls)
        if (call.role == "1" && call.name == "sendmsg") ready = std::stol(call.index);
    Sample(calls).each([&](Call const& call) {
        ++count;
        Bundle bundle;
        bundle.inside({"echo", "alive", ";", "sleep", "60"}).write();
        auto const id = unique_name();
        auto const before = Snapshot::take();
        Command create(with_fault({call.role, call.index, std::to_string(EIO)},
                                  davit({"create", "--bundle", bundle.path(), id})),
                       impatient());
        auto const created = create.wait();
        INFO(told(call) << ": status " << created.status << ", " << created.err);
        CHECK_FALSE(created.timed_out);
        if (created.status == 0) {
            ++survived[call.name];
            auto const started = Container::verb({"start", id});
            INFO("start: " << started.err);
            bool const too_late = call.role != "0" && std::stol(call.index) > ready;
            if (started.status != 0 && too_late)
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
    std::printf("     %d calls failed; create went on after:%s\n", count, list.c_str());
}

TEST_CASE("faults: create is killed at every system call, delete --force undoes it", "[faults]") {
    Sample(clean_create(false)).each([&](Call const& call) {
        if (call.role != "0") return; // init killed: the first test's business
        Bundle bundle;
        bundle.write();
        auto const id = unique_name();
        auto const before = Snapshot::take();
        auto const killed = run(with_fault({call.role, call.index, "kill"},
                                           davit({"create", "--bundle", bundle.path(), id})),
                                impatient());
        CHECK_FALSE(killed.timed_out);
        auto const removed = Container::verb({"delete", "--force", id});
        INFO(told(call) << ": delete said " << removed.err);
        CHECK(removed.status == 0);
        CHECK(appeared_since(before) == "");
    });
}

TEST_CASE("faults: init is killed at every system call of create", "[faults]") {
    Sample(clean_create(false)).each([&](Call const& call) {
        if (call.role == "0") return;
        Bundle bundle;
        bundle.write();
        auto const id = unique_name();
        auto const before = Snapshot::take();
        auto const created = run(with_fault({call.role, call.index, "kill"},
                                            davit({"create", "--bundle", bundle.path(), id})),
                                 impatient());
        INFO(told(call) << ": status " << created.status << ", " << created.err);
        CHECK_FALSE(created.timed_out);
        if (created.status == 0) // killed when it had said that it is ready
            CHECK(Container::verb({"delete", "--force", id}).status == 0);
        else
            CHECK_FALSE(created.err.empty());
        CHECK(appeared_since(before) == "");
    });
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
        Sample(calls).each([&](Call const& call) {
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
