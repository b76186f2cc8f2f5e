// SPDX-License-Identifier: Apache-2.0
// test/host/nested.cc - groups that a container makes in its own, and davit in a container.

#include <sys/stat.h>

#include <filesystem>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

void works(Outcome const& outcome) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 0);
}

/// A container that may do everything, with its own cgroup to write to.
void make_privileged(Bundle& bundle) {
    bundle.share_namespace("cgroup").set("/linux/namespaces/-", R"({"type":"cgroup"})");
    bundle.set("/linux/maskedPaths", "[]").set("/linux/readonlyPaths", "[]");
    bundle.set("/process/noNewPrivileges", "false");
    bundle.set("/root/readonly", "false");
    for (size_t i = 0; i < bundle.config().size("/mounts"); ++i) {
        auto const mount = "/mounts/" + std::to_string(i);
        auto const at = bundle.config().text(mount + "/destination");
        if (at == "/sys/fs/cgroup" || at == "/sys")
            bundle.set(mount + "/options", R"(["nosuid","noexec","nodev","rw"])");
    }
    std::string all;
    for (auto const* name :
         {"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID",
          "SETUID", "SETPCAP", "NET_ADMIN", "SYS_CHROOT", "SYS_PTRACE", "SYS_ADMIN", "SYS_RESOURCE",
          "MKNOD", "AUDIT_WRITE", "SETFCAP", "NET_BIND_SERVICE"})
        all += std::string(all.empty() ? "[" : ",") + "\"CAP_" + name + "\"";
    for (auto const* set : {"bounding", "effective", "permitted"})
        bundle.set(std::string("/process/capabilities/") + set, all + "]");
}

std::string own_group() {
    return suite().cgroups == Cgroups::unified  ? "/sys/fs/cgroup"
           : suite().cgroups == Cgroups::hybrid ? "/sys/fs/cgroup/unified"
                                                : "/sys/fs/cgroup/freezer";
}

size_t listed(Container const& container) {
    auto const list = Container::verb({"ps", "--format", "json", container.id()});
    works(list);
    return list.out == "null\n" ? 0 : Json(list.out).size();
}

/// Runs /davit in the container of `outer`; /bundle holds what `model` says.
void put_davit_inside(Bundle& outer, Bundle& model) {
    std::error_code error;
    auto const inner = outer.rootfs("/bundle");
    outer.directory("/bundle/rootfs").directory("/run").directory("/tmp");
    std::filesystem::copy_file(suite().runtime, outer.rootfs("/davit"), error);
    std::filesystem::copy_file(suite().inside, outer.rootfs("/bundle/rootfs/inside"), error);
    ::chmod(outer.rootfs("/davit").c_str(), 0755);
    ::chmod(outer.rootfs("/bundle/rootfs/inside").c_str(), 0755);
    model.set("/linux/cgroupsPath", "\"/inner\""); // of the container's own
    model.write();
    std::filesystem::copy_file(model.path() + "/config.json", inner + "/config.json", error);
    REQUIRE_FALSE(error);
}

} // namespace

TEST_CASE("nested: processes in groups that the container made are found", "[robust][ps][kill]") {
    for (bool threaded : {false, true}) {
        if (threaded && suite().cgroups != Cgroups::unified) continue;
        for (auto const* how : {"kill", "pause", "signal", "delete"}) {
            INFO(how << (threaded ? ", threaded" : ""));
            Bundle bundle;
            make_privileged(bundle);
            bundle.share_namespace("pid");
            auto const top = own_group(), sub = top + "/sub", deep = sub + "/deep";
            Words words;
            if (threaded) words = {"write", top + "/cgroup.type", "threaded", ";"};
            for (auto const& word :
                 {std::string("mkdir"), sub, std::string(";"), std::string("mkdir"), deep,
                  std::string(";"), std::string("orphans"), std::string("2"), std::string(";")})
                words.push_back(word);
            if (!threaded)
                for (auto const& word :
                     {std::string("write"), deep + "/cgroup.procs", std::string("0"),
                      std::string(";"), std::string("orphans"), std::string("1"), std::string(";")})
                    words.push_back(word);
            for (auto const* word : {"echo", "ready", ";", "sleep", "60"}) words.emplace_back(word);
            bundle.inside(words);
            Container container(bundle);
            works(container.create());
            works(container.start());
            REQUIRE(eventually([&] { return contains(container.out(), "ready"); }));
            INFO(container.out());
            CHECK(listed(container) == (threaded ? 3 : 4));
            if (how == std::string("pause")) {
                works(Container::verb({"pause", container.id()}));
                CHECK(container.status() == "paused");
                works(Container::verb({"resume", container.id()}));
            } else if (how == std::string("kill") || how == std::string("signal")) {
                works(Container::verb(
                    {"kill", "--all", container.id(), how[0] == 'k' ? "KILL" : "TERM"}));
                REQUIRE(container.wait_stopped());
                CHECK(eventually([&] { return listed(container) == 0; }));
                works(container.remove());
                continue;
            }
            works(container.remove_by_force());
        }
    }
}

TEST_CASE("nested: davit in a container of davit", "[robust]") {
    if (skip_unless(suite().is_davit, "davit in davit")) return;
    Bundle outer, model;
    make_privileged(outer);
    model.inside({"echo", "from the innermost", ";", "cgroup", ";", "exit", "7"});
    put_davit_inside(outer, model);
    outer.set("/process/args",
              R"(["/davit","--root","/run/davit","run","--bundle","/bundle","inner"])");
    Container container(outer);
    auto const ran = container.run();
    INFO("stderr: " << ran.err);
    CHECK(ran.status == 7);
    CHECK(contains(ran.out, "from the innermost\n"));
}

TEST_CASE("nested: limits in a cgroup that a container was given", "[robust][cgroup]") {
    auto const controllers = read_file("/sys/fs/cgroup/cgroup.controllers");
    if (skip_unless(suite().is_davit, "davit in davit")
        || skip_unless(!controllers.empty(), "no pure cgroup v2 with controllers here"))
        return;
    bool const pids = !controller("pids").empty(), memory = !controller("memory").empty();
    Bundle outer, model;
    make_privileged(outer);
    Words words = {"cat", "/sys/fs/cgroup/cgroup.controllers", ";"};
    if (pids) {
        model.set("/linux/resources/pids/limit", "5");
        words.insert(words.end(), {"fork", "20", ";"});
    }
    if (memory) {
        model.set("/linux/resources/memory/limit", "67108864");
        words.insert(words.end(), {"cat", "/sys/fs/cgroup/memory.max", ";"});
    }
    if (contains(controllers, "hugetlb")) {
        model.set("/linux/resources/hugepageLimits", R"([{"pageSize":"2MB","limit":2097152}])");
        words.insert(words.end(), {"cat", "/sys/fs/cgroup/hugetlb.2MB.max", ";"});
    }
    words.insert(words.end(), {"exit", "7"});
    model.inside(words);
    put_davit_inside(outer, model);
    // No group has both processes and limits for groups below: so the container moves its own
    // processes aside, as systemd does.
    outer.inside({"mkdir", "/sys/fs/cgroup/init", ";", "write", "/sys/fs/cgroup/init/cgroup.procs",
                  "0", ";", "echo", "ready", ";", "sleep", "1000"});
    Container container(outer);
    works(container.create());
    works(container.start());
    REQUIRE(eventually([&] { return contains(container.out(), "ready"); }));
    // Twice: the first leaves nothing that blocks the second.
    for (int life = 0; life < 2; ++life) {
        auto const ran =
            Container::verb({"exec", "--cgroup", "/init", container.id(), "/davit", "--root",
                             "/run/davit", "run", "--bundle", "/bundle", "inner"});
        INFO("stdout: " << ran.out << "stderr: " << ran.err);
        CHECK(ran.status == 7);
        if (pids) CHECK(Report(ran.out)["fork"].number("/made") == 4);
        if (memory) CHECK(contains(ran.out, "67108864\n"));
        if (contains(controllers, "hugetlb")) CHECK(contains(ran.out, "2097152\n"));
        CHECK_FALSE(exists(cgroup_directory("", outer.cgroup()) + "/inner"));
    }
    works(container.remove_by_force());
}
