// SPDX-License-Identifier: Apache-2.0
// ops/idmapped_layers.cc - overlays of idmapped layers. Runs in: parent, and its child.
//
// Overlay takes detached mounts as layers only since Linux 6.15. So a child attaches them in a
// mount namespace of its own, which no path leads into, and makes the overlay there. When the child
// ends, even killed, only the overlay stays. Kernel interface: mount_setattr(2),
// Documentation/filesystems/overlayfs.rst.
#include "ops/idmapped_layers.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "base/try.h"
#include "parts/users/host.h"
#include "safe/child.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/process.h"

namespace davit::layers {

namespace {

constexpr std::string_view lower_key = "lowerdir=";
constexpr std::size_t longest_data = 4095; // mount(2) reads a page
constexpr auto overlay_name = "overlay";

/// "uidmap=CONTAINER:HOST:SIZE,…"
Result<std::vector<spec::IdMapping>> mappings_of(std::string_view option) {
    std::vector<spec::IdMapping> mappings;
    bool good = true;
    for (auto const one : split(option.substr(option.find('=') + 1), ',')) {
        auto const words = split(one, ':');
        good = words.size() == 3;
        if (!good) break;
        auto const container = parse<std::uint32_t>(words[0]);
        auto const host = parse<std::uint32_t>(words[1]);
        auto const size = parse<std::uint32_t>(words[2]);
        good = container && host && size && *size > 0;
        if (!good) break;
        mappings.push_back({*container, *host, *size});
    }
    if (good && !mappings.empty()) return mappings;
    return fail(Kind::config, "option ", quoted(option),
                ": expected CONTAINER:HOST:SIZE, or several of them with a \",\" between");
}

/// Where the child attaches the layers, each at the directory of its number.
struct Stage {
    TreeFd tree;
    std::vector<TreeFd> layers;
    std::vector<std::string> names;
};

Result<Stage> empty_stage() {
    constexpr auto what = "make a tmpfs for the layers";
    auto const context_fd = TRY(context(sys::fsopen("tmpfs"), what));
    TRY(context(sys::fsconfig_set(context_fd.number(), "source", "layers"), what));
    TRY(context(sys::fsconfig_create(context_fd.number()), what));
    Stage stage{TRY(context(sys::fsmount(context_fd.number(), 0), what)), {}, {}};
    TRY(context(sys::mkdirat(stage.tree.number(), overlay_name, 0700), what));
    return stage;
}

Result<> add(Stage& stage, std::string_view layer, NsFd const& ns, Idmap const& idmap) {
    if (layer.empty() || layer.contains('\\'))
        return fail(Kind::unsupported, "layer ", quoted(layer),
                    " (option \"lowerdir=\"): a data-only layer, or one with \"\\\" in its path, "
                    "can't be idmapped");
    auto tree = TRY(context(sys::open_tree_clone(sys::cwd, std::string(layer).c_str(), 0),
                            "open the layer ", quoted(layer)));
    TRY(apply(tree, ns, idmap, layer));
    auto name = text(stage.layers.size());
    TRY(context(sys::mkdirat(stage.tree.number(), name.c_str(), 0700), "make a place for a layer"));
    stage.layers.push_back(std::move(tree));
    stage.names.push_back(std::move(name));
    return {};
}

/// Runs in the child's own mount namespace. Its "/" may be a peer of the host's.
Sys<> make_overlay(Stage const& stage, char const* source, std::uint64_t flags, char const* data,
                   int place) {
    mount_attr attr{};
    attr.propagation = MS_PRIVATE;
    TRY(sys::mount_setattr(sys::cwd, "/", 0, attr));
    // Paths lead on below it: the upper layer is there.
    TRY(sys::move_mount(stage.tree, "/"));
    for (std::size_t i = 0; i < stage.layers.size(); ++i)
        TRY(sys::raw::done(SYS_move_mount, stage.layers[i].number(), "", stage.tree.number(),
                           stage.names[i].c_str(), MOVE_MOUNT_F_EMPTY_PATH));
    TRY(sys::fchdir(stage.tree.number())); // lint: allow process, the child
    TRY(sys::mount(source, overlay_name, "overlay", flags, data));
    auto const made = TRY(sys::open_tree_clone(sys::cwd, overlay_name, 0));
    return sys::dup3(made.number(), place, O_CLOEXEC);
}

Sys<TreeFd> from_child(Stage const& stage, char const* source, std::uint64_t flags,
                       char const* data) {
    // A free number that no other thread takes meanwhile: the child shares the parent's fds.
    TreeFd place(static_cast<int>(TRY(sys::fcntl(stage.tree.number(), F_DUPFD_CLOEXEC, 0))));
    int pidfd = -1;
    clone_args args{};
    // No exit signal: the caller's SIGCHLD handler, or wait(2) for any child, won't notice it.
    args.flags = CLONE_NEWNS | CLONE_FILES | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    TRY(safe::fork([&] { return sys::clone3(args); },
                   [&] {
                       auto const done = make_overlay(stage, source, flags, data, place.number());
                       sys::exit_group(done ? 0 : done.error().value); // it fits into a byte
                   }));
    auto const ended = TRY(safe::reap(PidFd(pidfd)));
    if (ended.si_code != CLD_EXITED) return std::unexpected(Errno{ECANCELED}); // killed
    if (ended.si_status != 0) return std::unexpected(Errno{ended.si_status});
    return place;
}

std::string data_of(std::vector<std::string_view> const& parameters, std::size_t lower,
                    std::vector<std::string> const& names) {
    std::string data;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (i) data += ',';
        if (i != lower) {
            data += parameters[i];
            continue;
        }
        data += lower_key;
        for (std::size_t n = 0; n < names.size(); ++n) data += (n ? ":" : "") + names[n];
    }
    return data;
}

} // namespace

Result<NsFd> user_namespace(Idmap const& idmap) {
    if (idmap.uids.empty() || idmap.gids.empty())
        return fail(Kind::config, "option ", quoted(idmap.uids.empty() ? idmap.gids : idmap.uids),
                    ": ", idmap.uids.empty() ? "\"uidmap=\"" : "\"gidmap=\"",
                    " belongs to it, and is missing");
    users::IdMaps const maps{TRY(mappings_of(idmap.uids)), TRY(mappings_of(idmap.gids))};
    return within(users::make_user_namespace(maps), "options ", quoted(idmap.uids), ", ",
                  quoted(idmap.gids));
}

Result<> apply(TreeFd const& tree, NsFd const& ns, Idmap const& idmap, std::string_view name) {
    mount_attr attr{};
    attr.attr_set = MOUNT_ATTR_IDMAP;
    attr.userns_fd = static_cast<std::uint64_t>(ns.number());
    auto const done = sys::mount_setattr(tree.number(), "", AT_EMPTY_PATH, attr);
    if (done) return {};
    auto const what = text("idmap ", quoted(name), " (option ", quoted(idmap.uids), ")");
    if (done.error() == Errno{EINVAL})
        return fail(Kind::unsupported, what, ": this kernel can't idmap its file system");
    return fail_errno(done.error(), what);
}

Result<TreeFd> overlay(Idmap const& idmap, std::string const& source,
                       std::vector<std::string_view> parameters, std::uint64_t flags) {
    // The kernel takes the last one and ignores the others.
    auto const is_lower = [](auto const& one) { return one.starts_with(lower_key); };
    if (auto const last = std::ranges::find_if(parameters.rbegin(), parameters.rend(), is_lower);
        last != parameters.rend())
        parameters.erase(std::remove_if(parameters.begin(), std::prev(last.base()), is_lower),
                         std::prev(last.base()));
    auto const found = std::ranges::find_if(parameters, is_lower);
    if (found == parameters.end())
        return fail(Kind::unsupported, "option ", quoted(idmap.uids),
                    ": the layers must be those of \"lowerdir=\"");
    auto const ns = TRY(user_namespace(idmap));
    auto stage = TRY(empty_stage());
    for (auto const layer : split(found->substr(lower_key.size()), ':'))
        TRY(add(stage, layer, ns, idmap));
    auto const data =
        data_of(parameters, static_cast<std::size_t>(found - parameters.begin()), stage.names);
    if (data.size() > longest_data)
        return fail(Kind::unsupported, "its options are longer than the ", longest_data,
                    " bytes that mount(2) reads");
    return context(from_child(stage, source.c_str(), flags, data.c_str()), "mount it");
}

} // namespace davit::layers
