// SPDX-License-Identifier: Apache-2.0
// parts/mounts/filesystem_plan.cc - the options of a file system: as parameters of fsconfig(2), or,
// if it can't express them, as the flags and the one string of mount(2).
//
// Runs in: parent, pure. fsconfig(2), mount(2), mount_label of config-linux.md.
#include <algorithm>

#include "parts/mounts/options.h"
#include "parts/mounts/plan.h"

namespace davit::mounts {

namespace {

// fsconfig(2) refuses longer values; an overlay of a few layers has one. mount(2) reads one page.
constexpr std::size_t longest_value = 255;
constexpr std::size_t longest_data = 4095;

constexpr std::string_view label_keys[] = {"context", "defcontext", "fscontext", "rootcontext"};

bool is_label(std::string_view key) {
    return std::ranges::find(label_keys, key) != std::end(label_keys);
}

bool has(Draft const& draft, std::string_view key) {
    return std::ranges::any_of(draft.parameters, [&](auto const& p) { return p.first == key; });
}

/// Labels go to different places: proc and sysfs get theirs from the policy, cgroup file systems
/// are the host's, and mqueue is already mounted by then: its root gets the label.
void add_label(Draft& draft, std::string_view label) {
    constexpr std::string_view unlabelled[] = {"cgroup", "cgroup2", "proc", "sysfs"};
    if (label.empty() || std::ranges::find(unlabelled, draft.type) != std::end(unlabelled)) return;
    if (draft.type == "mqueue")
        draft.label = label;
    else if (std::ranges::none_of(draft.parameters,
                                  [](auto const& p) { return is_label(p.first); }))
        draft.parameters.emplace_back("context", label);
}

/// mount(2) quotes a label because of its commas; fsconfig(2) would take the quotes as part of it.
void unquote_labels(Draft& draft) {
    for (auto& [key, value] : draft.parameters)
        if (value && value->size() >= 2 && is_label(key) && value->starts_with('"')
            && value->ends_with('"'))
            value = value->substr(1, value->size() - 2);
}

/// Here the kernel would say no more than "invalid argument". ("lowerdir+": one layer each, Linux
/// 6.7.)
bool lacks_layers(Draft const& draft) {
    return draft.type == "overlay" && draft.action == Action::filesystem
           && std::ranges::none_of(draft.parameters, [](auto const& p) {
                  return p.second && (p.first == "lowerdir" || p.first == "lowerdir+");
              });
}

bool is_flag(std::string_view key) {
    auto const* const option = find(options, key);
    return option && option->effect == Effect::superblock;
}

std::string data_of(Draft const& draft) {
    std::string data;
    for (auto const& [key, value] : draft.parameters) {
        if (!value && is_flag(key)) continue; // it is in the flags
        if (!data.empty()) data += ',';
        data += key;
        if (value) data += is_label(key) ? text("=\"", *value, "\"") : "=" + *value;
    }
    return data;
}

void take_over_directory(Draft& draft) {
    // As in other runtimes: an image's /tmp keeps its 1777, its /run/lock its 755.
    if (!has(draft, "mode")) draft.take |= take_mode;
    if (!draft.copy_up) return;
    draft.take |= take_content;
    if (!has(draft, "uid") && !has(draft, "gid")) draft.take |= take_owner;
}

} // namespace

std::uint64_t mount_flags(Attributes const& here) {
    constexpr auto same =
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    static_assert(same == (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC));
    std::uint64_t flags = here.set & same;
    if (here.set & MOUNT_ATTR_NODIRATIME) flags |= MS_NODIRATIME;
    if (here.set & MOUNT_ATTR_NOSYMFOLLOW) flags |= MS_NOSYMFOLLOW;
    if (here.clear & MOUNT_ATTR__ATIME)
        flags |= here.set & MOUNT_ATTR_NOATIME       ? MS_NOATIME
                 : here.set & MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME
                                                     : MS_RELATIME;
    return flags;
}

Result<> complete_filesystem(Draft& draft, std::string_view mount_label, std::string_view at) {
    if (lacks_layers(draft))
        return fail(Kind::config, at, ": an overlay needs \"lowerdir=\", its layers");
    unquote_labels(draft);
    if (draft.action == Action::remount) {
        draft.flags |= mount_flags(draft.here);
        draft.data = data_of(draft);
    } else {
        if (draft.type == "tmpfs") take_over_directory(draft);
        add_label(draft, mount_label);
        bool const is_long = std::ranges::any_of(draft.parameters, [](auto const& p) {
            return p.first.size() > longest_value || (p.second && p.second->size() > longest_value);
        });
        // These have neither inode versions nor messages to silence. (procfs gets its pid namespace
        // by fsconfig(2); "cgroup" becomes the host's hierarchies.)
        bool const is_new = draft.type == "proc" || draft.type == "cgroup";
        bool const is_old = (draft.flags & (MS_I_VERSION | MS_SILENT)) || is_long;
        bool const read_only = draft.here.set & MOUNT_ATTR_RDONLY;
        if (is_old && !is_new) {
            draft.action = Action::old_filesystem;
            // MS_RDONLY of mount(2) makes both the new file system and its mount read-only.
            if (read_only) draft.flags |= MS_RDONLY;
            draft.data = data_of(draft);
        } else {
            draft.flags = 0;
            if (read_only) draft.parameters.emplace_back("ro", std::nullopt);
            draft.parameters.emplace(draft.parameters.begin(), "source", draft.source);
        }
    }
    if (draft.action != Action::filesystem) draft.parameters.clear();
    if (draft.data.size() > longest_data)
        return fail(Kind::config, at, ": longer than the ", longest_data,
                    " bytes that mount(2) reads");
    return {};
}

} // namespace davit::mounts
