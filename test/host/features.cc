// SPDX-License-Identifier: Apache-2.0
// test/host/features.cc - `davit features`: the document, and whether davit does what it lists.
//
// [features.md, features-linux.md]

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

Json features() {
    auto const told = run({suite().runtime, "features"});
    INFO(told.err);
    REQUIRE(told.status == 0);
    return Json(told.out);
}

Words texts(Json const& json, std::string const& pointer) {
    Words all;
    for (size_t i = 0; i < json.size(pointer); ++i)
        all.push_back(json.text(pointer + "/" + std::to_string(i)));
    return all;
}

bool lists(Json const& json, std::string const& pointer, std::string const& text) {
    auto const all = texts(json, pointer);
    return std::ranges::find(all, text) != all.end();
}

/// A mount for which this single option makes sense.
void mount_with(Bundle& bundle, std::string const& option) {
    bool const idmap = contains(option, "idmap");
    if (option == "remount") bundle.mount("/there", "tmpfs", "tmpfs", {});
    if (idmap || contains(option, "bind")) {
        bundle.mount("/there", "bind", bundle.path(), {idmap ? "bind" : option, option});
        return;
    }
    bundle.mount("/there", "tmpfs", "tmpfs", {option});
}

} // namespace

TEST_CASE("features: the document's shape", "[features]") {
    auto const told = features();
    CHECK(told.text("/ociVersionMin") == "1.0.0");
    CHECK(told.text("/ociVersionMax").starts_with("1."));
    for (auto const* array : {"/hooks", "/mountOptions", "/linux/namespaces", "/linux/capabilities",
                              "/potentiallyUnsafeConfigAnnotations", "/linux/seccomp/actions"}) {
        INFO(array);
        CHECK(told.dump(array).starts_with("["));
    }
    for (auto const* object : {"/annotations", "/linux", "/linux/cgroup", "/linux/seccomp"})
        CHECK(told.dump(object).starts_with("{"));
    for (auto const* flag :
         {"/linux/cgroup/v1", "/linux/cgroup/v2", "/linux/cgroup/systemd",
          "/linux/cgroup/systemdUser", "/linux/cgroup/rdma", "/linux/seccomp/enabled",
          "/linux/apparmor/enabled", "/linux/selinux/enabled", "/linux/intelRdt/enabled"}) {
        INFO(flag);
        CHECK((told.dump(flag) == "true" || told.dump(flag) == "false"));
    }
    // The members that containerd and CRI-O look for.
    CHECK(lists(told, "/mountOptions", "rro"));
    CHECK(told.dump("/linux/mountExtensions/idmap/enabled") == "true");
}

TEST_CASE("features: needs no root and no state directory", "[features]") {
    auto const program = suite().temp + "/davit-features";
    std::filesystem::copy_file(suite().runtime, program);
    auto const told = run({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                           "--bounding-set=-all", "--no-new-privs", program, "features"});
    INFO(told.err);
    CHECK(told.status == 0);
    CHECK(told.out == run({program, "features"}).out);
    std::filesystem::remove(program);
}

TEST_CASE("features: each namespace that is listed can be made", "[features][namespaces]") {
    Bundle bundle;
    bundle.inside({"namespaces"}).set("/linux/namespaces", "[]");
    bundle.set("/linux/uidMappings", R"([{"containerID":0,"hostID":0,"size":1000}])");
    bundle.set("/linux/gidMappings", R"([{"containerID":0,"hostID":0,"size":1000}])");
    auto const listed = texts(features(), "/linux/namespaces");
    for (auto const& type : listed)
        bundle.set("/linux/namespaces/-", "{\"type\":" + json_quote(type) + "}");
    auto const seen = report(bundle)["namespaces"];
    for (auto const& type : listed) {
        auto const file = type == "mount" ? "mnt" : type == "network" ? "net" : type;
        struct stat ours = {};
        REQUIRE(::stat(("/proc/self/ns/" + file).c_str(), &ours) == 0);
        INFO(type);
        CHECK(seen.number("/" + file) > 0);
        CHECK(seen.number("/" + file) != static_cast<double>(ours.st_ino));
    }
}

TEST_CASE("features: each capability that is listed is known", "[features][caps]") {
    Bundle bundle;
    auto const all = texts(features(), "/linux/capabilities");
    bundle.set("/process/capabilities/bounding", json_list(all)).inside({"exit", "0"});
    auto const ran = Container(bundle).run();
    CHECK(ran.status == 0);
    CHECK_FALSE(contains(ran.err, "unknown capability"));
}

TEST_CASE("features: each mount option that is listed is accepted", "[features][mounts]") {
    auto const told = features();
    for (auto const& option : texts(told, "/mountOptions")) {
        INFO(option);
        if (contains(option, "idmap") && skip_unless(can_idmap_temp(), option + " needs --disk"))
            continue;
        Bundle bundle;
        mount_with(bundle, option);
        if (contains(option, "idmap")) {
            auto const at = "/mounts/" + std::to_string(bundle.config().size("/mounts") - 1);
            for (auto const* map : {"/uidMappings", "/gidMappings"})
                bundle.set(at + map, R"([{"containerID":0,"hostID":0,"size":1000}])");
        }
        bundle.inside({"exit", "0"});
        auto const ran = Container(bundle).run();
        INFO(ran.err);
        CHECK(ran.status == 0);
    }
}

TEST_CASE("features: each hook that is listed runs", "[features][hooks]") {
    auto const hooks = texts(features(), "/hooks");
    REQUIRE(hooks.size() == 6);
    Bundle bundle;
    bundle.inside({"exit", "0"}).set("/root/readonly", "false");
    auto const log = bundle.rootfs("/log");
    for (auto const& hook : hooks) {
        // startContainer's is a path in the container, where only /inside is.
        auto const script = hook == "startContainer" ? std::string("/inside") : "/bin/sh";
        auto const args = hook == "startContainer"
                              ? Words{"inside", "write", "/started", hook}
                              : Words{"sh", "-c", "echo " + hook + " >> " + log};
        bundle.set("/hooks/" + hook,
                   "[{\"path\":" + json_quote(script) + ",\"args\":" + json_list(args) + "}]");
    }
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    for (auto const& hook : hooks) {
        INFO(hook);
        CHECK(
            contains(read_file(hook == "startContainer" ? bundle.rootfs("/started") : log), hook));
    }
}

TEST_CASE("features: memory policies that are listed are taken", "[features][process]") {
    auto const told = features();
    for (auto const& mode : texts(told, "/linux/memoryPolicy/modes")) {
        INFO(mode);
        Bundle bundle;
        bundle.set("/linux/memoryPolicy/mode", json_quote(mode));
        if (mode != "MPOL_DEFAULT" && mode != "MPOL_LOCAL")
            bundle.set("/linux/memoryPolicy/nodes", "\"0\"");
        bundle.inside({"exit", "0"});
        auto const ran = Container(bundle).run();
        INFO(ran.err);
        CHECK(ran.status == 0);
    }
}
