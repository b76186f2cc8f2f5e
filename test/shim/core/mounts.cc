// SPDX-License-Identifier: Apache-2.0
// test/shim/core/mounts.cc - root file systems that containerd describes as mounts.
#include <sys/stat.h>
#include <unistd.h>

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

    // A link in the place of the directory is neither followed to mount nor to unmount.
    auto const link = suite().temp + "/" + unique_name();
    REQUIRE(::symlink(bundle.rootfs().c_str(), link.c_str()) == 0);
    CHECK_FALSE(davit::mount_all(link, mounts).has_value());
    ::unlink(link.c_str());
    remove_tree(image);
}
