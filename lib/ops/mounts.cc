// SPDX-License-Identifier: Apache-2.0
// ops/mounts.cc - mounts a bundle's root file system. Runs in: parent, and its child.
//
// It uses mount(2) for file systems: overlay takes its layers by fsconfig(2) only since Linux 6.7.
// Options longer than one page become shorter if they are relative to the directory of the layers.
#include "davit/mounts.h"

#include <linux/sched.h>
#include <sched.h>

#include <algorithm>

#include "base/undo.h"
#include "ops/idmapped_layers.h"
#include "parts/mounts/options.h"
#include "parts/mounts/plan.h"
#include "safe/child.h"
#include "safe/root.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/process.h"

namespace davit {

namespace {

constexpr std::size_t longest_data = 4095; // mount(2) reads a page

struct WantedMount {
    bool bind = false, recursive = false;
    mounts::Attributes here, below;
    std::uint64_t flags = 0, propagation = 0, propagation_below = 0;
    layers::Idmap idmap;
    std::vector<std::string_view> parameters; ///< for the file system
};

void change(mounts::Attributes& attributes, mounts::Option const& option) {
    attributes.set = (attributes.set & ~option.clear) | option.set;
    attributes.clear = (attributes.clear & ~option.set) | option.clear;
}

Result<WantedMount> read(spec::Mount const& mount) {
    using mounts::Effect;
    WantedMount wanted{.bind = mount.type == "bind"};
    for (auto const& name : mount.options) {
        if (name.empty()) continue;
        auto const* const option = davit::find(mounts::options, name);
        if (!option) {
            if (name == "loop")
                return fail(Kind::unsupported, "option ", quoted(name), " of a root file system");
            if (name.starts_with("uidmap="))
                wanted.idmap.uids = name;
            else if (name.starts_with("gidmap="))
                wanted.idmap.gids = name;
            else
                wanted.parameters.emplace_back(name);
            continue;
        }
        switch (option->effect) {
        case Effect::nothing: break;
        case Effect::attribute: change(wanted.here, *option); break;
        case Effect::recursive_attribute: change(wanted.below, *option); break;
        case Effect::superblock:
        case Effect::old_superblock:
            wanted.flags = (wanted.flags & ~option->clear) | option->set;
            break;
        case Effect::propagation: wanted.propagation = option->set; break;
        case Effect::recursive_propagation: wanted.propagation_below = option->set; break;
        case Effect::recursive_bind: wanted.recursive = true; [[fallthrough]];
        case Effect::bind: wanted.bind = true; break;
        case Effect::idmap:
        case Effect::recursive_idmap:
        case Effect::remount:
        case Effect::copy_up:
            return fail(Kind::unsupported, "option ", quoted(name), " of a root file system");
        }
    }
    if (wanted.bind && !wanted.parameters.empty())
        return fail(Kind::config, quoted(wanted.parameters.front()),
                    " is no option of bind mounts");
    return wanted;
}

std::string joined(std::vector<std::string_view> const& parts, char between) {
    std::string out;
    for (auto const part : parts) {
        if (!out.empty()) out += between;
        out += part;
    }
    return out;
}

/// The layers of an overlay, relative to another directory.
struct Layers {
    static constexpr std::string_view key = "lowerdir=";
    std::string directory; ///< all begin with it
    std::string data;

    /// Nothing if the layers have no directory in common.
    static std::optional<Layers> below(WantedMount const& wanted) {
        for (std::size_t i = 0; i < wanted.parameters.size(); ++i) {
            if (!wanted.parameters[i].starts_with(key)) continue;
            auto layers = split(wanted.parameters[i].substr(key.size()), ':');
            auto const common = common_directory(layers);
            if (common.size() < 2) return {};
            for (auto& layer : layers) layer.remove_prefix(common.size());
            auto const lower = std::string(key) + joined(layers, ':');
            auto parameters = wanted.parameters;
            parameters[i] = lower;
            return Layers{std::string(common), joined(parameters, ',')};
        }
        return {};
    }

  private:
    /// With its "/".
    static std::string_view common_directory(std::vector<std::string_view> const& paths) {
        auto common = paths.front();
        for (auto const path : paths) {
            auto const differs = std::ranges::mismatch(common, path).in1;
            common = common.substr(0, static_cast<std::size_t>(differs - common.begin()));
        }
        return common.substr(0, common.rfind('/') + 1);
    }
};

/// A child changes its working directory: the library must not change the caller's.
Sys<> mount_from(PathFd const& directory, char const* source, char const* target, char const* type,
                 std::uint64_t flags, char const* data) {
    int pidfd = -1;
    clone_args args{};
    // No exit signal: the caller's SIGCHLD handler, or wait(2) for any child, won't notice it.
    args.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    TRY(safe::fork([&] { return sys::clone3(args); },
                   [&] {
                       auto done =
                           sys::fchdir(directory.number()); // lint: allow process, the child
                       if (done) done = sys::mount(source, target, type, flags, data);
                       sys::exit_group(done ? 0 : done.error().value); // which fits into a byte
                   }));
    auto const ended = TRY(safe::reap(PidFd(pidfd)));
    if (ended.si_code != CLD_EXITED) return std::unexpected(Errno{ECANCELED}); // killed
    if (ended.si_status != 0) return std::unexpected(Errno{ended.si_status});
    return {};
}

/// Here the kernel would say no more than "invalid argument".
bool lacks_layers(spec::Mount const& mount, WantedMount const& wanted) {
    return mount.type == "overlay" && std::ranges::none_of(wanted.parameters, [](auto const& one) {
               return one.starts_with("lowerdir=") || one.starts_with("lowerdir+=");
           });
}

Result<> mount_filesystem(spec::Mount const& mount, WantedMount const& wanted, PathFd const& at) {
    if (lacks_layers(mount, wanted))
        return fail(Kind::config, "an overlay needs \"lowerdir=\", its layers");
    auto const flags = wanted.flags | mounts::mount_flags(wanted.here);
    if (wanted.idmap.wanted()) {
        if (mount.type != "overlay")
            return fail(Kind::unsupported, "option ",
                        quoted(wanted.idmap.uids.empty() ? wanted.idmap.gids : wanted.idmap.uids),
                        ": only the layers of an overlay, and binds, are idmapped");
        auto const tree =
            TRY(layers::overlay(wanted.idmap, mount.source, wanted.parameters, flags));
        return context(sys::move_mount(tree, at.number()), "attach it");
    }
    safe::FdPath const path(at.number());
    char const* const target = path.text;
    auto const* const source = mount.source.c_str();
    auto const* const type = mount.type.c_str();
    auto const data = joined(wanted.parameters, ',');
    if (data.size() <= longest_data)
        return context(sys::mount(source, target, type, flags, data.c_str()), "mount it");
    auto const layers = Layers::below(wanted);
    if (!layers || layers->data.size() > longest_data)
        return fail(Kind::unsupported, "its options are longer than the ", longest_data,
                    " bytes that mount(2) reads");
    auto const directory =
        TRY(context(sys::openat(sys::cwd, layers->directory.c_str(), O_PATH | O_DIRECTORY), "open ",
                    quoted(layers->directory)))
            .as<PathFd>();
    return context(mount_from(directory, source, target, type, flags, layers->data.c_str()),
                   "mount it");
}

Result<> set_attributes(TreeFd const& tree, mounts::Attributes const& wanted,
                        std::uint64_t propagation, unsigned flags) {
    if (!wanted.set && !wanted.clear && !propagation) return {};
    mount_attr const attributes{wanted.set, wanted.clear, propagation, 0};
    return context(sys::mount_setattr(tree.number(), "", flags | AT_EMPTY_PATH, attributes),
                   "set its attributes");
}

Result<> bind(spec::Mount const& mount, WantedMount const& wanted, PathFd const& target) {
    auto const tree = TRY(context(
        sys::open_tree_clone(sys::cwd, mount.source.c_str(), wanted.recursive ? AT_RECURSIVE : 0),
        "copy ", quoted(mount.source)));
    if (wanted.idmap.wanted())
        TRY(layers::apply(tree, TRY(layers::user_namespace(wanted.idmap)), wanted.idmap,
                          mount.source));
    TRY(set_attributes(tree, wanted.below, wanted.propagation_below, AT_RECURSIVE));
    TRY(set_attributes(tree, wanted.here, wanted.propagation, 0));
    return context(sys::move_mount(tree, target.number()), "attach it");
}

Result<> mount_one(std::string const& directory, spec::Mount const& mount) {
    auto const wanted = TRY(read(mount));
    auto target =
        TRY(context(sys::openat(sys::cwd, directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW),
                    "open ", quoted(directory)))
            .as<PathFd>();
    if (!mount.destination.empty() && mount.destination != "/") {
        safe::Root const root(std::move(target));
        target = TRY(context(root.find(mount.destination.c_str()), "find ",
                             quoted(mount.destination), " there"));
    }
    if (wanted.bind) return bind(mount, wanted, target);
    return mount_filesystem(mount, wanted, target);
}

} // namespace

Result<> mount_all(std::string const& directory, std::vector<spec::Mount> const& mounts) {
    Undo undo;
    if (!mounts.empty()) undo.add([&] { (void)unmount_all(directory); });
    for (std::size_t i = 0; i < mounts.size(); ++i)
        TRY(within(mount_one(directory, mounts[i]), "mount ", quoted(mounts[i].type), " on ",
                   quoted(directory), " (", ordinal(static_cast<unsigned>(i + 1)), " of ",
                   mounts.size(), ")"));
    undo.commit();
    return {};
}

Result<> unmount_all(std::string const& directory) {
    auto const* const path = directory.c_str();
    constexpr int most_stacked_mounts = 10000;
    for (int i = 0; i < most_stacked_mounts; ++i) {
        auto done = sys::umount(path, false);
        if (!done && done.error() == Errno{EBUSY}) done = sys::umount(path, true);
        if (done) continue;
        if (done.error() == Errno{EINVAL} || done.error() == Errno{ENOENT}) return {};
        return fail_errno(done.error(), "unmount ", quoted(directory));
    }
    return fail(Kind::state, "unmount ", quoted(directory), ": it is mounted again and again");
}

} // namespace davit
