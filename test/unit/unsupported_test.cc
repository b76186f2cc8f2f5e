// SPDX-License-Identifier: Apache-2.0
// unit/unsupported_test.cc - plan/unsupported.cc: what isn't built yet is refused, never skipped.
#include <catch2/catch.hpp>

#include "davit/config.h"
#include "full_config.h"
#include "plan/plan.h"
#include "plan/unsupported.h"

namespace {

using namespace davit;
using spec::Config;

plan::HostFacts const facts{
    {cgroup::Mode::unified, {{{"cpu", "memory"}, "/sys/fs/cgroup", "/x", true}}}};

struct Row {
    char const* pointer;
    void (*ask)(Config&);
};

Row const rows[] = {
    {"/linux/mountLabel", [](Config& c) { c.linux.mount_label = "x"; }},
};

Config plain() { return example_config(false, false, 0, 0); }

TEST_CASE("unsupported: each request is refused by its pointer") {
    CHECK(plan::refuse_unsupported(plain()));
    for (auto const& row : rows) {
        INFO(row.pointer);
        auto config = plain();
        row.ask(config);
        auto const refused = plan::refuse_unsupported(config);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == Kind::unsupported);
        CHECK(refused.error().story
              == text("config.json: ", row.pointer, ": not supported by this version of davit"));
        // And compile() asks.
        auto const plan = plan::compile(config, facts, {.id = "box", .bundle = "/b"});
        REQUIRE_FALSE(plan);
        CHECK(plan.error().story == refused.error().story);
    }
}

TEST_CASE("unsupported: with every member of the specification in it, a container is refused") {
    auto const plan = plan::compile(test::full_config(), facts, {.id = "box", .bundle = "/b"});
    REQUIRE_FALSE(plan);
    CHECK(plan.error().kind == Kind::unsupported);
}

TEST_CASE("unsupported: parts that have a list of their own") {
    for (auto const propagation : {spec::Propagation::shared, spec::Propagation::rshared,
                                   spec::Propagation::unbindable, spec::Propagation::runbindable}) {
        auto config = plain();
        config.linux.rootfs_propagation = propagation;
        auto const plan = plan::compile(config, facts, {.id = "box", .bundle = "/b"});
        REQUIRE_FALSE(plan);
        CHECK(plan.error().kind == Kind::unsupported);
        CHECK(plan.error().story.starts_with("config.json: /linux/rootfsPropagation: "));
    }
}

} // namespace
