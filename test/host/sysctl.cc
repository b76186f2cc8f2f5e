// SPDX-License-Identifier: Apache-2.0
// test/host/sysctl.cc - kernel parameters of the container's own namespaces, and of no others.
//
// [config-linux.md#sysctl]

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

/// Sets all keys, and reads them inside; a name is that of the file below /proc/sys.
Outcome with_sysctl(Bundle& bundle, std::string const& json, std::string const& file) {
    bundle.set("/linux/sysctl", json).inside({"cat", "/proc/sys/" + file});
    return Container(bundle).run();
}

/// That key with the host's value: if davit set it by mistake, nothing has changed.
std::string as_it_is(std::string const& key) {
    auto file = key;
    for (auto& c : file) c = c == '.' ? '/' : c;
    auto value = read_file("/proc/sys/" + file);
    value.erase(std::min(value.size(), value.find('\n')));
    return "{" + json_quote(key) + ":" + json_quote(value.empty() ? "1" : value) + "}";
}

} // namespace

TEST_CASE("sysctl: those of the network, ipc and uts namespaces", "[sysctl]") {
    struct Row {
        char const* json;
        char const* file;
        char const* value;
    };
    for (auto const& [json, file, value] : {
             Row{R"({"net.ipv4.ip_forward":"1"})", "net/ipv4/ip_forward", "1\n"},
             Row{R"({"net.core.somaxconn":"256"})", "net/core/somaxconn", "256\n"},
             Row{R"({"net.ipv4.ping_group_range":"0 2147483647"})", "net/ipv4/ping_group_range",
                 "0\t2147483647\n"},
             Row{R"({"net/ipv4/ip_forward":"1"})", "net/ipv4/ip_forward", "1\n"},
             Row{R"({"net.ipv4.conf.lo.forwarding":"1"})", "net/ipv4/conf/lo/forwarding", "1\n"},
             Row{R"({"kernel.shmmax":"68719476736"})", "kernel/shmmax", "68719476736\n"},
             Row{R"({"kernel.sem":"250 32000 100 128"})", "kernel/sem", "250\t32000\t100\t128\n"},
             Row{R"({"kernel.shm_rmid_forced":"1"})", "kernel/shm_rmid_forced", "1\n"},
             Row{R"({"kernel.msgmax":"65536","kernel.msgmnb":"65536"})", "kernel/msgmnb",
                 "65536\n"},
             Row{R"({"fs.mqueue.msg_max":"7"})", "fs/mqueue/msg_max", "7\n"},
             Row{R"({"kernel.domainname":"sysctl.example"})", "kernel/domainname",
                 "sysctl.example\n"},
         }) {
        INFO(json);
        auto const before = read_file(std::string("/proc/sys/") + file);
        Bundle bundle;
        auto const ran = with_sysctl(bundle, json, file);
        INFO(ran.err);
        CHECK(ran.out == value);
        CHECK(read_file(std::string("/proc/sys/") + file) == before); // ours is as it was
    }
}

TEST_CASE("sysctl: an empty value empties", "[sysctl]") {
    Bundle bundle;
    CHECK(with_sysctl(bundle, R"({"net.ipv4.ip_local_reserved_ports":"8080,9000-9010"})",
                      "net/ipv4/ip_local_reserved_ports")
              .out
          == "8080,9000-9010\n");
    CHECK(with_sysctl(bundle, R"({"net.ipv4.ip_local_reserved_ports":""})",
                      "net/ipv4/ip_local_reserved_ports")
              .out
          == "\n");
    auto const ran = with_sysctl(bundle, R"({"kernel.domainname":""})", "kernel/domainname");
    CHECK(ran.out == "\n");
}

TEST_CASE("sysctl: the host's are refused before anything is done", "[sysctl][security]") {
    Bundle bundle;
    for (auto const* key :
         {"kernel.core_pattern", "kernel/core_pattern", "vm.swappiness", "fs.file-max",
          "kernel.pid_max", "kernel.shmmaxx", "kernel.sem.x", "kernel.sysrq", "abi.vsyscall32",
          "netx.y", "user.max_user_namespaces", "fs.mqueue", "net"}) {
        INFO(key);
        bundle.set("/linux/sysctl", as_it_is(key));
        refused(bundle, "/linux/sysctl");
    }
    bundle.set("/linux/sysctl", R"({"kernel.hostname":"x"})");
    refused(bundle, "use /hostname instead");
    bundle.set("/linux/sysctl", R"({"net.ipv4.ip_forward":"1","net/ipv4/ip_forward":"0"})");
    refused(bundle, "twice");
    // Paths that would lead elsewhere.
    for (auto const* key : {"net.ipv4.../kernel/core_pattern", "net/../kernel/core_pattern",
                            "net//ipv4/ip_forward", "/net/ipv4/ip_forward", "net.ipv4."}) {
        INFO(key);
        bundle.set("/linux/sysctl", std::string("{") + json_quote(key) + R"(:"1"})");
        refused(bundle, "/linux/sysctl");
    }
}

TEST_CASE("sysctl: without a namespace of its own it would be the host's", "[sysctl][security]") {
    for (auto const& [type, key] : {std::pair{"network", "net.ipv4.ip_forward"},
                                    {"ipc", "kernel.shmmax"},
                                    {"uts", "kernel.domainname"}}) {
        INFO(type);
        auto const json = as_it_is(key);
        Bundle bundle;
        if (std::string(type) == "uts") bundle.remove("/hostname");
        bundle.share_namespace(type).set("/linux/sysctl", json);
        refused(bundle, type);
        // A joined namespace, named by a path, is still the host's.
        Bundle joined;
        if (std::string(type) == "uts") joined.remove("/hostname");
        auto const file = std::string(type) == "network" ? "net" : type;
        joined.join_namespace(type, std::string("/proc/self/ns/") + file);
        joined.set("/linux/sysctl", json);
        refused(joined, "the whole host");
    }
}

TEST_CASE("sysctl: in a namespace joined from another container", "[sysctl]") {
    Bundle first;
    first.inside({"sleep", "100"});
    Container other(first);
    REQUIRE(other.create().status == 0);
    Bundle bundle;
    auto const file = "/proc/" + std::to_string(other.pid()) + "/ns/net";
    bundle.join_namespace("network", file);
    CHECK(with_sysctl(bundle, R"({"net.ipv4.ip_forward":"1"})", "net/ipv4/ip_forward").out
          == "1\n");
    // The same for its pid namespace, which init enters last.
    bundle.join_namespace("pid", "/proc/" + std::to_string(other.pid()) + "/ns/pid");
    CHECK(with_sysctl(bundle, R"({"net.core.somaxconn":"77","kernel.shmmni":"99"})",
                      "net/core/somaxconn")
              .out
          == "77\n");
}

TEST_CASE("sysctl: what the kernel doesn't know, or doesn't take", "[sysctl]") {
    Bundle bundle;
    bundle.set("/linux/sysctl", R"({"net.ipv4.no_such_thing":"1"})");
    refused(bundle, "no such sysctl");
    bundle.set("/linux/sysctl", R"({"net.ipv4.ip_forward":"maybe"})");
    refused(bundle, R"(set "net.ipv4.ip_forward" to "maybe")");
    bundle.set("/linux/sysctl", R"({"net.ipv4":"1"})"); // a directory
    refused(bundle, "net.ipv4");
}

TEST_CASE("sysctl: nothing in the image takes part", "[sysctl][security]") {
    Bundle bundle; // its /proc is somewhere else, and isn't looked at
    bundle.directory("/proc/sys/net/ipv4").file("/proc/sys/net/ipv4/ip_forward", "untouched");
    bundle.set("/linux/sysctl", R"({"net.ipv4.ip_forward":"1"})");
    bundle.set("/mounts", "[]").remove("/linux/maskedPaths").remove("/linux/readonlyPaths");
    bundle.inside({"cat", "/proc/sys/net/ipv4/ip_forward"});
    CHECK(Container(bundle).run().out == "untouched");
}
