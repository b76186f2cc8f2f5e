// SPDX-License-Identifier: Apache-2.0
// test/host/inherited.cc - which attributes of the caller a container's processes have.
//
// [config.md#linux-process] CPUs, umask, signals are the container's. What config.json can set and
// doesn't set stays the caller's, as with runc: `nice davit run` is meant to work.

#include <linux/prctl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box.h"

using namespace host;

namespace {

/// This process, and so those that it starts, may run on one CPU alone.
class OnOneCpu {
  public:
    OnOneCpu() {
        ::sched_getaffinity(0, sizeof before_, &before_);
        int first = 0;
        while (!CPU_ISSET(first, &before_)) ++first;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
    }
    OnOneCpu(OnOneCpu const&) = delete;
    OnOneCpu& operator=(OnOneCpu const&) = delete;
    ~OnOneCpu() { ::sched_setaffinity(0, sizeof before_, &before_); }

  private:
    cpu_set_t before_;
};

constexpr int who_process = 1, best_effort = 2 << 13; // <linux/ioprio.h> isn't for C++

/// This process, and so each one that it starts, has unusual priorities, timer slack and umask.
class Peculiar {
  public:
    Peculiar()
        : nice_(::getpriority(PRIO_PROCESS, 0)),
          slack_(::prctl(PR_GET_TIMERSLACK)),
          io_(::syscall(SYS_ioprio_get, who_process, 0)),
          umask_(::umask(0077)) {
        REQUIRE(::setpriority(PRIO_PROCESS, 0, 6) == 0);
        REQUIRE(::prctl(PR_SET_TIMERSLACK, 70000UL) == 0);
        REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1UL) == 0);
        REQUIRE(::syscall(SYS_ioprio_set, who_process, 0, best_effort | 6) == 0);
    }
    Peculiar(Peculiar const&) = delete;
    Peculiar& operator=(Peculiar const&) = delete;
    ~Peculiar() {
        ::setpriority(PRIO_PROCESS, 0, nice_);
        ::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack_));
        ::prctl(PR_SET_CHILD_SUBREAPER, 0UL);
        ::syscall(SYS_ioprio_set, who_process, 0, io_);
        ::umask(umask_);
    }

  private:
    int nice_, slack_;
    long io_;
    mode_t umask_;
};

Words const verbs = {"sched", ";", "ioprio", ";", "prctl", ";", "ids", ";", "flags"};

/// A caller that ignores some signals and blocks others.
Outcome run_deaf(Words const& words) {
    Words all = {"env", "--ignore-signal=PIPE,HUP,INT", "--block-signal=TERM,USR1,CHLD"};
    all.insert(all.end(), words.begin(), words.end());
    return run(all);
}

void check_peculiar(Report const& seen) {
    CHECK(seen["sched"].number("/nice") == 6);
    CHECK(seen["ioprio"].number("/class") == 2);
    CHECK(seen["ioprio"].number("/priority") == 6);
    CHECK(seen["prctl"].number("/timer_slack") == 70000);
    CHECK(seen["prctl"].number("/death_signal") == 0);
    CHECK(seen["prctl"].number("/subreaper") == 0);
    CHECK(seen["ids"].text("/umask") == "0022");
    CHECK(seen["flags"].number("/dumpable") == 1);
    CHECK(seen["flags"].text("/blocked") == "0000000000000000");
    CHECK((std::stoull(seen["flags"].text("/ignored"), nullptr, 16) & 0x7fffffff) == 0);
}

} // namespace

TEST_CASE("process: the caller's CPUs aren't the container's", "[process][exec]") {
    if (skip_unless(::sysconf(_SC_NPROCESSORS_ONLN) > 1, "one CPU")) return;
    Bundle bundle;
    bundle.inside({"affinity"});
    auto const everywhere = report(bundle)["affinity"].dump();
    OnOneCpu const here;
    CHECK(report(bundle)["affinity"].dump() == everywhere);
    CHECK(Container(bundle).report()["affinity"].dump() == everywhere);
    Box const box(bundle);
    CHECK(box.look({"affinity"})["affinity"].dump() == everywhere);
    Json process(bundle.config().dump("/process"));
    process.set("/execCPUAffinity", R"({"final":"1"})").set("/args", R"(["/inside","affinity"])");
    REQUIRE(write_file(bundle.path() + "/p.json", process.dump()));
    CHECK(Report(box.exec({"--process", bundle.path() + "/p.json"}, {}).out)["affinity"].dump()
          == "[1]");
}

TEST_CASE("process: the cpuset decides, whatever CPU the caller has", "[process][exec]") {
    auto const cpuset = controller("cpuset");
    if (skip_unless(!cpuset.empty(), "no cpuset controller")) return;
    if (skip_unless(::sysconf(_SC_NPROCESSORS_ONLN) > 1, "one CPU")) return;
    Bundle bundle;
    bundle.set("/linux/resources/cpu", R"({"cpus":"1"})").inside({"affinity"});
    OnOneCpu const here; // CPU 0
    CHECK(report(bundle)["affinity"].dump() == "[1]");
    Box const box(bundle);
    CHECK(box.look({"affinity"})["affinity"].dump() == "[1]");
}

TEST_CASE("process: what the caller is like, the container is or isn't", "[process][exec]") {
    Bundle bundle;
    bundle.inside(verbs).write();
    Peculiar const caller;
    Container container(bundle);
    auto words = bundle.globals();
    words.insert(words.end(), {"run", "--bundle", bundle.path(), container.id()});
    auto const ran = run_deaf(davit(words));
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    check_peculiar(Report(ran.out));
    Box const box(bundle);
    auto const added = run_deaf(box.exec_words({}, verbs));
    INFO(added.err);
    REQUIRE(added.status == 0);
    check_peculiar(Report(added.out));
}
