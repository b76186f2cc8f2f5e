// SPDX-License-Identifier: Apache-2.0
// test/host/update_felt.cc - the effect of `update` on the container: forks, time, memory, devices;
// under load, and several at once.
//
// Runs on v1, hybrid, with --unified on cgroup2 alone, and in the guest, which has its controllers.

#include "catch.h"
#include "updated.h"

using namespace host;

namespace {

/// Milliseconds, of 1000, that are a tenth of a CPU's since an update.
double cpu_time_under_a_quota() {
    Bundle bundle;
    bundle.inside({"trap", "TERM", ";", "burn", "1000"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    REQUIRE(container.start().status == 0);
    REQUIRE(is_ready(container));
    CHECK(update(container, {"--cpu-quota", "10000", "--cpu-period", "100000"}).status == 0);
    CHECK(container.kill("TERM").status == 0);
    CHECK(container.wait_stopped());
    auto const stat = read_file(cgroup_directory("cpu", bundle.cgroup()) + "/cpu.stat");
    CHECK_FALSE(contains(stat, "nr_throttled 0\n"));
    return Report(container.out())["burn"].number("/cpu_ms");
}

} // namespace

TEST_CASE("update: the limits are felt", "[update][cgroup]") {
    if (!lacks("pids")) {
        Bundle bundle;
        bundle.inside({"trap", "TERM", ";", "fork", "20"});
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        REQUIRE(is_ready(container));
        CHECK(update(container, {"--pids-limit", "6"}).status == 0);
        CHECK(container.kill("TERM").status == 0);
        CHECK(container.wait_stopped());
        auto const fork = Report(container.out())["fork"];
        CHECK(fork.number("/made") == 5);
        CHECK(fork.text("/errno") == "EAGAIN");
    }
    // As in cgroup.cc: a virtual machine can count too much.
    if (!lacks("cpu")) CHECK(eventually([] { return cpu_time_under_a_quota() < 500; }));
    if (!lacks("memory")) {
        Bundle bundle;
        bundle.inside({"trap", "TERM", ";", "eat", "104857600", ";", "echo", "survived"});
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        REQUIRE(is_ready(container));
        CHECK(update(container, {"--memory", "20m", "--memory-swap", "20m"}).status == 0);
        CHECK(container.kill("TERM").status == 0);
        CHECK(container.wait_stopped());
        CHECK_FALSE(contains(container.out(), "survived"));
    }
}

TEST_CASE("update: device rules are exchanged at once", "[update][devices][cgroup]") {
    constexpr char fuse[] = R"({"devices":[{"allow":false,"access":"rwm"},
        {"allow":true,"type":"c","major":10,"minor":229,"access":"rwm"}]})";
    constexpr char nothing[] = R"({"devices":[{"allow":false,"access":"rwm"}]})";
    constexpr char all[] = R"({"devices":[{"allow":true,"access":"rwm"}]})";
    // The devices that the container may open first, the update, and whether /dev/fuse opens
    // afterwards.
    struct Row {
        char const* before;
        char const* after;
        bool opens;
    };
    for (auto const& [before, after, opens] :
         {Row{nothing, fuse, true}, Row{fuse, nothing, false}, Row{nothing, all, true},
          Row{all, nothing, false}, Row{fuse, R"({"pids":{}})", true}, Row{fuse, fuse, true}}) {
        INFO(before << " then " << after);
        Bundle bundle;
        bundle.set("/linux/devices", R"([{"path":"/dev/fuse","type":"c","major":10,"minor":229}])");
        bundle.set("/linux/resources", before);
        bundle.inside(
            {"trap", "TERM", ";", "open", "/dev/fuse", "r", ";", "open", "/dev/null", "rw"});
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        auto const started = container.start();
        INFO("start said " << started.err << container.err());
        REQUIRE(started.status == 0);
        REQUIRE(is_ready(container));
        auto const updated = update_json(container, after);
        INFO(updated.err);
        CHECK(updated.status == 0);
        CHECK(container.kill("TERM").status == 0);
        CHECK(container.wait_stopped());
        auto const seen = Report(container.out()).all("open");
        REQUIRE(seen.size() == 2);
        CHECK((seen[0].text("/errno") != "EPERM") == opens);
        CHECK(seen[1].text("/errno") == "");
    }
}

TEST_CASE("update: the same device rules again leave alone what others have added",
          "[update][devices][cgroup]") {
    if (lacks("devices") || skip_unless(!unified(), "devices.allow is v1's")) return;
    constexpr char rules[] = R"([{"allow":false,"access":"rwm"}])";
    Bundle bundle;
    bundle.set("/linux/resources/devices", rules);
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const group = cgroup_directory("devices", bundle.cgroup());
    REQUIRE(write_file(group + "/devices.allow", "c 195:* rw"));
    CHECK(update_json(container, std::string(R"({"devices":)") + rules + "}").status == 0);
    CHECK(contains(read_file(group + "/devices.list"), "c 195:* rw"));
    // Other rules replace the old ones, now and the next time.
    CHECK(update_json(container, R"({"devices":[{"allow":true,"type":"c","major":10,"minor":229,
        "access":"r"}]})")
              .status
          == 0);
    CHECK(contains(read_file(group + "/devices.list"), "c 10:229 rm"));
    CHECK_FALSE(contains(read_file(group + "/devices.list"), "c 195:* rw"));
    CHECK(update_json(container, std::string(R"({"devices":)") + rules + "}").status == 0);
    CHECK_FALSE(contains(read_file(group + "/devices.list"), "c 10:229"));
    CHECK(contains(read_file(group + "/devices.list"), "c 1:3 rwm"));
}

TEST_CASE("update: under load", "[update][cgroup][races]") {
    Bundle bundle;
    Words work;
    for (int i = 0; i < 6 * suite().patience; ++i)
        for (char const* word : {"fork", "30", ";", "eat", "2097152", ";", "burn", "150", ";"})
            work.emplace_back(word);
    work.insert(work.end(), {"echo", "survived"});
    bundle.inside(work);
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    REQUIRE(container.start().status == 0);
    int rounds = 0;
    for (; container.status() == "running"; ++rounds) {
        bool const even = rounds % 2 == 0;
        std::string json = R"({"unified":{}})";
        if (!unified() || !controller("memory").empty())
            json = even ? R"({"memory":{"limit":134217728,"swap":268435456},"pids":{"limit":100},
                              "cpu":{"quota":50000,"period":100000,"shares":100},
                              "devices":[{"allow":true,"access":"rwm"}]})"
                        : R"({"memory":{"limit":268435456,"swap":536870912},"pids":{"limit":200},
                              "cpu":{"quota":-1,"period":50000,"shares":2000},
                              "devices":[{"allow":false,"access":"rwm"}]})";
        auto const updated = update_json(container, json);
        if (updated.status != 0) { // it may have ended meanwhile
            INFO(updated.err);
            CHECK(contains(updated.err, "container not running"));
            break;
        }
    }
    CHECK(rounds >= 5);
    CHECK(container.wait_stopped());
    CHECK(contains(container.out(), "survived"));
}

TEST_CASE("update: several at once leave the limits of one of them", "[update][cgroup][races]") {
    if (lacks("memory") || lacks("pids")) return;
    Bundle bundle;
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    for (int round = 0; round < 3; ++round) {
        std::vector<Command> commands;
        for (int i = 1; i <= 12; ++i) {
            auto const size = std::to_string(i * 10) + "m";
            commands.emplace_back(davit({"update", "--memory", size, "--memory-swap", size,
                                         "--pids-limit", std::to_string(i), container.id()}));
        }
        for (auto& command : commands) {
            auto const done = command.wait();
            INFO(done.err);
            CHECK(done.status == 0);
        }
        auto const limit =
            std::stol(read_file(cgroup_directory("memory", bundle.cgroup())
                                + (unified() ? "/memory.max" : "/memory.limit_in_bytes")));
        auto const pids =
            std::stol(read_file(cgroup_directory("pids", bundle.cgroup()) + "/pids.max"));
        CHECK(limit == pids * 10 * 1024 * 1024);
    }
}

TEST_CASE("update: before version 1.3 of the specification no processes mean nothing said",
          "[update][cgroup]") {
    if (lacks("pids")) return;
    for (auto const& [version, later] : {std::pair{"1.0.2", "7"}, std::pair{"1.3.0", "0"}}) {
        INFO(version);
        Bundle bundle;
        bundle.set("/ociVersion", std::string("\"") + version + "\"");
        bundle.set("/linux/resources/pids", R"({"limit":0})");
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        auto const most = [&] {
            return read_file(cgroup_directory("pids", bundle.cgroup()) + "/pids.max");
        };
        bool const is_old = std::string(version) == "1.0.2";
        bool const is_rounded = suite().systemd && !is_old; // to what systemd can say
        CHECK(most() == (is_old ? "max" : is_rounded ? "1" : "0"));
        for (bool const by_file : {false, true}) {
            CHECK(update(container, {"--pids-limit", "7"}).status == 0);
            auto const updated = by_file ? update_json(container, R"({"pids":{"limit":0}})")
                                         : update(container, {"--pids-limit", "0"});
            CHECK(updated.status == 0);
            CHECK(most() == (is_rounded ? "1" : later));
        }
    }
}
