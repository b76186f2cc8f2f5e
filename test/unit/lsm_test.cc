// SPDX-License-Identifier: Apache-2.0
// unit/lsm_test.cc - parts/lsm: planned labels, and which modules there are.
#include "catch.h"

#include "flat_plan.h"
#include "parts/lsm/host.h"
#include "parts/lsm/plan.h"
#include "temporary.h"

namespace {

using namespace davit;

struct Planned : test::Flat<lsm::InitPlan> {
    std::string story;
    [[nodiscard]] std::string printed() const {
        std::string out;
        lsm::print(inside(), view(), out);
        return out;
    }
};
Planned plan_of(std::string profile, std::string label, lsm::Facts facts, bool new_keyring = true) {
    spec::Process process;
    process.apparmor_profile = std::move(profile);
    process.selinux_label = std::move(label);
    plan::Builder builder(sizeof(lsm::InitPlan));
    auto const planned = lsm::plan(process, new_keyring, facts, builder);
    if (!planned) {
        CHECK(planned.error().kind == Kind::unsupported);
        return {{}, planned.error().story};
    }
    return {{std::move(builder).finish(*planned)}, {}};
}

TEST_CASE("lsm: nothing asked for is nothing done") {
    auto const plan = plan_of("", "", {true, true});
    CHECK_FALSE(plan.inside().apparmor_exec);
    CHECK_FALSE(plan.inside().selinux);
    CHECK(plan.printed().empty());
}

TEST_CASE("lsm: an AppArmor profile, alone or stacked") {
    auto const plan = plan_of("my profile", "", {.apparmor = true});
    CHECK(plan.text(plan.inside().apparmor_exec) == "exec my profile");
    CHECK(plan.text(plan.inside().apparmor_stack) == "stack my profile");
    CHECK(plan.printed().starts_with("AppArmor: \"exec my profile\", or \"stack my profile\""));
    CHECK(plan_of("my profile", "", {.selinux = true}).story
          == "config.json: /process/apparmorProfile: apparmor profile \"my profile\" is specified, "
             "but apparmor is disabled or not supported");
}

TEST_CASE("lsm: unconfined is what everybody is without AppArmor") {
    CHECK_FALSE(plan_of("unconfined", "", {}).inside().apparmor_exec);
    auto const plan = plan_of("unconfined", "", {.apparmor = true}); // davit may be confined
    CHECK(plan.text(plan.inside().apparmor_exec) == "exec unconfined");
}

TEST_CASE("lsm: an SELinux label, of the process and its keyring") {
    auto const plan = plan_of("", "u:r:t:s0", {.selinux = true});
    CHECK(plan.text(plan.inside().selinux) == "u:r:t:s0");
    CHECK(plan.text(plan.inside().selinux_key) == "u:r:t:s0");
    CHECK(plan.printed() == "SELinux label \"u:r:t:s0\", of the session keyring too\n");
    CHECK_FALSE(plan_of("", "u:r:t:s0", {.selinux = true}, false).inside().selinux_key);
    CHECK(plan_of("", "u:r:t:s0", {.apparmor = true}).story
          == "config.json: /process/selinuxLabel: selinux label \"u:r:t:s0\" is specified, but "
             "selinux is disabled or not supported");
}

TEST_CASE("lsm: AppArmor is enabled if its parameter says so") {
    test::TemporaryDirectory const directory;
    auto const parameter = directory / "enabled";
    CHECK_FALSE(lsm::apparmor_enabled(parameter.c_str()));
    for (auto const& [content, enabled] : {std::pair{"Y\n", true}, {"N\n", false}, {"", false}}) {
        test::put(parameter, content);
        CHECK(lsm::apparmor_enabled(parameter.c_str()) == enabled);
    }
}

TEST_CASE("lsm: SELinux is where its file system is") {
    test::TemporaryDirectory const directory;
    CHECK_FALSE(lsm::selinux_enabled(directory.path().c_str()));
    CHECK_FALSE(lsm::selinux_enabled((directory / "none").c_str()));
}

TEST_CASE("lsm: nothing is looked up for a container without labels") {
    spec::Config config;
    config.process.emplace();
    auto const facts = lsm::read_facts(config);
    CHECK_FALSE(facts.apparmor);
    CHECK_FALSE(facts.selinux);
}

} // namespace
