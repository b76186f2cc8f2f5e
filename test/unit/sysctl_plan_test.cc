// SPDX-License-Identifier: Apache-2.0
// unit/sysctl_plan_test.cc - parts/sysctl/plan.cc: which keys are allowed, and their files.
#include "catch.h"

#include "flat_plan.h"
#include "parts/sysctl/plan.h"

namespace {

using namespace davit;
using spec::NamespaceType;

TEST_CASE("sysctl: the first separator separates") {
    CHECK(sysctl::path_of("net.ipv4.ip_forward") == "net/ipv4/ip_forward");
    CHECK(sysctl::path_of("net/ipv4/ip_forward") == "net/ipv4/ip_forward");
    CHECK(sysctl::path_of("net.ipv4.conf.eth0/100.forwarding")
          == "net/ipv4/conf/eth0.100/forwarding");
    CHECK(sysctl::path_of("net/ipv4/conf/eth0.100/forwarding")
          == "net/ipv4/conf/eth0.100/forwarding");
    CHECK(sysctl::path_of("plain") == "plain");
}

TEST_CASE("sysctl: whose they are") {
    CHECK(sysctl::namespace_of("net/ipv4/ip_forward") == NamespaceType::network);
    CHECK(sysctl::namespace_of("kernel/shmmax") == NamespaceType::ipc);
    CHECK(sysctl::namespace_of("kernel/sem") == NamespaceType::ipc);
    CHECK(sysctl::namespace_of("fs/mqueue/msg_max") == NamespaceType::ipc);
    CHECK(sysctl::namespace_of("kernel/domainname") == NamespaceType::uts);
    CHECK(sysctl::namespace_of("user/max_pid_namespaces") == NamespaceType::user);
    for (auto const* host : {"kernel/core_pattern", "kernel/semx", "kernel/sem/x", "fs/mqueuex/y",
                             "kernel/hostname", "net", "vm/x", "", "kernel", "fs/mqueue"}) {
        INFO(host);
        CHECK_FALSE(sysctl::namespace_of(host));
    }
}

struct Planned : test::Flat<sysctl::InitPlan> {
    std::string story;
};
Planned plan_of(spec::TextMap wanted, std::vector<NamespaceType> types) {
    spec::Linux linux;
    linux.sysctl = std::move(wanted);
    for (auto const type : types) linux.namespaces.push_back({type, ""});
    plan::Builder builder(sizeof(sysctl::InitPlan));
    auto const planned = sysctl::plan(linux, builder);
    if (!planned) return {{}, planned.error().story};
    return {{std::move(builder).finish(*planned)}, {}};
}

TEST_CASE("sysctl: key, file, value") {
    auto const plan = plan_of({{"net/ipv4/conf/eth0.1/forwarding", "1"}, {"kernel.domainname", ""}},
                              {NamespaceType::network, NamespaceType::uts});
    auto const settings = plan.list(plan.inside().settings);
    REQUIRE(settings.size() == 2);
    CHECK(plan.text(settings[0].key) == "kernel.domainname");
    CHECK(plan.text(settings[0].path) == "sys/kernel/domainname");
    CHECK(plan.text(settings[0].value) == "\n"); // an empty write is none
    CHECK(plan.text(settings[1].path) == "sys/net/ipv4/conf/eth0.1/forwarding");
    std::string printed;
    sysctl::print(plan.inside(), plan.view(), printed);
    CHECK(printed.ends_with("sysctl \"sys/net/ipv4/conf/eth0.1/forwarding\" = \"1\"\n"));
}

TEST_CASE("sysctl: the host's are refused, each with the reason") {
    auto const every = std::vector{NamespaceType::network, NamespaceType::ipc, NamespaceType::uts,
                                   NamespaceType::user, NamespaceType::pid};
    CHECK(plan_of({{"kernel/core_pattern", "|/x"}}, every).story
          == "config.json: /linux/sysctl/kernel~1core_pattern: is no namespace's own: it would be "
             "set for the whole host");
    CHECK(plan_of({{"kernel.hostname", "x"}}, every).story
          == "config.json: /linux/sysctl/kernel.hostname: use /hostname instead");
    CHECK(plan_of({{"kernel.shmmax", "1"}}, {NamespaceType::network}).story
          == "config.json: /linux/sysctl/kernel.shmmax: needs a namespace of its own in "
             "/linux/namespaces: ipc");
    CHECK(plan_of({{"net.x.y", "1"}, {"net/x/y", "2"}}, every).story
          == "config.json: /linux/sysctl/net~1x~1y: is there twice, with '.' and with '/'");
}

} // namespace
