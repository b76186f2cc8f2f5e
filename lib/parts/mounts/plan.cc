// SPDX-License-Identifier: Apache-2.0
// parts/mounts/plan.cc - reads options, makes paths absolute, tells sorts of mounts apart.
//
// Runs in: parent, pure. config.md#mounts.
#include "parts/mounts/plan.h"

#include <algorithm>

#include "parts/mounts/options.h"
#include "spec/rules.h"

namespace davit::mounts {

namespace {

std::string pointer(std::size_t index, std::string_view member = {}) {
    return text("config.json: /mounts/", index, member.empty() ? "" : "/", member);
}

void change(Attributes& attributes, Option const& option) {
    attributes.set = (attributes.set & ~option.clear) | option.set;
    attributes.clear = (attributes.clear & ~option.set) | option.clear;
}

/// An option that isn't in the table goes to the file system: "key", "key=value" or "key=".
std::pair<std::string, std::optional<std::string>> parameter(std::string const& option) {
    auto const equals = option.find('=');
    if (equals == option.npos) return {option, std::nullopt};
    return {option.substr(0, equals), option.substr(equals + 1)};
}

/// Reads the options: those of the table by their meaning, others as parameters of the file system.
Result<> read_options(spec::Mount const& mount, std::size_t index, Draft& draft,
                      std::vector<std::string>& warnings) {
    bool bind = mount.type == "bind";
    bool remount = false;
    std::vector<std::size_t> of_filesystem, unknown;
    for (std::size_t i = 0; i < mount.options.size(); ++i) {
        auto const& name = mount.options[i];
        if (name.empty()) continue; // Podman and buildah write empty ones
        auto const* const option = find(options, name);
        if (!option) {
            draft.parameters.push_back(parameter(name));
            unknown.push_back(i);
            continue;
        }
        switch (option->effect) {
        case Effect::nothing: break;
        case Effect::attribute: change(draft.here, *option); break;
        case Effect::recursive_attribute: change(draft.below, *option); break;
        case Effect::superblock:
            draft.parameters.emplace_back(name, std::nullopt);
            of_filesystem.push_back(i);
            [[fallthrough]];
        case Effect::old_superblock:
            draft.flags = (draft.flags & ~option->clear) | option->set;
            break;
        case Effect::propagation: draft.propagation = option->set; break;
        case Effect::recursive_propagation: draft.propagation_below = option->set; break;
        case Effect::recursive_bind: draft.recursive = true; [[fallthrough]];
        case Effect::bind: bind = true; break;
        case Effect::remount: remount = true; break;
        case Effect::copy_up:
            if (mount.type != "tmpfs")
                return fail(Kind::config, pointer(index, "options/"), i, ": ", quoted(name),
                            " is for type tmpfs only");
            draft.copy_up = true;
            break;
        case Effect::idmap:
        case Effect::recursive_idmap:
            draft.idmapped = true;
            draft.idmapped_below = option->effect == Effect::recursive_idmap;
            break;
        }
    }
    draft.action = remount ? bind ? Action::bind_remount : Action::remount
                   : bind  ? Action::bind
                           : Action::filesystem;
    if (!bind) return {};
    // It may be a misspelt "ro": the mount would differ from what the user wanted.
    if (!unknown.empty())
        return fail(Kind::config, pointer(index, "options/"), unknown.front(), ": ",
                    quoted(mount.options[unknown.front()]), " is no option of bind mounts");
    // A bind has a file system already: davit must not change that one's options.
    for (auto const i : of_filesystem)
        warnings.push_back(text(pointer(index, "options/"), i, ": ", quoted(mount.options[i]),
                                " is an option of file systems: a bind mount doesn't change it"));
    draft.parameters.clear();
    return {};
}

/// What may be mounted inside /proc without deceiving programs that trust it.
constexpr std::string_view proc_places[] = {
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/net/dev",
    "/proc/slabinfo",
    "/proc/stat",
    "/proc/swaps",
    "/proc/uptime",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/crypto/fips_enabled",
};

Result<> check_destination(Draft const& draft, std::size_t index) {
    std::string_view const path = draft.destination;
    // init writes masks, limits and labels to what is at /proc. (What a bind brings is known only
    // once it is opened.)
    if (path == "/proc" && draft.action == Action::filesystem && draft.type != "proc")
        return fail(Kind::config, pointer(index, "destination"), ": ", quoted(path),
                    " cannot be mounted because it is not of type proc");
    if (path.starts_with("/proc/") && std::ranges::find(proc_places, path) == std::end(proc_places))
        return fail(Kind::config, pointer(index, "destination"), ": ", quoted(path),
                    " cannot be mounted because it is inside /proc");
    return {};
}

/// A file system that begins empty must be filled before it becomes read-only.
void seal_later(Draft& draft) {
    constexpr auto read_only = std::uint64_t{MOUNT_ATTR_RDONLY};
    if (draft.type != "tmpfs" && draft.destination != "/dev") return;
    draft.sealed = ((draft.here.set | draft.below.set) & read_only) != 0;
    draft.here.set &= ~read_only;
    draft.below.set &= ~read_only;
}

Result<Draft> draft_of(spec::Mount const& mount, std::size_t index, std::string_view bundle,
                       std::string_view mount_label, std::vector<std::string>& warnings) {
    Draft draft;
    draft.item = static_cast<std::uint32_t>(index);
    draft.type = mount.type;
    draft.destination = clean_path("/" + mount.destination);
    draft.idmapped = !mount.uid_mappings.empty(); // the options only say whether recursively
    TRY(read_options(mount, index, draft, warnings));
    TRY(check_destination(draft, index));
    if (draft.idmapped && draft.action != Action::bind && draft.action != Action::filesystem)
        return fail(Kind::config, pointer(index, "options"), ": a remount can't idmap");
    if (draft.action == Action::bind_remount) return draft;
    if (draft.action == Action::bind) {
        if (mount.source.empty())
            return fail(Kind::config, pointer(index, "source"), ": required for a bind mount");
        draft.source =
            mount.source.starts_with('/') ? mount.source : text(bundle, "/", mount.source);
        return draft;
    }
    if (draft.action == Action::filesystem) {
        if (mount.type.empty() || mount.type == "none")
            return fail(Kind::config, pointer(index, "type"),
                        ": expected a file system type, or \"bind\" in options");
        draft.source = mount.source.empty() ? mount.type : mount.source;
        draft.no_symlink = mount.type == "proc" || mount.type == "sysfs";
        seal_later(draft);
    }
    TRY(complete_filesystem(draft, mount_label, pointer(index, "options")));
    if (draft.idmapped && draft.action != Action::filesystem)
        return fail(Kind::unsupported, pointer(index, "options"),
                    ": what only mount(2) can say is not supported for an idmapped file system");
    return draft;
}

/// Draft::item of a mount that isn't config.json's.
constexpr std::uint32_t not_of_config = ~std::uint32_t{0};

/// The variable's path must lead to the socket, even if the image has a link there.
Draft notify_mount(std::string_view directory) {
    Draft draft;
    draft.action = Action::bind;
    draft.item = not_of_config;
    draft.no_symlink = true;
    draft.source = directory;
    draft.destination = notify_destination;
    draft.here.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    return draft;
}

/// Looks up a source below the root's own path inside the root: it sees earlier mounts and follows
/// no link of the image. (The parent makes idmapped mounts; it sees only the host's.)
void find_in_root(Draft& draft, std::string_view rootfs) {
    if (draft.action != Action::bind || draft.idmapped || rootfs.size() < 2) return;
    auto clean = clean_path(draft.source);
    if (!clean.starts_with(text(rootfs, "/"))) return;
    draft.source = clean.substr(rootfs.size());
    draft.in_root = true;
}

/// The number of these maps among all, from 1.
std::uint32_t number_of(users::IdMaps const& maps, std::vector<users::IdMaps>& all) {
    auto const at = std::ranges::find(all, maps) - all.begin();
    if (at == std::ssize(all)) all.push_back(maps);
    return static_cast<std::uint32_t>(at) + 1;
}

Mount flat(Draft const& draft, plan::Builder& builder) {
    Mount mount;
    mount.action = draft.action;
    mount.item = draft.item;
    mount.idmap_below = draft.idmapped_below;
    mount.recursive = draft.recursive;
    mount.no_symlink = draft.no_symlink;
    mount.take = draft.take;
    mount.in_root = draft.in_root;
    mount.sealed = draft.sealed;
    mount.type = builder.text(draft.type);
    mount.source = builder.text(draft.source);
    mount.destination = builder.text(draft.destination);
    std::vector<Parameter> parameters;
    for (auto const& [key, value] : draft.parameters)
        parameters.push_back({builder.text(key), value ? builder.text(*value) : plan::Text{}});
    mount.parameters = builder.list(parameters);
    if (!draft.data.empty()) mount.data = builder.text(draft.data);
    if (!draft.label.empty()) mount.label = builder.text(draft.label);
    mount.flags = draft.flags;
    mount.here = draft.here;
    mount.below = draft.below;
    mount.propagation = draft.propagation;
    mount.propagation_below = draft.propagation_below;
    return mount;
}

} // namespace

Result<Planned> plan(spec::Config const& config, std::string_view bundle,
                     cgroup::Layout const& layout, cgroup::Plan const& groups,
                     plan::Builder& builder, bool from_parent, std::string_view notify,
                     std::string_view rootfs) {
    Planned planned;
    std::vector<Draft> drafts;
    bool const own_cgroup_namespace =
        std::ranges::any_of(config.linux.namespaces,
                            [](auto const& n) { return n.type == spec::NamespaceType::cgroup; });
    bool const has_mount_namespace = spec::has_namespace(config.linux, spec::NamespaceType::mount);
    for (std::size_t i = 0; i < config.mounts.size(); ++i) {
        auto draft =
            TRY(draft_of(config.mounts[i], i, bundle, config.linux.mount_label, planned.warnings));
        if (draft.destination == "/" && !has_mount_namespace)
            return fail(Kind::unsupported, pointer(i, "destination"),
                        ": \"/\" is the root itself, which nothing may cover without a mount "
                        "namespace of the container's");
        if (draft.destination == "/dev" && draft.action == Action::bind) planned.own_dev = false;
        if (draft.action == Action::filesystem && draft.type == "cgroup") {
            if (draft.idmapped)
                return fail(Kind::unsupported, pointer(i, "type"),
                            ": a cgroup file system can't be idmapped");
            append_cgroup_mounts(draft, own_cgroup_namespace, layout, groups, drafts);
        } else {
            drafts.push_back(std::move(draft));
        }
    }
    if (!notify.empty()) drafts.push_back(notify_mount(notify));
    // Then the host's mounts stay peers of the container's: a volume is a peer only if it asks for
    // it.
    auto const root = config.linux.rootfs_propagation;
    bool const has_peers = root == spec::Propagation::shared || root == spec::Propagation::rshared;
    std::vector<Mount> mounts;
    for (auto& draft : drafts) {
        if (has_peers && draft.action == Action::bind && !draft.propagation
            && !draft.propagation_below)
            draft.propagation_below = MS_SLAVE;
        find_in_root(draft, rootfs);
        // Links on the host may lead to a directory that holds the root: any copy may hold it.
        planned.binds_root |= draft.action == Action::bind && draft.recursive && !draft.in_root;
        auto mount = flat(draft, builder);
        if (draft.idmapped) {
            auto const& wanted = config.mounts[draft.item];
            mount.idmap = number_of({wanted.uid_mappings, wanted.gid_mappings}, planned.maps);
        }
        mount.from_parent =
            draft.idmapped || (from_parent && draft.action == Action::bind && !draft.in_root);
        mounts.push_back(mount);
        if (draft.sealed) planned.sealed.push_back(draft.destination);
    }
    planned.inside.mounts = builder.list(mounts);
    return planned;
}

std::string name_of(plan::View view, plan::List<Mount> const& mounts, std::size_t n) {
    auto const mount = n < mounts.count ? view.list(mounts)[n] : Mount{};
    auto const quote = [&](plan::Text t) { return quoted(t ? view.text(t) : ""); };
    std::string what;
    switch (mount.action) {
    case Action::link: what = text("link ", quote(mount.destination)); break;
    case Action::remount:
    case Action::bind_remount: what = text("remount ", quote(mount.destination)); break;
    case Action::bind:
        what = text("mount ", quote(mount.source), mount.in_root ? " of the root" : "", " on ",
                    quote(mount.destination));
        break;
    case Action::filesystem:
    case Action::old_filesystem:
        what = text("mount ", quote(mount.type), " on ", quote(mount.destination));
        break;
    }
    return text(what, " (", ordinal(static_cast<unsigned>(n + 1)), " of ", mounts.count,
                mount.item == not_of_config ? ", for NOTIFY_SOCKET"
                                            : text(", config.json: /mounts/", mount.item),
                ")");
}

} // namespace davit::mounts
