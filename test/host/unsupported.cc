// SPDX-License-Identifier: Apache-2.0
// test/host/unsupported.cc - davit refuses what it can't do yet, and names its JSON pointer.
//
// Silently ignoring a requested restriction is a security bug. When a member is implemented, remove
// its row and add a test of its effect.

#include "box.h"

using namespace host;

namespace {

struct Request {
    char const* pointer; // where it is set
    char const* json;
    char const* named; // what the story has to name; nullptr: the pointer
};

constexpr Request requests[] = {
    {"/linux/mountLabel", "\"system_u:object_r:svirt_sandbox_file_t:s0\"", nullptr},
};

} // namespace

TEST_CASE("unsupported: each member is refused by name", "[unsupported][davit]") {
    if (skip_unless(suite().is_davit, "another runtime supports other things")) return;
    for (auto const& [pointer, json, named] : requests) {
        INFO(pointer << " " << json);
        Bundle bundle;
        bundle.set(pointer, json);
        refused(bundle, named ? named : pointer);
    }
}

TEST_CASE("unsupported: intelRdt where the kernel or the hardware has no resctrl",
          "[unsupported][davit]") {
    if (skip_unless(suite().is_davit && !exists("/sys/fs/resctrl/schemata"), "resctrl is here"))
        return;
    for (auto const* const rdt : {R"({})", R"({"closID":"/","enableMonitoring":true})",
                                  R"({"closID":"gold","schemata":["L3:0=f"]})"}) {
        Bundle bundle;
        bundle.set("/linux/intelRdt", rdt);
        refused(bundle, "/linux/intelRdt: no resctrl file system is mounted");
    }
}

TEST_CASE("unsupported: unknown members are ignored, as the specification says", "[unsupported]") {
    Bundle bundle;
    bundle.set("/ofTomorrow", R"({"deep":[1,2,{"er":true}]})");
    bundle.set("/linux/ofTomorrow", "1").set("/process/ofTomorrow", "\"x\"");
    bundle.set("/windows", R"({"layerFolders":["C:\\"]})").inside({"exit", "0"});
    auto const ran = Container(bundle).run();
    CHECK(ran.status == 0);
    CHECK(ran.err.empty());
}

TEST_CASE("unsupported: an unknown member that looks misspelt is a warning", "[unsupported]") {
    if (skip_unless(suite().is_davit, "runc says nothing")) return;
    Bundle bundle;
    bundle.set("/linux/resource", "{}").set("/process/noNewPriviliges", "true");
    bundle.set("/Hostname", "\"x\"").inside({"exit", "0"});
    auto const ran = Container(bundle).run();
    CHECK(ran.status == 0);
    for (auto const* words :
         {"/linux/resource is no member that is known, and ignored: \"resources\" is one",
          "/process/noNewPriviliges is no", "\"noNewPrivileges\" is one", "/Hostname is no"})
        CHECK(contains(ran.err, words));
    auto const explained = host::davit({"explain", bundle.path()});
    CHECK(contains(host::run(explained).out, "warning: config.json: /linux/resource is no member"));
}

TEST_CASE("unsupported: a member of --process that looks misspelt is a warning, too",
          "[unsupported][exec]") {
    if (skip_unless(suite().is_davit, "runc says nothing")) return;
    Bundle bundle;
    Box const box(bundle);
    auto const file = bundle.path() + "/p.json";
    write_file(file, R"({"cwd":"/","args":["/inside","exit","0"],"Env":["A=1"],
        "user":{"uid":0,"additionalGid":[7]},"ofTomorrow":1})");
    auto const ran = box.exec({"--process", file}, {});
    CHECK(ran.status == 0);
    CHECK(ran.err
          == "warning: p.json: /Env is no member that is known, and ignored: \"env\" is one\n"
             "warning: p.json: /user/additionalGid is no member that is known, and ignored: "
             "\"additionalGids\" is one\n");
}

TEST_CASE("unsupported: what callers write beside the specification is let go, and explained",
          "[unsupported]") {
    if (skip_unless(suite().is_davit, "runc says nothing")) return;
    struct Row {
        char const* pointer;
        char const* json;
        char const* warning; ///< "": none
    };
    for (auto const& [pointer, json, warning] : {
             Row{"/process/user", R"({"uid":0})", ""},
             Row{"/linux/resources/devices",
                 R"([{"allow":true,"type":"c","major":1,"minor":3,"access":"rwa"}])",
                 "/linux/resources/devices/0/access: \"rwa\": only the letters r, w and m count"},
             Row{"/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":38})",
                 "/linux/seccomp/defaultErrnoRet: is for SCMP_ACT_ERRNO"},
             Row{"/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
                 {"names":["no_such_call","mknod"],"action":"SCMP_ACT_ERRNO"}]})",
                 "SCMP_ACT_ERRNO for \"no_such_call\": libseccomp"},
             Row{"/process/capabilities/ambient", R"(["CAP_KILL"])",
                 "/process/capabilities/ambient: CAP_KILL is left out"},
         }) {
        INFO(pointer << " " << json);
        Bundle bundle;
        bundle.set(pointer, json).inside({"exit", "0"});
        auto const ran = Container(bundle).run();
        INFO(ran.err);
        CHECK(ran.status == 0);
        // The ambient capability is new to the user; an engine gives the others to all its
        // containers.
        CHECK(ran.err.empty() == (std::string_view(pointer) != "/process/capabilities/ambient"));
        CHECK(contains(host::run(host::davit({"explain", bundle.path()})).out, warning));
    }
}
