// SPDX-License-Identifier: Apache-2.0
// parts/mounts/print.cc - the mounts as `davit explain` shows them. Runs in: parent, pure.
#include <linux/mount.h>
#include <sys/mount.h>

#include "base/text.h"
#include "parts/mounts/plan.h"

namespace davit::mounts {

namespace {

struct Word {
    std::uint64_t bit;
    std::string_view name;
};
constexpr Word attribute_words[] = {
    {MOUNT_ATTR_RDONLY, "ro"},
    {MOUNT_ATTR_NOSUID, "nosuid"},
    {MOUNT_ATTR_NODEV, "nodev"},
    {MOUNT_ATTR_NOEXEC, "noexec"},
    {MOUNT_ATTR_NOATIME, "noatime"},
    {MOUNT_ATTR_STRICTATIME, "strictatime"},
    {MOUNT_ATTR_NODIRATIME, "nodiratime"},
    {MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"},
};
constexpr Word propagation_words[] = {
    {MS_SHARED, "shared"},
    {MS_SLAVE, "slave"},
    {MS_PRIVATE, "private"},
    {MS_UNBINDABLE, "unbindable"},
};

std::string quote(plan::Text t, plan::View view) { return quoted(t ? view.text(t) : ""); }

std::string words(Attributes const& attributes, std::string_view prefix) {
    std::string out;
    for (auto const& word : attribute_words) {
        if (attributes.set & word.bit) out += text(" ", prefix, word.name);
        // Any value of the access time field clears the whole field.
        else if (attributes.clear & word.bit & ~std::uint64_t{MOUNT_ATTR__ATIME})
            out += text(" -", prefix, word.name);
    }
    if ((attributes.clear & MOUNT_ATTR__ATIME) && !(attributes.set & MOUNT_ATTR__ATIME))
        out += text(" ", prefix, "relatime");
    return out;
}

std::string ranges(std::vector<spec::IdMapping> const& mappings) {
    auto const range = [](std::uint32_t first, std::uint32_t size) {
        return size == 1 ? text(first) : text(first, "-", first + (size - 1));
    };
    std::string out;
    for (auto const& one : mappings)
        out += text(out.empty() ? "" : ", ", range(one.container_id, one.size), " as ",
                    range(one.host_id, one.size));
    return out;
}

std::string by(users::IdMaps const& maps) {
    if (maps.uids.empty()) return " as the container";
    return text(" (uids ", ranges(maps.uids), "; gids ", ranges(maps.gids), ")");
}

std::string by_mount2(Mount const& mount, plan::View view) {
    return text(" by mount(2), flags ", octal(static_cast<unsigned>(mount.flags)), ", options ",
                quote(mount.data, view));
}

std::string what_is_done(Mount const& mount, plan::View view) {
    auto const source = quote(mount.source, view), type = quote(mount.type, view);
    auto const at = [&](std::string_view done) {
        return text(done, " ", quote(mount.destination, view));
    };
    switch (mount.action) {
    case Action::filesystem: return text(at("mount"), ": new ", type);
    case Action::old_filesystem:
        return text(at("mount"), ": new ", type, " from ", source, by_mount2(mount, view));
    case Action::remount: return text(at("remount"), by_mount2(mount, view));
    case Action::bind_remount: return text(at("remount"), ": the mount alone");
    case Action::bind:
        return text(at("mount"), ": ", source, mount.in_root ? " of the root" : "",
                    mount.recursive ? " with all below" : "");
    case Action::link: return text(at("link"), " -> ", source);
    }
    return {};
}

std::string parameters_of(Mount const& mount, plan::View view) {
    std::string out;
    for (auto const& parameter : view.list(mount.parameters))
        out += text(out.empty() ? "" : ",", view.text(parameter.key),
                    parameter.value ? text("=", view.text(parameter.value)) : "");
    return out.empty() ? "" : text(" (", out, ")");
}

} // namespace

std::string shown_propagation(std::uint64_t flag, std::string_view prefix) {
    for (auto const& word : propagation_words)
        if (flag == word.bit) return text(" ", prefix, word.name);
    return {};
}

void print(InitPlan const& inside, std::vector<users::IdMaps> const& maps, plan::View view,
           std::string& out) {
    for (auto const& mount : view.list(inside.mounts)) {
        out += what_is_done(mount, view);
        if (mount.idmap)
            out += text(mount.idmap_below ? " ridmapped" : " idmapped", by(maps[mount.idmap - 1]));
        out += words(mount.here, "") + words(mount.below, "r")
               + shown_propagation(mount.propagation, "")
               + shown_propagation(mount.propagation_below, "r");
        if (mount.take & take_content) out += ", with what is there";
        if (mount.label) out += text(", labelled ", quote(mount.label, view));
        out += parameters_of(mount, view) + "\n";
    }
}

} // namespace davit::mounts
