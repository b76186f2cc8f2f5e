// SPDX-License-Identifier: Apache-2.0
// unit/process_plan_test.cc - the plans of parts/process and parts/rootfs.
#include "catch.h"

#include <linux/mount.h>
#include <sys/resource.h>

#include "flat_plan.h"
#include "parts/process/plan.h"
#include "parts/rootfs/plan.h"

namespace {

using namespace davit;
using test::Flat;

struct PlannedProcess : Flat<process::InitPlan> {
    std::string story;
};
PlannedProcess process_of(spec::Process wanted, unsigned preserve_fds = 0,
                          std::string_view keyring = {}) {
    spec::Config config;
    config.process = std::move(wanted);
    plan::Builder builder(sizeof(process::InitPlan));
    PlannedProcess out;
    auto const planned = process::plan(config, preserve_fds, keyring, builder);
    if (!planned) {
        out.story = planned.error().story;
        return out;
    }
    out.block = std::move(builder).finish(*planned);
    return out;
}

spec::Process a_process(spec::Texts env = {}) {
    spec::Process process;
    process.args = {"prog", "", "two words"};
    process.env = std::move(env);
    process.cwd = "/a/../b/";
    return process;
}

TEST_CASE("process: arguments, environment, working directory") {
    auto const flat = process_of(a_process({"A=1", "PATH=/x:/y", "HOME=/home/me"}), 3, "_ses.x");
    auto const& inside = flat.inside();
    CHECK(flat.texts(inside.argv) == spec::Texts{"prog", "", "two words"});
    CHECK(flat.texts(inside.envp) == spec::Texts{"A=1", "PATH=/x:/y", "HOME=/home/me"});
    CHECK(inside.argv.count == 4);
    CHECK(inside.envp.count == 5); // a spare slot for HOME
    CHECK(flat.text(inside.path) == "/x:/y");
    CHECK(flat.text(inside.cwd) == "/b");
    CHECK(inside.find_home == 0);
    CHECK(inside.preserve_fds == 3);
    CHECK(flat.text(inside.keyring) == "_ses.x");
}

TEST_CASE("process: what the environment lacks") {
    auto const flat = process_of(a_process({"HOMER=x", "PATHS=x", "XPATH=y"}));
    CHECK(flat.inside().find_home == 1);
    CHECK(flat.text(flat.inside().path) == process::default_path);
    CHECK(flat.text(flat.inside().keyring) == "(absent)");
    CHECK(flat.inside().umask == 022);
    CHECK(flat.inside().stdio_owner == 0);
}

TEST_CASE("process: a variable that comes twice is there once, with its last value") {
    auto const flat =
        process_of(a_process({"PATH=/first", "A=1", "A=2", "PATH=/last", "B", "AA=3"}));
    CHECK(flat.texts(flat.inside().envp) == spec::Texts{"A=2", "PATH=/last", "B", "AA=3"});
    CHECK(flat.text(flat.inside().path) == "/last");
}

TEST_CASE("process: an empty HOME makes way for the one that is found") {
    auto const flat = process_of(a_process({"HOME=", "A=1"}));
    CHECK(flat.inside().find_home == 1);
    CHECK(flat.texts(flat.inside().envp) == spec::Texts{"A=1"});
}

TEST_CASE("process: user and limits") {
    auto wanted = a_process();
    wanted.user = {1000, 100, 0077, {4, 5}};
    wanted.no_new_privileges = true;
    wanted.rlimits = {{.type = "RLIMIT_NOFILE", .hard = 2048, .soft = 1024},
                      {.type = "RLIMIT_CORE", .hard = ~0ULL, .soft = 0}};
    auto const flat = process_of(wanted);
    CHECK(flat.inside().uid == 1000);
    CHECK(flat.inside().gid == 100);
    CHECK(flat.inside().umask == 0077);
    CHECK(flat.inside().stdio_owner == 1);
    CHECK(flat.inside().no_new_privileges == 1);
    CHECK(flat.list(flat.inside().groups) == std::vector<std::uint32_t>{4, 5});
    auto const limits = flat.list(flat.inside().limits);
    REQUIRE(limits.size() == 2);
    CHECK(limits[0].resource == RLIMIT_NOFILE);
    CHECK(limits[0].soft == 1024);
    CHECK(limits[1].resource == RLIMIT_CORE);
    CHECK(limits[1].hard == ~0ULL);
    wanted.rlimits[1].type = "RLIMIT_X";
    CHECK(process_of(wanted).story
          == "config.json: /process/rlimits/1/type: unknown limit \"RLIMIT_X\"");
}

TEST_CASE("rootfs: paths are clean, the host's mounts never see ours") {
    spec::Config config;
    config.root.readonly = true;
    config.linux.namespaces = {{spec::NamespaceType::mount, ""}};
    config.linux.masked_paths = {"/proc//kcore", "/a/../b"};
    config.linux.readonly_paths = {"/proc/sys/"};
    struct Row {
        std::optional<spec::Propagation> wanted;
        std::uint64_t flag, own, pivot;
    };
    using enum spec::Propagation;
    for (auto const& row :
         {Row{{}, MS_SLAVE, 0, MS_SLAVE}, Row{slave, MS_SLAVE, 0, MS_SLAVE},
          Row{rslave, MS_SLAVE, 0, MS_SLAVE}, Row{private_, MS_PRIVATE, 0, MS_PRIVATE},
          Row{rprivate, MS_PRIVATE, 0, MS_PRIVATE}, Row{shared, MS_SLAVE, MS_SHARED, 0},
          Row{rshared, MS_SLAVE, MS_SHARED | MS_REC, 0},
          Row{unbindable, MS_PRIVATE, MS_UNBINDABLE, MS_PRIVATE},
          Row{runbindable, MS_PRIVATE, MS_UNBINDABLE | MS_REC, MS_PRIVATE}}) {
        config.linux.rootfs_propagation = row.wanted;
        plan::Builder builder(sizeof(rootfs::InitPlan));
        auto const planned = rootfs::plan(config, "/r", true, {"/dev"}, builder);
        REQUIRE(planned);
        Flat<rootfs::InitPlan> const flat{std::move(builder).finish(*planned)};
        CHECK(flat.inside().propagation == row.flag);
        CHECK(flat.inside().own == row.own);
        plan::Builder other(sizeof(rootfs::InitPlan));
        CHECK(rootfs::plan(config, "/r", false, {}, other)->propagation == row.pivot);
        CHECK(flat.inside().readonly == 1);
        CHECK(flat.inside().no_pivot == 1);
        CHECK(flat.text(flat.inside().path) == "/r");
        auto const masked = flat.list(flat.inside().masked);
        REQUIRE(masked.size() == 2);
        CHECK(flat.text(masked[0]) == "/proc/kcore");
        CHECK(flat.text(masked[1]) == "/b");
        CHECK(flat.text(flat.list(flat.inside().read_only)[0]) == "/proc/sys");
        CHECK(flat.text(flat.list(flat.inside().sealed)[0]) == "/dev");
    }
}

} // namespace
