// SPDX-License-Identifier: Apache-2.0
// unit/parts_plan_test.cc - parts/: planned capabilities, namespaces, devices.
#include "catch.h"

#include <sched.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fstream>

#include "flat_plan.h"
#include "parts/caps/host.h"
#include "parts/caps/plan.h"
#include "parts/devices/plan.h"
#include "parts/namespaces/plan.h"
#include "parts/users/plan.h"

namespace {

using namespace davit;

using test::Flat;

// ---- capabilities -------------------------------------------------------------------------------

TEST_CASE("caps: names are libcap's, in the form of config.json") {
    for (unsigned i = 0; i < 64; ++i) {
        if (i > CAP_LAST_CAP) {
            CHECK(caps::name(i).empty());
            continue;
        }
        auto* const theirs = ::cap_to_name(static_cast<cap_value_t>(i));
        std::string upper(theirs);
        ::cap_free(theirs);
        for (auto& c : upper) c = static_cast<char>(std::toupper(c));
        CHECK(caps::name(i) == upper);
        CHECK(caps::number(upper) == i);
    }
    for (auto const* wrong : {"", "CHOWN", "cap_chown", "CAP_", "CAP_CHOWN ", "CAP_ALL", "0",
                              "Cap_CHOWN", "CAP_CHOWN=ep", "CAP_CHOWN,CAP_KILL", "CAP_CHOWn"})
        CHECK_FALSE(caps::number(wrong));
}

TEST_CASE("caps: the own ones are those that the kernel shows") {
    auto const own = caps::own();
    REQUIRE(own);
    std::ifstream status("/proc/thread-self/status");
    for (std::string word; status >> word;)
        if (word == "CapPrm:" || word == "CapEff:") {
            std::uint64_t shown = 0;
            status >> std::hex >> shown;
            CHECK((word == "CapPrm:" ? own->permitted : own->effective) == shown);
        }
    unsigned last = 0;
    std::ifstream("/proc/sys/kernel/cap_last_cap") >> last;
    CHECK(caps::is_known_to_kernel(last));
    CHECK_FALSE(caps::is_known_to_kernel(last + 1));
}

caps::InitPlan sets_of(spec::Capabilities wanted, std::vector<std::string>& warnings,
                       std::uint64_t grantable = ~std::uint64_t{0}) {
    spec::Config config;
    config.process.emplace().capabilities = std::move(wanted);
    return caps::plan(config, grantable, warnings);
}

TEST_CASE("caps: sets") {
    std::vector<std::string> warnings;
    spec::Config const nothing;
    CHECK(caps::plan(nothing, ~std::uint64_t{0}, warnings).bounding == 0);
    auto const sets = sets_of({.bounding = {"CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"},
                               .effective = {"CAP_DAC_OVERRIDE"},
                               .inheritable = {"CAP_KILL"},
                               .permitted = {"CAP_KILL", "CAP_KILL"},
                               .ambient = {}},
                              warnings);
    CHECK(sets.bounding == (1ULL | 1ULL << 40));
    CHECK(sets.effective == 2);
    CHECK(sets.inheritable == 1ULL << 5);
    CHECK(sets.permitted == 1ULL << 5);
    CHECK(sets.ambient == 0);
    CHECK(warnings.empty());
}

TEST_CASE("caps: what can't be granted is a warning") {
    std::vector<std::string> warnings;
    auto const sets = sets_of({.bounding = {"CAP_CHOWN", "CAP_SYS_RESOURCE"},
                               .effective = {},
                               .inheritable = {},
                               .permitted = {},
                               .ambient = {}},
                              warnings, 1);
    CHECK(sets.bounding == 1);
    CHECK(
        warnings
        == std::vector<std::string>{"config.json: /process/capabilities/bounding: "
                                    "\"CAP_SYS_RESOURCE\" can't be granted: davit hasn't got it"});
}

TEST_CASE("caps: nothing is inheritable or ambient unless asked (CVE-2022-29162)") {
    std::vector<std::string> warnings;
    spec::Texts const kill{"CAP_KILL"};
    auto const sets = sets_of({.bounding = kill,
                               .effective = kill,
                               .inheritable = {},
                               .permitted = kill,
                               .ambient = kill},
                              warnings);
    CHECK(sets.inheritable == 0);
    CHECK(sets.ambient == 0); // it isn't inheritable
    CHECK(sets_of({.bounding = {},
                   .effective = {},
                   .inheritable = kill,
                   .permitted = {},
                   .ambient = kill},
                  warnings)
              .ambient
          == 0); // nor permitted
    std::string const left_out = "config.json: /process/capabilities/ambient: CAP_KILL is left "
                                 "out: it must be inheritable and permitted as well";
    CHECK(warnings == std::vector{left_out, left_out});
    CHECK(sets_of({.bounding = {},
                   .effective = {},
                   .inheritable = kill,
                   .permitted = kill,
                   .ambient = kill},
                  warnings)
              .ambient
          == 1ULL << 5);
}

TEST_CASE("caps: an unknown name is a warning") {
    std::vector<std::string> warnings;
    auto const sets = sets_of({.bounding = {"CAP_NEW\n", "CAP_CHOWN"},
                               .effective = {"chown"},
                               .inheritable = {},
                               .permitted = {},
                               .ambient = {}},
                              warnings);
    CHECK(sets.bounding == 1);
    CHECK(sets.effective == 0);
    CHECK(
        warnings
        == std::vector<std::string>{
            R"(config.json: /process/capabilities/bounding: unknown capability "CAP_NEW\n" ignored)",
            R"(config.json: /process/capabilities/effective: unknown capability "chown" ignored (it is "CAP_CHOWN"))"});
}

// ---- namespaces ---------------------------------------------------------------------------------

struct PlannedNamespaces : Flat<namespaces::InitPlan> {
    std::uint64_t clone_flags = 0;
    std::vector<spec::Namespace> joined;
    std::string story;
};
PlannedNamespaces namespaces_of(std::vector<spec::Namespace> wanted) {
    spec::Config config;
    config.linux.namespaces = std::move(wanted);
    config.hostname = "host";
    plan::Builder builder(sizeof(namespaces::InitPlan));
    PlannedNamespaces out;
    auto planned = namespaces::plan(config, true, builder);
    if (!planned) {
        out.story = planned.error().story;
        return out;
    }
    out.clone_flags = planned->clone_flags;
    out.joined = planned->joined;
    out.block = std::move(builder).finish(planned->inside);
    return out;
}

using enum spec::NamespaceType;

TEST_CASE("namespaces: with a user namespace the others are joined first, by who may") {
    spec::Namespace const users{user, "/u"}, net{network, "/n"};
    auto const order = [&](bool privileged) {
        spec::Config config;
        config.linux.namespaces = {users, {mount, ""}, net};
        plan::Builder builder(sizeof(namespaces::InitPlan));
        auto const planned = namespaces::plan(config, privileged, builder);
        REQUIRE(planned);
        CHECK(planned->inside.second == 1);
        REQUIRE(planned->joined.size() == 2);
        return planned->joined.front().type;
    };
    CHECK(order(true) == network);
    CHECK(order(false) == user);
    CHECK(namespaces_of({{user, ""}, {mount, ""}}).inside().second == 0);
    CHECK(namespaces_of({{user, ""}, {mount, ""}, net}).inside().second == 1);
    CHECK(namespaces_of({{mount, ""}, net}).inside().second == 0);
}

TEST_CASE("users: ids outside") {
    std::vector<spec::IdMapping> const maps{{0, 1000, 1}, {10, 2000, 5}};
    CHECK(users::outside(maps, 0) == 1000u);
    CHECK(users::outside(maps, 14) == 2004u);
    CHECK_FALSE(users::outside(maps, 1));
    CHECK_FALSE(users::outside(maps, 15));
}

TEST_CASE("namespaces: clone3 makes all but the cgroup namespace") {
    auto const all =
        namespaces_of({{pid, ""}, {network, ""}, {ipc, ""}, {uts, ""}, {mount, ""}, {cgroup, ""}});
    CHECK(all.clone_flags
          == (CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
              | std::uint64_t{CLONE_NEWNS}));
    CHECK(all.inside().make == CLONE_NEWCGROUP); // which is made inside the group
    CHECK(all.inside().loopback_up == 1);
    CHECK(all.inside().join_pid == 0);
    CHECK(all.text(all.inside().hostname) == "host");
    CHECK(all.text(all.inside().domainname) == "(absent)");
    CHECK(all.list(all.inside().join).empty());
}

TEST_CASE("namespaces: those with a path are joined, in their order") {
    auto const some =
        namespaces_of({{mount, ""}, {network, "/proc/1/ns/net"}, {pid, "/run/pidns"}});
    CHECK(some.clone_flags == CLONE_NEWNS);
    CHECK(some.inside().make == 0);
    CHECK(some.inside().loopback_up == 0);
    CHECK(some.inside().join_pid == 1);
    auto const joins = some.list(some.inside().join);
    REQUIRE(joins.size() == 2);
    CHECK(joins[0].type == CLONE_NEWNET);
    CHECK(some.text(joins[0].path) == "/proc/1/ns/net");
    CHECK(joins[1].type == CLONE_NEWPID);
    REQUIRE(some.joined.size() == 2);
    CHECK(some.joined[1].path == "/run/pidns");
}

TEST_CASE("namespaces: files below /proc/PID/ns") {
    for (auto const type : {time, mount, cgroup, uts, ipc, user, pid, network})
        CHECK(::access(("/proc/self/ns/" + std::string(namespaces::file_name(type))).c_str(), F_OK)
              == 0);
}

// ---- devices ------------------------------------------------------------------------------------

Flat<devices::InitPlan> devices_of(std::vector<spec::Device> wanted, bool own_dev) {
    spec::Config config;
    config.linux.devices = std::move(wanted);
    plan::Builder builder(sizeof(devices::InitPlan));
    auto const planned = devices::plan(config, own_dev, false, builder);
    REQUIRE(planned);
    return {std::move(builder).finish(*planned)};
}

TEST_CASE("devices: the default ones are the host's own") {
    auto const flat = devices_of({}, true);
    auto const all = flat.list(flat.inside().devices);
    REQUIRE(all.size() == 6);
    for (auto const& device : all) {
        auto const path = flat.text(device.path);
        INFO(path);
        struct stat st{};
        if (::stat(path.c_str(), &st) == 0) CHECK(device.number == st.st_rdev);
        CHECK(device.mode == (S_IFCHR | 0666U));
        CHECK(device.asked == 0);
    }
    std::string links;
    for (auto const& link : flat.list(flat.inside().links))
        links += flat.text(link.path) + ">" + flat.text(link.target) + (link.replace ? "! " : " ");
    CHECK(links
          == "/dev/fd>/proc/self/fd /dev/stdin>/proc/self/fd/0 /dev/stdout>/proc/self/fd/1 "
             "/dev/stderr>/proc/self/fd/2 /dev/core>/proc/kcore /dev/ptmx>pts/ptmx! ");
}

TEST_CASE(
    "devices: config.json's come before the default one of that path, with its owner and mode") {
    auto const flat = devices_of({{spec::DeviceType::character, "/dev//null", 1, 5, 0600, 7, 8},
                                  {spec::DeviceType::block, "/dev/vda", 254, 70000, {}, {}, {}},
                                  {spec::DeviceType::unbuffered, "/dev/u", 4, 1, 0010777, {}, {}},
                                  {spec::DeviceType::fifo, "/run/pipe", {}, {}, 0644, {}, {}}},
                                 true);
    auto const all = flat.list(flat.inside().devices);
    REQUIRE(all.size() == 5 + 4);
    auto const* const own = &all[5];
    CHECK(flat.text(own[0].path) == "/dev/null");
    CHECK(own[0].number == makedev(1, 5));
    CHECK(own[0].mode == (S_IFCHR | 0600U));
    CHECK(own[0].uid == 7);
    CHECK(own[0].gid == 8);
    CHECK(own[0].asked == (devices::asked_mode | devices::asked_uid | devices::asked_gid));
    CHECK(own[1].asked == 0);
    CHECK(own[3].asked == devices::asked_mode);
    CHECK(own[1].mode == (S_IFBLK | 0666U));
    CHECK(own[1].number == makedev(254, 70000));
    CHECK(own[2].mode == (S_IFCHR | 0777U)); // type bits in fileMode are not ours to believe
    CHECK(own[3].mode == (S_IFIFO | 0644U));
    CHECK(own[3].number == 0);
}

TEST_CASE("devices: in the host's /dev nothing is made but what was asked for") {
    auto const flat =
        devices_of({{spec::DeviceType::character, "/dev/fuse", 10, 229, {}, {}, {}}}, false);
    CHECK(flat.list(flat.inside().devices).size() == 1);
    CHECK(flat.list(flat.inside().links).empty());
}

} // namespace
