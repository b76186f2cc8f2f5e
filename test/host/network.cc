// SPDX-License-Identifier: Apache-2.0
// test/host/network.cc - interfaces move into the container, and back when it can't be made.
//
// Each test has a network namespace of its own, in which davit runs: no test touches the host's
// interfaces. [config-linux.md#network-devices]

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

/// While it lives, this process and what it starts are in a new network namespace.
class OwnNetwork {
  public:
    OwnNetwork() : before_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) {
        REQUIRE(before_ >= 0);
        REQUIRE(::unshare(CLONE_NEWNET) == 0);
    }
    OwnNetwork(OwnNetwork const&) = delete;
    OwnNetwork& operator=(OwnNetwork const&) = delete;
    ~OwnNetwork() {
        ::setns(before_, CLONE_NEWNET);
        ::close(before_);
    }

  private:
    int before_;
};

bool skip_without_ip() {
    return skip_unless(host::run({"ip", "-V"}).status == 0, "no ip(8): apt install iproute2")
           || skip_unless(suite().is_davit, "netDevices came with runtime-spec 1.3");
}

Words words(std::string const& text) {
    Words all;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find(' ', at), text.size());
        all.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return all;
}

/// Runs `ip WORDS…`, which must succeed; returns its output.
std::string ip(std::string const& arguments) {
    auto const done = host::run(words("ip " + arguments));
    INFO("ip " << arguments << ": " << done.err);
    REQUIRE(done.status == 0);
    return done.out;
}

/// "eth0@peer" … as ip names the interfaces in the namespace of process `pid` (0: the test's own).
Json links(int pid = 0) {
    return Json(ip((pid ? "-n /proc/" + std::to_string(pid) + "/ns/net " : "") + "-j -d addr"));
}

/// The index in `links` of an interface; "" if there is none.
std::string at(Json const& links, std::string const& name) {
    for (std::size_t i = 0; i < links.size(); ++i)
        if (links.text("/" + std::to_string(i) + "/ifname") == name) return "/" + std::to_string(i);
    return "";
}
bool has(Json const& links, std::string const& name) { return !at(links, name).empty(); }

/// "10.0.0.1/24 brd 10.0.0.255 scope global eth0": one line each.
std::string addresses(int pid, std::string const& name) {
    auto const ns = pid ? words("nsenter -t " + std::to_string(pid) + " -n") : Words{};
    auto all = ns;
    for (auto const& word : words("ip -o addr show dev " + name)) all.push_back(word);
    auto const shown = host::run(all);
    INFO(shown.err);
    REQUIRE(shown.status == 0);
    return shown.out;
}

} // namespace

TEST_CASE("netdevices: move, are renamed, keep their addresses, are up", "[netdevices]") {
    if (skip_without_ip()) return;
    Bundle bundle;
    OwnNetwork network;
    ip("link add host0 type veth peer name host1");
    ip("link set host0 address 02:00:00:00:00:07 mtu 1400");
    ip("addr add 10.1.0.1/24 brd 10.1.0.255 dev host0 label host0:one");
    ip("addr add 10.1.0.2/24 dev host0");
    ip("addr add 10.2.0.1 peer 10.2.0.2/32 dev host0");
    ip("addr add 10.3.0.1/24 dev host0 valid_lft 1000 preferred_lft 1000");
    ip("addr add 10.4.0.1/24 dev host0 scope link");
    ip("addr add fd00:1::1/64 dev host0 nodad noprefixroute");
    ip("addr add fd00:2::1 peer fd00:2::2/128 dev host0 nodad preferred_lft 0");
    ip("addr add fd00:3::1/64 dev host0 nodad valid_lft 1000 preferred_lft 1000");
    ip("addr add fe80::7/64 dev host0 nodad");
    bundle.set("/linux/netDevices", R"({"host0":{"name":"inside0"}})").inside({"sleep", "60"});
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    CHECK_FALSE(has(links(), "host0"));
    CHECK(has(links(), "host1"));

    auto const shown = addresses(container.pid(), "inside0");
    INFO(shown);
    CHECK(contains(shown, "inet 10.1.0.1/24 brd 10.1.0.255 scope global inside0:one"));
    CHECK(contains(shown, "inet 10.1.0.2/24 scope global secondary inside0"));
    CHECK(contains(shown, "inet 10.2.0.1 peer 10.2.0.2/32 scope global inside0"));
    CHECK_FALSE(contains(shown, "10.3.0.1")); // not permanent
    CHECK_FALSE(contains(shown, "10.4.0.1")); // not global
    CHECK(contains(shown, "inet6 fd00:1::1/64 scope global nodad noprefixroute"));
    CHECK(contains(shown, "inet6 fd00:2::1 peer fd00:2::2/128 scope global nodad deprecated"));
    CHECK_FALSE(contains(shown, "fd00:3::1"));
    CHECK_FALSE(contains(shown, "fe80::7/"));

    auto const inside = host::run({"nsenter", "-t", std::to_string(container.pid()), "-n", "ip",
                                   "-o", "link", "show", "dev", "inside0"});
    INFO(inside.out);
    CHECK(contains(inside.out, "UP"));
    CHECK(contains(inside.out, "02:00:00:00:00:07"));
    CHECK(contains(inside.out, "mtu 1400"));
    CHECK(container.remove_by_force().status == 0);
}

TEST_CASE("netdevices: several at once, without a new name, and by template", "[netdevices]") {
    if (skip_without_ip()) return;
    Bundle bundle;
    OwnNetwork network;
    for (auto const* name : {"a", "b", "c", "d"})
        ip(std::string("link add ") + name + "0 type veth peer name " + name + "1");
    // b0 gets a0's old name: so each must have its new name before the next one moves.
    bundle.set("/linux/netDevices", R"({"a0":{"name":"z0"},"b0":{"name":"a0"},"c0":{},
                                       "d0":{"name":"net%d"},"a1":{"name":"net%d"}})");
    bundle.inside({"ls", "/sys/class/net"});
    auto const seen = report(bundle)["ls"];
    INFO(seen.dump());
    for (auto const* name : {"/lo", "/z0", "/a0", "/c0", "/net0", "/net1"}) CHECK(seen.has(name));
    CHECK(seen.size() == 6);
    // Virtual interfaces vanish with the namespace, and so do their peers.
    CHECK(eventually([] { return !has(links(), "b1"); }));
}

TEST_CASE("netdevices: into a joined network namespace", "[netdevices]") {
    if (skip_without_ip()) return;
    Bundle first_bundle;
    OwnNetwork network;
    first_bundle.inside({"sleep", "60"});
    Container first(first_bundle);
    REQUIRE(first.create().status == 0);
    ip("link add host0 type veth peer name host1");
    ip("addr add 10.1.0.1/24 dev host0");
    Bundle bundle;
    bundle.join_namespace("network", "/proc/" + std::to_string(first.pid()) + "/ns/net");
    bundle.set("/linux/netDevices", R"({"host0":{"name":"lo%d"}})");
    bundle.inside({"ls", "/sys/class/net"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(ran.status == 0);
    // The interface stays there, as the specification demands.
    CHECK(contains(addresses(first.pid(), "lo0"), "10.1.0.1/24"));

    ip("link add host2 type veth peer name host3");
    bundle.set("/linux/netDevices", R"({"host2":{"name":"lo0"}})");
    refused(bundle, "/linux/netDevices/host2: the container has an interface");
    bundle.set("/linux/netDevices", R"({"host2":{"name":"lo"}})");
    refused(bundle, "/linux/netDevices/host2: the container has an interface");
    CHECK(has(links(), "host2"));
    CHECK(first.remove_by_force().status == 0);
}

TEST_CASE("netdevices: into a user namespace's network", "[netdevices][users]") {
    if (skip_without_ip()) return;
    for (bool const joins : {false, true}) { // then a second process of init makes the network
        INFO("joins another namespace: " << joins);
        Bundle bundle;
        OwnNetwork network;
        ip("link add host0 type veth peer name host1");
        ip("addr add 10.1.0.1/24 dev host0");
        constexpr auto map = R"([{"containerID":0,"hostID":100000,"size":1000}])";
        REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
        bundle.set("/linux/namespaces/-", R"({"type":"user"})");
        bundle.set("/linux/uidMappings", map).set("/linux/gidMappings", map);
        if (joins) bundle.join_namespace("uts", "/proc/self/ns/uts").remove("/hostname");
        bundle.set("/linux/netDevices", R"({"host0":{"name":"inside0"}})");
        bundle.inside({"sleep", "60"});
        Container container(bundle);
        auto const created = container.create();
        INFO(created.err);
        REQUIRE(created.status == 0);
        CHECK(contains(addresses(container.pid(), "inside0"), "10.1.0.1/24 scope global inside0"));
        CHECK(container.remove_by_force().status == 0);

        ip("link add host2 type veth peer name host3");
        bundle.set("/linux/netDevices", R"({"host2":{}})");
        bundle.mount("/data", "bind", "/nonexistent/source", {"bind"});
        refused(bundle, "/nonexistent/source");
        CHECK(has(links(), "host2"));
    }
}

TEST_CASE("netdevices: are there before init begins", "[netdevices]") {
    if (skip_without_ip()) return;
    Bundle bundle;
    OwnNetwork network;
    ip("link add host0 type veth peer name host1");
    bundle.set("/linux/netDevices", R"({"host0":{"name":"inside0"}})");
    bundle.set("/linux/sysctl", R"({"net/ipv4/conf/inside0/forwarding":"1"})");
    bundle.inside({"cat", "/proc/sys/net/ipv4/conf/inside0/forwarding"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.out == "1\n");
}

TEST_CASE("netdevices: what can't move is an error, and nothing has moved", "[netdevices]") {
    if (skip_without_ip()) return;
    OwnNetwork network;
    ip("link add host0 type veth peer name host1");
    ip("addr add 10.1.0.1/24 dev host0");
    struct Row {
        char const* devices;
        char const* story;
    };
    for (auto const& [devices, story] :
         {Row{R"({"host0":{},"nosuch":{}})", "/linux/netDevices/nosuch: the host has no such"},
          Row{R"({"host0":{"name":"lo"}})", "the container has an interface"},
          Row{R"({"host0":{},"lo":{"name":"lo1"}})", "/linux/netDevices/lo: move the interface in"},
          Row{R"({"host0":{"name":"host1"},"host1":{}})", "must not become a name"},
          Row{R"({"host0":{"name":"a/b"}})", "must be a name that an interface can have"},
          Row{R"({"host0":{"name":"sixteen-letters."}})", "must be a name"},
          Row{R"({"host0":{"name":"a%d%d"}})", "must be a name that an interface can have"}}) {
        INFO(devices);
        Bundle bundle;
        bundle.set("/linux/netDevices", devices);
        refused(bundle, story);
        CHECK(contains(addresses(0, "host0"), "10.1.0.1/24"));
    }
    Bundle shared;
    shared.join_namespace("network", "/proc/self/ns/net");
    shared.set("/linux/netDevices", R"({"host0":{}})");
    refused(shared, "/linux/netDevices/host0: the container's network namespace is the host's");
}

TEST_CASE("netdevices: a container that can't be made gives them back", "[netdevices]") {
    if (skip_without_ip()) return;
    Bundle bundle;
    OwnNetwork network;
    ip("link add bridge0 type bridge");
    ip("link add host0 type veth peer name host1");
    ip("link set host0 master bridge0");
    ip("addr add 10.1.0.1/24 brd 10.1.0.255 dev host0 label host0:one");
    ip("addr add 10.4.0.1/24 dev host0 scope link");
    ip("addr add fd00:1::1/64 dev host0 nodad");
    ip("link set host0 up");
    ip("link add idle0 type veth peer name idle1");
    auto const before = links();
    bundle.set("/linux/netDevices", R"({"host0":{"name":"x%d"},"idle0":{"name":"y"}})");
    bundle.mount("/data", "bind", "/nonexistent/source", {"bind"});
    refused(bundle, "/nonexistent/source");
    auto const after = links();
    for (auto const* name : {"host0", "idle0"}) {
        INFO(name << " was " << before.dump(at(before, name)) << "\nnow "
                  << after.dump(at(after, name)));
        REQUIRE(has(after, name));
        for (auto const* member : {"/ifindex", "/operstate"})
            CHECK(after.dump(at(after, name) + member) == before.dump(at(before, name) + member));
    }
    CHECK(after.text(at(after, "host0") + "/master") == "bridge0");
    auto const shown = addresses(0, "host0");
    INFO(shown);
    CHECK(contains(shown, "inet 10.1.0.1/24 brd 10.1.0.255 scope global host0:one"));
    CHECK(contains(shown, "inet 10.4.0.1/24 scope link"));
    CHECK(contains(shown, "inet6 fd00:1::1/64 scope global nodad"));

    // A device that comes later, and fails.
    ip("link add zzz type veth peer name zzy");
    Bundle conflict;
    conflict.set("/linux/netDevices", R"({"host0":{"name":"zzz"},"idle0":{},"lo":{"name":"m"}})");
    refused(conflict, "/linux/netDevices/lo");
    CHECK(contains(addresses(0, "host0"), "10.1.0.1/24"));
}
