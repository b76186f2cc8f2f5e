// SPDX-License-Identifier: Apache-2.0
// unit/tools_doctor_test.cc - `davit doctor`: the table of checks on facts, the facts of a
// directory that plays the host: tools/checks.h, tools/host_facts.h.
#include "catch.h"

#include <sys/capability.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include "checks.h"
#include "parts/caps/host.h"
#include "temporary.h"

using namespace davit::cli;

namespace {

HostFacts healthy() {
    HostFacts facts;
    facts.kernel = "6.1.0-42-amd64";
    facts.user = "root";
    facts.admin = facts.resource = true;
    facts.cgroups = CgroupLayout::unified;
    facts.cgroups_writable = true;
    facts.lsms = "capability,apparmor";
    facts.seccomp = facts.seccomp_log = facts.seccomp_notify = facts.seccomp_profiles = true;
    facts.idmapped_mounts = facts.overlay = facts.fuse = facts.systemd = facts.bus = true;
    facts.state_path = "/run/davit";
    return facts;
}

Finding finding(std::string_view name, HostFacts const& facts) {
    for (auto const& check : checks())
        if (check.name == name) return check.look(facts);
    FAIL("no check " << name);
    return {};
}

void put(std::string const& path, std::string const& text) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    davit::test::put(path, text);
}

} // namespace

TEST_CASE("doctor: a healthy host has nothing but good news", "[doctor]") {
    for (auto const& check : checks()) {
        INFO(check.name);
        auto const result = check.look(healthy());
        CHECK(result.verdict == Verdict::ok);
        CHECK_FALSE(result.found.empty());
    }
}

TEST_CASE("doctor: each check has a name of its own, and lines that fit", "[doctor]") {
    std::set<std::string> names;
    for (auto const& check : checks()) {
        INFO(check.name);
        CHECK(names.insert(check.name).second);
        CHECK(std::string(check.name).size() <= 18);
        CHECK_FALSE(std::string(check.cost).empty());
        CHECK(std::string(check.cost).size() <= 80);
        CHECK(std::string(check.remedy).size() <= 90);
    }
}

TEST_CASE("doctor: what is wrong is found by the check that is named for it", "[doctor]") {
    struct Case {
        std::string_view check;
        Verdict verdict;
        std::function<void(HostFacts&)> damage;
    };
    using F = HostFacts&;
    Case const cases[] = {
        {"kernel", Verdict::bad, [](F f) { f.kernel = "5.10.0-8"; }},
        {"kernel", Verdict::bad, [](F f) { f.kernel = "4.18"; }},
        {"kernel", Verdict::ok, [](F f) { f.kernel = "5.14.0-70.el9"; }},
        {"kernel", Verdict::bad, [](F f) { f.kernel = "?"; }},
        {"system calls", Verdict::bad, [](F f) { f.missing_calls = {"openat2"}; }},
        {"privilege", Verdict::note, [](F f) { f.uid = 1000; }},
        {"privilege", Verdict::bad, [](F f) { f.uid = 1000, f.userns_clone = false; }},
        {"privilege", Verdict::bad, [](F f) { f.uid = 1000, f.limited_namespaces = {"user"}; }},
        {"privilege", Verdict::bad, [](F f) { f.admin = false; }},
        {"privilege", Verdict::note, [](F f) { f.own_user_namespace = true; }},
        {"resource limits", Verdict::note, [](F f) { f.resource = false; }},
        {"namespaces", Verdict::bad, [](F f) { f.missing_namespaces = {"user", "pid"}; }},
        {"namespaces", Verdict::note, [](F f) { f.missing_namespaces = {"user"}; }},
        {"namespace limits", Verdict::note, [](F f) { f.limited_namespaces = {"user"}; }},
        {"namespace limits", Verdict::bad, [](F f) { f.limited_namespaces = {"mnt"}; }},
        {"users' namespaces", Verdict::note, [](F f) { f.userns_clone = false; }},
        {"AppArmor's gate", Verdict::note, [](F f) { f.apparmor_restricts = true; }},
        {"cgroups", Verdict::bad, [](F f) { f.cgroups = CgroupLayout::none; }},
        {"cgroups", Verdict::bad, [](F f) { f.cgroups_writable = false; }},
        {"controllers", Verdict::note, [](F f) { f.missing_controllers = {"memory"}; }},
        {"delegation", Verdict::ok, [](F f) { f.undelegated = {"memory"}; }},
        {"delegation", Verdict::note, [](F f) { f.undelegated = {"io"}, f.uid = 1000; }},
        {"security module", Verdict::note, [](F f) { f.lsms = "capability,yama"; }},
        {"build", Verdict::note, [](F f) { f.left_out = "seccomp profiles"; }},
        {"seccomp", Verdict::note, [](F f) { f.seccomp = false; }},
        {"seccomp", Verdict::note, [](F f) { f.seccomp_profiles = false; }},
        {"seccomp", Verdict::note, [](F f) { f.seccomp_notify = false; }},
        {"subordinate ids", Verdict::note, [](F f) { f.uid = 1000, f.subuid = true; }},
        {"newuidmap", Verdict::note, [](F f) { f.uid = 1000, f.newuidmap = IdTool::usable; }},
        {"idmapped mounts", Verdict::note, [](F f) { f.idmapped_mounts = false; }},
        {"overlay", Verdict::note, [](F f) { f.overlay = false; }},
        {"fuse", Verdict::note, [](F f) { f.fuse = false; }},
        {"systemd", Verdict::note, [](F f) { f.systemd = false; }},
        {"systemd", Verdict::note, [](F f) { f.bus = false; }},
        {"executable memfd", Verdict::note, [](F f) { f.memfd_noexec = 2; }},
        {"state directory", Verdict::bad, [](F f) { f.state = StateRoot::others; }},
        {"state directory", Verdict::bad, [](F f) { f.state = StateRoot::unwritable; }},
        {"Podman", Verdict::note, [](F f) { f.engines = {{"podman", true, false}}; }},
        {"Podman", Verdict::ok, [](F f) { f.engines = {{"podman", true, true}}; }},
    };
    for (auto const& [name, verdict, damage] : cases) {
        auto facts = healthy();
        damage(facts);
        INFO(name << ": " << finding(name, facts).found);
        CHECK(finding(name, facts).verdict == verdict);
        for (auto const& check : checks()) // and by no other
            if (check.name != name && facts.uid == 0)
                CHECK(check.look(facts).verdict == Verdict::ok);
    }
}

TEST_CASE("doctor: capabilities are this process's own", "[doctor]") {
    auto const has = [](std::uint64_t set, int number) { return (set >> number & 1) != 0; };
    auto const own = davit::caps::own();
    REQUIRE(own);
    auto const facts = look_at_host("/run/davit");
    CHECK(facts.admin == has(own->effective, CAP_SYS_ADMIN));
    CHECK(facts.resource == has(own->effective, CAP_SYS_RESOURCE));

    auto* const before = ::cap_get_proc();
    auto* const none = ::cap_dup(before);
    ::cap_clear_flag(none, CAP_EFFECTIVE);
    REQUIRE(::cap_set_proc(none) == 0);
    CHECK_FALSE(look_at_host("/run/davit").admin);
    REQUIRE(::cap_set_proc(before) == 0);
    ::cap_free(none);
    ::cap_free(before);
}

TEST_CASE("doctor: facts are read from the files that have them", "[doctor]") {
    davit::test::TemporaryDirectory const host;
    auto const at = [&](char const* path) { return std::string(host.path()) + path; };
    put(at("/proc/self/uid_map"), "         0       1000          1\n");
    for (auto const* name : {"pid", "mnt", "net", "ipc", "uts", "cgroup"})
        put(at("/proc/self/ns/") + name, "");
    put(at("/proc/sys/user/max_user_namespaces"), "0\n");
    put(at("/proc/sys/kernel/unprivileged_userns_clone"), "0\n");
    put(at("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"), "1\n");
    put(at("/proc/sys/vm/memfd_noexec"), "2\n");
    put(at("/proc/sys/kernel/seccomp/actions_avail"), "kill_process errno log allow\n");
    put(at("/proc/filesystems"), "nodev\tproc\n\text4\nnodev\toverlay\n");
    put(at("/sys/kernel/security/lsm"), "capability,selinux");
    put(at("/sys/fs/cgroup/cpu/tasks"), "");
    put(at("/sys/fs/cgroup/blkio/tasks"), "");
    put(at("/sys/fs/cgroup/unified/cgroup.procs"), "");
    put(at("/etc/passwd"), "root:x:0:0::/:\nanna:x:1000:1000::/:\n");
    put(at("/etc/subuid"), "annabel:1:1\nroot:100000:65536\n");
    put(at("/usr/bin/newuidmap"), "");
    put(at("/usr/bin/podman"), "");
    put(at("/usr/sbin/dockerd"), "");
    put(at("/etc/docker/daemon.json"), R"({"runtimes":{"davit":{"path":"/x"}}})");
    put(at("/run/davit/x"), "");
    ::chmod(at("/run/davit").c_str(), 0777);

    auto const facts = look_at_host("/run/davit", host.path());
    CHECK(facts.own_user_namespace);
    CHECK(facts.missing_namespaces == std::vector<std::string>{"user", "time"});
    CHECK(facts.limited_namespaces == std::vector<std::string>{"user"});
    CHECK_FALSE(facts.userns_clone);
    CHECK(facts.apparmor_restricts);
    CHECK(facts.memfd_noexec == 2);
    CHECK(facts.seccomp);
    CHECK(facts.seccomp_log);
    CHECK_FALSE(facts.seccomp_notify);
    CHECK(facts.overlay);
    CHECK_FALSE(facts.fuse);
    CHECK(facts.lsms == "capability,selinux");
    CHECK(facts.cgroups == CgroupLayout::hybrid);
    CHECK(facts.missing_controllers == std::vector<std::string>{"cpuset", "memory", "pids"});
    CHECK(facts.newuidmap == IdTool::unprivileged);
    CHECK(facts.newgidmap == IdTool::missing);
    CHECK(facts.state == StateRoot::others);
    CHECK_FALSE(facts.systemd);
    for (auto const& engine : facts.engines) {
        CHECK(engine.installed == (engine.name == "podman" || engine.name == "docker"));
        CHECK(engine.has_davit == (engine.name == "docker"));
    }
}

TEST_CASE("doctor: an empty host is no reason to fall over", "[doctor]") {
    davit::test::TemporaryDirectory const host;
    auto const facts = look_at_host("/run/davit", host.path());
    for (auto const& check : checks()) CHECK_FALSE(check.look(facts).found.empty());
}
