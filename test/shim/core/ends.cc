// SPDX-License-Identifier: Apache-2.0
// test/shim/core/ends.cc - orphans, children of others, leftovers, OOM.
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "command.h"
#include "json.h"
#include "shim.h"

using namespace host;
using namespace std::chrono_literals;

namespace {

/// Our children that have ended and were not reaped.
int zombies() {
    int count = 0;
    auto const own = "PPid:\t" + std::to_string(::getpid()) + "\n";
    for (int pid = 1; pid < 32768; ++pid) {
        auto const status = read_file("/proc/" + std::to_string(pid) + "/status");
        count += status.find(own) != status.npos && status.find("State:\tZ") != status.npos;
    }
    return count;
}

} // namespace

TEST_CASE("ends: orphans are reaped, and no hook's program is taken from the library", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle.share_namespace("pid"); // so its orphans are ours
    bundle.inside({"sleep", "100"});
    // Each leaves orphans behind that end while it still runs itself.
    std::string const script = "for i in 1 2 3 4 5; do (sleep 0.0$i & ) ; done; sleep 0.2; exit 0";
    auto const hook = R"({"path":"/bin/busybox","args":["sh","-c",)" + json_quote(script) + "]}";
    bundle.set("/hooks", R"({"createRuntime":[)" + hook + "," + hook + "]}");
    Shim shim;
    for (int i = 0; i < 5; ++i) {
        auto const id = shim.running(bundle); // hooks that were stolen from would fail create
        for (int j = 0; j < 5; ++j) {
            auto const exec = "e" + std::to_string(j);
            shim.exec(id, exec, shell("sleep 0.05 & sleep 0.1 & exit 9"));
            CHECK(shim.must(shim.core().wait({id, exec})).status == 9);
            (void)shim.must(shim.core().remove({id, exec}));
        }
        shim.remove(id);
    }
    CHECK(shim.until([] { return zombies() == 0; }, 5s));
}

TEST_CASE("ends: without a pid namespace of its own, nobody survives a container", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle.share_namespace("pid");
    bundle.set("/process/args", json_list(shell("sleep 1234 & sleep 0.2")))
        .set("/process/env", R"(["PATH=/bin"])");
    Shim shim;
    auto const id = shim.running(bundle);
    CHECK(shim.must(shim.core().wait({id, ""})).status == 0);
    auto const group = controller("pids") + bundle.cgroup() + "/cgroup.procs";
    if (!controller("pids").empty())
        CHECK(shim.until([&] { return read_file(group).empty(); }, 5s));
    (void)shim.must(shim.core().remove({id, ""}));
}

TEST_CASE("ends: who is out of memory is told of before its end", "[shim]") {
    if (skip_unless(!controller("memory").empty(), "no memory controller")) return;
    Bundle bundle;
    add_busybox(bundle);
    bundle.set("/linux/resources/memory", R"({"limit":8388608,"swap":8388608})");
    bundle.set("/process/args", json_list({"/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=64M"}));
    Shim shim;
    auto const id = shim.running(bundle);
    CHECK(shim.must(shim.core().wait({id, ""})).status == 137);
    REQUIRE(shim.events.size() >= 4);
    // On a busy machine the kernel may kill it before its start is told.
    CHECK(std::ranges::count(shim.events, "oom " + id) == 1);
    CHECK(shim.events.back() == "exit " + id + " 137");
    (void)shim.must(shim.core().remove({id, ""}));
}
