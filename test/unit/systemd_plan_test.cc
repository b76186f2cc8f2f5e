// SPDX-License-Identifier: Apache-2.0
// unit/systemd_plan_test.cc - parts/systemd: names, properties, annotations. The golden cases
// systemd* show whole plans.
#include "catch.h"

#include "base/text.h"
#include "parts/cgroup/devices.h"
#include "parts/systemd/systemd.h"

namespace {

using namespace davit;
using systemd::Line;

std::string named(std::string_view path, std::string_view id = "box", bool user = false) {
    auto const name = systemd::name_unit(path, id, {user, user ? "/u" : ""});
    return name ? text(name->unit.slice, " ", name->unit.name, " ", name->group)
                : name.error().story;
}

std::string printed(std::vector<systemd::Property> const& properties) {
    std::string out;
    for (auto const& p : properties)
        out += text(p.name, "=", dbus::to_text(p.value), p.since ? text("@", p.since) : "", ";");
    return out;
}

std::string limits(std::vector<Line> lines) {
    systemd::agree(lines);
    auto const told = systemd::limits(lines);
    return told ? printed(*told) : told.error().story;
}

std::string agreed(Line const& line, std::vector<Line> others = {}) {
    others.insert(others.begin(), line);
    systemd::agree(others);
    return others.front().value;
}

std::string annotated(std::string const& name, std::string const& value) {
    auto const out = systemd::annotated({{"org.systemd.property." + name, value}, {"x", "y"}});
    return out ? printed(*out) : out.error().story;
}

} // namespace

TEST_CASE("systemd: units and where they are", "[systemd]") {
    CHECK(named("") == "system.slice davit-box.scope /system.slice/davit-box.scope");
    CHECK(named("", "a+b") == "system.slice davit-a\\x2bb.scope /system.slice/davit-a\\x2bb.scope");
    CHECK(named("", "box", true) == "user.slice davit-box.scope /u/user.slice/davit-box.scope");
    CHECK(named("::x") == "system.slice x.scope /system.slice/x.scope");
    CHECK(named("a-b-c.slice:p:n")
          == "a-b-c.slice p-n.scope /a.slice/a-b.slice/a-b-c.slice/p-n.scope");
    CHECK(named("-.slice:p:n") == "-.slice p-n.scope /p-n.scope");
    CHECK(named("m.slice:p:m-x.slice") == "m.slice m-x.slice /m.slice/m-x.slice");
}

TEST_CASE("systemd: what names no unit", "[systemd]") {
    for (auto const* path : {"/a/b", "a", "a.slice:b", "a.slice:b:c:d"})
        CHECK(named(path).find("expected cgroupsPath to be of format \"slice:prefix:name\"")
              != std::string::npos);
    for (auto const* path : {"a:b:c", ".slice:b:c", "a--b.slice:b:c", "-a.slice:b:c",
                             "a-.slice:b:c", "a/b.slice:b:c", "..slice/..:b:c", "x:y:-.slice"})
        CHECK(named(path).starts_with("config.json: /linux/cgroupsPath: "));
    for (auto const* path : {"a.slice:p:", "a.slice:p:a/b", "a.slice:p:a b", "a.slice:../p:a"})
        CHECK(named(path).find("no unit of systemd can be named") != std::string::npos);
    CHECK(named("a.slice:p:" + std::string(300, 'x')).find("no unit") != std::string::npos);
}

TEST_CASE("systemd: limits as properties", "[systemd]") {
    CHECK(limits({{true, "memory.max", "max"}}) == "MemoryMax=uint64 18446744073709551615;");
    CHECK(limits({{true, "memory.max", "1"}, {true, "memory.max", "4096\n"}})
          == "MemoryMax=uint64 4096;");
    CHECK(limits({{true, "cpu.max", "50000 100000"}})
          == "CPUQuotaPeriodUSec=uint64 100000;CPUQuotaPerSecUSec=uint64 500000;");
    CHECK(limits({{true, "cpu.max", "max 50000"}})
          == "CPUQuotaPeriodUSec=uint64 50000;CPUQuotaPerSecUSec=uint64 18446744073709551615;");
    CHECK(limits({{false, "cpu.cfs_period_us", "50000"}, {false, "cpu.cfs_quota_us", "25000"}})
          == "CPUQuotaPeriodUSec=uint64 50000;CPUQuotaPerSecUSec=uint64 500000;");
    CHECK(limits({{false, "cpu.cfs_quota_us", "-1"}})
          == "CPUQuotaPerSecUSec=uint64 18446744073709551615;");
    CHECK(limits({{true, "cpu.weight", "50"}, {true, "cpu.idle", "1"}})
          == "CPUWeight=uint64 50;CPUWeight=uint64 0@252;");
    CHECK(limits({{true, "cpuset.cpus", "0-2,9"}}) == "AllowedCPUs=[byte 7, 2];");
    CHECK(limits({{true, "io.weight", "default 500"}, {true, "io.weight", "8:0 7"}})
          == "IOWeight=uint64 500;");
    CHECK(limits({{true, "pids.max", "0"}}) == "TasksMax=uint64 1;");
    CHECK(limits({{true, "memory.oom.group", "1"}, {false, "memory.max", "1"}}).empty());
    CHECK(limits({{true, "memory.max", "1M"}}) == "\"1M\" is no value for \"memory.max\"");
    CHECK(limits({{true, "cpuset.cpus", "0-99999999"}}).find("is no value") != std::string::npos);
    CHECK(limits({{true, "cpu.max", "1 2 3"}}).find("is no value") != std::string::npos);
}

TEST_CASE("systemd: what is written is what systemd can say", "[systemd]") {
    CHECK(agreed({true, "cpu.max", "12345 100000"}) == "13000 100000");
    CHECK(agreed({true, "cpu.max", "12000 100000"}) == "12000 100000");
    CHECK(agreed({true, "cpu.max", "12345"}) == "13000");
    CHECK(agreed({true, "cpu.max", "max 1000"}) == "max 1000");
    CHECK(agreed({false, "cpu.cfs_quota_us", "12345"}, {{false, "cpu.cfs_period_us", "50000"}})
          == "12500");
    CHECK(agreed({true, "pids.max", "0"}) == "1");
    CHECK(agreed({true, "pids.max", "max"}) == "max");
}

TEST_CASE("systemd: device rules", "[systemd]") {
    auto const told = [](std::vector<spec::DeviceRule> const& rules) {
        auto const table = cgroup::device_table(rules);
        REQUIRE(table);
        return printed(systemd::devices(*table));
    };
    using enum spec::DeviceRuleType;
    CHECK(told({}) == "DevicePolicy='strict';DeviceAllow=@a(ss) [];");
    CHECK(told({{true, all, {}, {}, "rwm"}}) == "DevicePolicy='auto';DeviceAllow=@a(ss) [];");
    CHECK(told({{true, character, 1, 3, "rw"}, {true, block, 8, {}, "r"}})
          == "DevicePolicy='strict';DeviceAllow=[('/dev/char/1:3', 'rw'), ('block-8', 'r')];");
    // systemd allows what its rules can't express: davit's own program decides.
    CHECK(told({{true, character, {}, 7, "m"}})
          == "DevicePolicy='strict';DeviceAllow=[('char-*', 'm')];");
    CHECK(told({{true, block, {}, {}, "rwm"}, {false, block, 8, 0, "w"}}).find("('block-*', 'rwm')")
          != std::string::npos);
}

TEST_CASE("systemd: properties that annotations name", "[systemd]") {
    CHECK(annotated("TimeoutStopSec", "uint64 5") == "TimeoutStopUSec=uint64 5000000;");
    CHECK(annotated("TimeoutStopSec", "1.5") == "TimeoutStopUSec=uint64 1500000;");
    CHECK(annotated("TimeoutStopUSec", "uint64 5") == "TimeoutStopUSec=uint64 5;");
    CHECK(annotated("CollectMode", "'inactive'") == "CollectMode='inactive';");
    // Annotations that CRI-O adds to each container, and Podman to some.
    CHECK(annotated("After", "['crio.service']") == "After=['crio.service'];");
    CHECK(annotated("DefaultDependencies", "true") == "DefaultDependencies=true;");
    CHECK(annotated("CollectMode", "'inactive-or-failed'") == "CollectMode='inactive-or-failed';");
    CHECK(annotated("TimeoutStopUSec", "uint64 30000000") == "TimeoutStopUSec=uint64 30000000;");
    CHECK(annotated("KillSignal", "15") == "KillSignal=15;");
    for (auto const* name : {"", "ab", "a b", "A.b", "Tasks1"})
        CHECK(annotated(name, "1").find("no property of systemd") != std::string::npos);
    for (auto const* name : {"PIDs",
                             "PIDFDs",
                             "DevicePolicy",
                             "DeviceAllow",
                             "Slice",
                             "OnFailure",
                             "Conflicts",
                             "Requires",
                             "Wants",
                             "BindsTo",
                             "Before",
                             "Upholds",
                             "PropagatesStopTo",
                             "JobTimeoutAction",
                             "SuccessAction",
                             "FailureAction",
                             "ExecStart",
                             "ExecStopPost",
                             "BPFProgram",
                             "User",
                             "IPIngressFilterPath",
                             "DisableControllers",
                             "MemoryAccounting",
                             "Scope",
                             "Controller"})
        CHECK(annotated(name, "true")
                  .starts_with(text("config.json: /annotations/org.systemd.property.", name, ": \"",
                                    name, "\" is no property that an annotation may set")));
    CHECK(annotated("Nonsense", "1").find(" After AllowedCPUs ") != std::string::npos);
    CHECK(annotated("Delegate", "true") == "Delegate=true;"); // containerd's, of writable cgroups
    for (auto const* value :
         {"'soon'", "-1", "nonsense", "1e30", "nan", "uint64 99999999999999999"})
        CHECK(annotated("TimeoutStopSec", value)
                  .starts_with("config.json: /annotations/org.systemd.property.TimeoutStopSec: "));
}

TEST_CASE("systemd: no annotation contradicts the limits", "[systemd]") {
    std::vector<Line> const lines = {{true, "memory.max", "4096"}};
    auto const limits = systemd::limits(lines);
    REQUIRE(limits);
    auto const agrees = [&](std::string const& name, std::string const& value) {
        auto const out = systemd::annotated({{"org.systemd.property." + name, value}});
        REQUIRE(out);
        auto const agreed = systemd::must_agree(*out, *limits);
        return agreed ? "yes" : agreed.error().story;
    };
    CHECK(agrees("MemoryMax", "uint64 4096") == "yes");
    CHECK(agrees("MemorySwapMax", "uint64 0") == "yes");
    CHECK(agrees("MemoryMax", "uint64 8192")
          == "config.json: /annotations/org.systemd.property.MemoryMax: uint64 8192 contradicts "
             "/linux/resources, which makes it uint64 4096");
}
