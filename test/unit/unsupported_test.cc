// SPDX-License-Identifier: Apache-2.0
// unit/unsupported_test.cc - davit refuses what this version or this host can't do, and never skips
// it.
#include "catch.h"

#include "davit/config.h"
#include "full_config.h"
#include "plan/plan.h"

namespace {

using namespace davit;
using spec::Config;

plan::HostFacts const facts{
    {cgroup::Mode::unified, {{{"cpu", "memory"}, "/sys/fs/cgroup", "/x", true}}}};

Config plain() { return example_config(false, false, 0, 0); }

TEST_CASE("unsupported: with every member of the specification in it, a container is refused") {
    auto const plan = plan::compile(test::full_config(), facts, {.id = "box", .bundle = "/b"});
    REQUIRE_FALSE(plan);
    CHECK(plan.error().kind == Kind::unsupported);
}

TEST_CASE("unsupported: a label where there is no SELinux") {
    auto config = plain();
    config.linux.mount_label = "system_u:object_r:x_t:s0";
    auto const without = plan::compile(config, facts, {.id = "box", .bundle = "/b"});
    REQUIRE_FALSE(without);
    CHECK(without.error().kind == Kind::unsupported);
    CHECK(without.error().story
          == "config.json: /linux/mountLabel: selinux label is specified in config, but selinux is "
             "disabled or not supported");
    auto with = facts;
    with.lsm.selinux = true;
    CHECK(plan::compile(config, with, {.id = "box", .bundle = "/b"}));
}

} // namespace
