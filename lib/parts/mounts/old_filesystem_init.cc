// SPDX-License-Identifier: Apache-2.0
// parts/mounts/old_filesystem_init.cc - a file system with options that only mount(2) accepts:
// longer than fsconfig(2)'s 255 bytes (overlays of many layers), "iversion", "silent".
//
// Runs in: init. mount(2) needs a path: a scratch directory that no other process can reach.
#include "base/try.h"
#include "init/init.h"
#include "sys/mount.h"

namespace davit::mounts {

namespace {

using launch::Detail;

/// Its destructor unmounts a mount, and what is mounted on it.
struct Scratch {
    TreeFd tree;
    explicit Scratch(TreeFd mounted) : tree(std::move(mounted)) {}
    Scratch(Scratch const&) = delete;
    Scratch& operator=(Scratch const&) = delete;
    ~Scratch() { (void)sys::umount_lazily(safe::FdPath(tree.number()).text); }
};

Sys<TreeFd> empty_tmpfs() {
    auto const context = TRY(sys::fsopen("tmpfs"));
    TRY(sys::fsconfig_set(context.number(), "source", "scratch"));
    TRY(sys::fsconfig_create(context.number()));
    return sys::fsmount(context.number(), 0);
}

} // namespace

Sys<TreeFd> old_filesystem(init::Init& init, Mount const& mount) {
    init.doing(Detail::create);
    auto tree = TRY(empty_tmpfs());
    // For a moment it covers a place that init will cover anyway. No other namespace sees that.
    init.doing(Detail::target);
    char const* const path = init.view().text(mount.destination);
    auto const target = TRY(init::directory_for(init, path, init::judged(path)));
    TRY(sys::move_mount(tree, target.number()));
    Scratch const scratch(std::move(tree));
    TRY(sys::mkdirat(scratch.tree.number(), "here", 0700));
    auto const here = TRY(sys::openat<PathFd>(scratch.tree.number(), "here", O_PATH | O_DIRECTORY));
    auto const view = init.view();
    init.doing(Detail::old_options);
    TRY(sys::mount(view.text(mount.source), safe::FdPath(here.number()).text, view.text(mount.type),
                   mount.flags, view.text(mount.data)));
    return sys::open_tree_clone(scratch.tree.number(), "here", 0);
}

} // namespace davit::mounts
