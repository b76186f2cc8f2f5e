// SPDX-License-Identifier: Apache-2.0
// test/shim/core/mounts.cc - root file systems that containerd describes as mounts.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "command.h"
#include "davit/mounts.h"
#include "shim.h"

using namespace host;

namespace {

using Mounts = std::vector<davit::spec::Mount>;

/// `count` layers in directories with long names; the lowest has /inside.
struct Layers {
    explicit Layers(int count) : top(suite().temp + "/" + unique_name() + std::string(60, 'x')) {
        REQUIRE(::mkdir(top.c_str(), 0755) == 0);
        for (int i = count; i > 0; --i) {
            auto const layer = top + "/" + std::to_string(i);
            REQUIRE(::mkdir(layer.c_str(), 0755) == 0);
            REQUIRE(write_file(layer + "/layer" + std::to_string(i), "x"));
            lower += (lower.empty() ? "" : ":") + layer;
        }
        REQUIRE(::link(suite().inside.c_str(), (top + "/1/inside").c_str()) == 0);
        for (auto const* name : {"/upper", "/work"})
            REQUIRE(::mkdir((top + name).c_str(), 0755) == 0);
    }
    ~Layers() { remove_tree(top); }
    [[nodiscard]] Mounts overlay() const {
        return {{.destination = "",
                 .type = "overlay",
                 .source = "overlay",
                 .options = {"index=off", "workdir=" + top + "/work", "upperdir=" + top + "/upper",
                             "lowerdir=" + lower}}};
    }
    std::string top, lower;
};

bool is_mounted(std::string const& path) {
    return read_file("/proc/self/mountinfo").find(" " + path + " ") != std::string::npos;
}

} // namespace

TEST_CASE("mounts: an overlay of few and of many layers, gone after delete", "[shim]") {
    int const count = GENERATE(2, 120);
    Bundle bundle;
    Layers const layers(count);
    bundle.inside({"open", "/layer1", ";", "open", "/layer" + std::to_string(count)});
    Shim shim;
    auto request = shim.request(bundle);
    request.rootfs = layers.overlay();
    auto const id = request.id;
    Reader out(suite().temp + "/" + unique_name());
    request.stdio.out = out.path();
    (void)shim.must(shim.core().create(request));
    CHECK(is_mounted(bundle.rootfs()));
    (void)shim.must(shim.core().start({id, ""}));
    CHECK(shim.must(shim.core().wait({id, ""})).status == 0);
    (void)shim.must(shim.core().remove({id, ""}));
    CHECK_FALSE(is_mounted(bundle.rootfs()));
    INFO(out.read());
    CHECK(out.read().find("ENOENT") == std::string::npos);
}

TEST_CASE("mounts: after a create that fails nothing is mounted", "[shim]") {
    Bundle bundle;
    Layers const layers(2);
    Shim shim;
    auto request = shim.request(bundle);
    request.rootfs = layers.overlay();
    request.rootfs.push_back({.destination = "", .type = "nosuchfs", .source = "none"});
    auto const made = shim.run(shim.core().create(request));
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().story.find("(2nd of 2)") != std::string::npos);
    CHECK_FALSE(is_mounted(bundle.rootfs()));

    request.rootfs.pop_back();
    bundle.write("{}");
    CHECK_FALSE(shim.run(shim.core().create(request)).has_value());
    CHECK_FALSE(is_mounted(bundle.rootfs()));
}

TEST_CASE("mounts: a bind, read-only; a target below, where no link leads out", "[shim]") {
    Bundle bundle;
    auto const image = suite().temp + "/" + unique_name();
    for (auto const* name : {"", "/real", "/etc"})
        REQUIRE(::mkdir((image + name).c_str(), 0755) == 0);
    REQUIRE(::symlink("/../../etc", (image + "/link").c_str()) == 0);
    Mounts const mounts = {
        {.destination = "/", .type = "bind", .source = image, .options = {"rbind", "ro"}},
        {.destination = "/link", .type = "tmpfs", .source = "tmpfs", .options = {"size=4k"}},
    };
    auto const mounted = davit::mount_all(bundle.rootfs(), mounts);
    if (!mounted) FAIL(mounted.error().story);
    CHECK(is_mounted(bundle.rootfs("/etc"))); // the image's own, not the host's
    CHECK_FALSE(write_file(bundle.rootfs("/file"), "x"));
    CHECK(davit::unmount_all(bundle.rootfs()).has_value());
    CHECK_FALSE(is_mounted(bundle.rootfs()));
    CHECK(davit::unmount_all(bundle.rootfs()).has_value()); // nothing there: nothing to do

    // If a link replaces the directory, neither mount nor unmount follows it.
    auto const link = suite().temp + "/" + unique_name();
    REQUIRE(::symlink(bundle.rootfs().c_str(), link.c_str()) == 0);
    CHECK_FALSE(davit::mount_all(link, mounts).has_value());
    ::unlink(link.c_str());
    remove_tree(image);
}

namespace {

unsigned owner_of(std::string const& path) {
    struct stat st{};
    return ::lstat(path.c_str(), &st) == 0 ? st.st_uid : ~0U;
}

std::string fds_of_self() {
    std::string out;
    for (auto const& one : std::filesystem::directory_iterator("/proc/self/fd"))
        out += one.path().filename().string() + " ";
    return out;
}

} // namespace

TEST_CASE("mounts: an overlay of idmapped layers, of which nothing else is left", "[shim]") {
    int const count = GENERATE(1, 2, 120);
    INFO(count);
    Bundle bundle;
    Layers const layers(count);
    REQUIRE(::chown((layers.top + "/1/layer1").c_str(), 7, 8) == 0);
    REQUIRE(::chown((layers.top + "/upper").c_str(), 100000, 200000) == 0);
    auto mounts = layers.overlay();
    mounts[0].options.insert(mounts[0].options.begin(),
                             {"uidmap=0:100000:5,5:300000:65531", "gidmap=0:200000:65536"});
    auto const before = read_file("/proc/self/mountinfo");
    auto const fds = fds_of_self();
    auto const mounted = davit::mount_all(bundle.rootfs(), mounts);
    if (!mounted) FAIL(mounted.error().story);
    CHECK(fds_of_self() == fds);
    auto const after = read_file("/proc/self/mountinfo");
    CHECK(std::ranges::count(after, '\n') == std::ranges::count(before, '\n') + 1);
    CHECK(owner_of(bundle.rootfs("/inside")) == 100000);
    CHECK(owner_of(bundle.rootfs("/layer1")) == 300002);
    CHECK(owner_of(bundle.rootfs("/layer" + std::to_string(count)))
          == (count == 1 ? 300002U : 100000U));
    CHECK(owner_of(bundle.rootfs()) == 100000);
    CHECK(owner_of(layers.top + "/1/layer1") == 7);
    // New files go to the upper layer, with unchanged ids.
    REQUIRE(write_file(bundle.rootfs("/new"), "x"));
    CHECK(owner_of(layers.top + "/upper/new") == 0);
    CHECK(davit::unmount_all(bundle.rootfs()).has_value());
    CHECK(read_file("/proc/self/mountinfo") == before);
}

TEST_CASE("mounts: of two lowerdir= the last counts, and is idmapped", "[shim]") {
    Bundle bundle;
    Layers const layers(2);
    auto mounts = layers.overlay();
    mounts[0].options.insert(mounts[0].options.begin(),
                             {"uidmap=0:100000:5", "gidmap=0:100000:5", "lowerdir=/nosuch"});
    auto const mounted = davit::mount_all(bundle.rootfs(), mounts);
    if (!mounted) FAIL(mounted.error().story);
    CHECK(owner_of(bundle.rootfs("/layer1")) == 100000);
    CHECK(davit::unmount_all(bundle.rootfs()).has_value());
}

TEST_CASE("mounts: a container in a user namespace on idmapped layers", "[shim]") {
    Bundle bundle;
    Layers const layers(3);
    REQUIRE(::chown((layers.top + "/upper").c_str(), 100000, 100000) == 0);
    constexpr auto maps = R"([{"containerID":0,"hostID":100000,"size":65536}])";
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    bundle.set("/linux/uidMappings", maps).set("/linux/gidMappings", maps);
    bundle.set("/root/readonly", "false");
    bundle.inside({"stat", "/layer1", ";", "write", "/new", "x"});
    Shim shim;
    auto request = shim.request(bundle);
    request.rootfs = layers.overlay();
    for (auto const* option : {"uidmap=0:100000:65536", "gidmap=0:100000:65536"})
        request.rootfs[0].options.emplace_back(option);
    auto const id = request.id;
    Reader out(suite().temp + "/" + unique_name());
    request.stdio.out = out.path();
    (void)shim.must(shim.core().create(request));
    (void)shim.must(shim.core().start({id, ""}));
    CHECK(shim.must(shim.core().wait({id, ""})).status == 0);
    (void)shim.must(shim.core().remove({id, ""}));
    INFO(out.read());
    CHECK(out.read().find("\"uid\":0") != std::string::npos);
    CHECK(owner_of(layers.top + "/upper/new") == 100000);
    CHECK_FALSE(is_mounted(bundle.rootfs()));
}

TEST_CASE("mounts: an idmapped bind; idmaps that make no sense are told by their option",
          "[shim]") {
    Bundle bundle;
    Layers const layers(2);
    Mounts bind = {{.destination = "",
                    .type = "bind",
                    .source = layers.top + "/1",
                    .options = {"rbind", "uidmap=0:100000:10", "", "gidmap=0:100000:10"}}};
    auto const mounted = davit::mount_all(bundle.rootfs(), bind);
    if (!mounted) FAIL(mounted.error().story);
    CHECK(owner_of(bundle.rootfs("/layer1")) == 100000);
    CHECK(davit::unmount_all(bundle.rootfs()).has_value());

    struct Row {
        std::vector<std::string> options;
        char const* said;
    };
    Row const rows[] = {
        {{"uidmap=0:100000:10"}, "\"gidmap=\" belongs to it"},
        {{"gidmap=0:100000:10"}, "\"uidmap=\" belongs to it"},
        {{"uidmap=0:100000", "gidmap=0:1:1"}, "option \"uidmap=0:100000\": expected"},
        {{"uidmap=0:1:1", "gidmap=0:1:0"}, "option \"gidmap=0:1:0\": expected"},
        {{"uidmap=0:1:1", "gidmap="}, "option \"gidmap=\": expected"},
        {{"uidmap=0:1:1,", "gidmap=0:1:1"}, "option \"uidmap=0:1:1,\": expected"},
        {{"uidmap=0:1:5,1:2:5", "gidmap=0:1:1"}, "options \"uidmap=0:1:5,1:2:5\""},
    };
    auto const before = read_file("/proc/self/mountinfo");
    for (auto const& row : rows) {
        auto mounts = layers.overlay();
        mounts[0].options.insert(mounts[0].options.end(), row.options.begin(), row.options.end());
        auto const done = davit::mount_all(bundle.rootfs(), mounts);
        INFO((done ? "" : done.error().story) << ", expected " << row.said);
        CHECK((!done && done.error().story.find(row.said) != std::string::npos));
        CHECK(read_file("/proc/self/mountinfo") == before);
    }
    auto missing = layers.overlay();
    for (auto const* option : {"uidmap=0:1:1", "gidmap=0:1:1"})
        missing[0].options.emplace_back(option);
    missing[0].options[3] += ":/nosuch";
    auto const done = davit::mount_all(bundle.rootfs(), missing);
    CHECK((!done && done.error().story.find("open the layer \"/nosuch\"") != std::string::npos));
    missing[0].options.erase(missing[0].options.begin() + 3);
    auto const bare = davit::mount_all(bundle.rootfs(), missing);
    CHECK((!bare && bare.error().story.find("an overlay needs") != std::string::npos));
    bind[0].options = {"rbind", "readonly"};
    auto const misspelt = davit::mount_all(bundle.rootfs(), bind);
    CHECK((!misspelt && misspelt.error().story.find("\"readonly\"") != std::string::npos));
    CHECK(read_file("/proc/self/mountinfo") == before);
}
