// SPDX-License-Identifier: Apache-2.0
// parts/mounts/filesystem_plan.cc - the options of a file system: as parameters for fsconfig(2),
// or, where those can't say it, as the flags and the one string of mount(2).
//
// Runs in: parent, pure. fsconfig(2), mount(2), mount_label of config-linux.md.
#include <algorithm>

#include "parts/mounts/options.h"
#include "parts/mounts/plan.h"

namespace davit::mounts {

namespace {

// fsconfig(2) refuses more; an overlay of a few layers has more. mount(2) reads one page.
constexpr std::size_t longest_value = 255;
constexpr std::size_t longest_data = 4095;

constexpr std::string_view label_keys[] = {"context", "defcontext", "fscontext", "rootcontext"};

bool is_label(std::string_view key) {
    return std::ranges::find(label_keys, key) != std::end(label_keys);
}

bool has(Draft const& draft, std::string_view key) {
    return std::ranges::any_of(draft.parameters, [&](auto const& p) { return p.first == key; });
}

/// The kernel has no one place for labels: proc and sysfs get theirs from the policy, cgroup file
/// systems are the host's, and mqueue is mounted already when we come: its root is labelled.
void add_label(Draft& draft, std::string_view label) {
    constexpr std::string_view unlabelled[] = {"cgroup", "cgroup2", "proc", "sysfs"};
    if (label.empty() || std::ranges::find(unlabelled, draft.type) != std::end(unlabelled)) return;
    if (draft.type == "mqueue")
        draft.label = label;
    else if (std::ranges::none_of(draft.parameters,
                                  [](auto const& p) { return is_label(p.first); }))
        draft.parameters.emplace_back("context", label);
}

/// mount(2) keeps the commas of a label apart by quotes, which fsconfig(2) would take as its part.
void unquote_labels(Draft& draft) {
    for (auto& [key, value] : draft.parameters)
        if (value && value->size() >= 2 && is_label(key) && value->starts_with('"')
            && value->ends_with('"'))
            value = value->substr(1, value->size() - 2);
}

/// The kernel would say no more than "invalid argument". ("lowerdir+": one layer each, Linux 6.7.)
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
        if (!value && is_flag(key)) continue; // stands in the flags
        if (!data.empty()) data += ',';
        data += key;
        if (value) data += is_label(key) ? text("=\"", *value, "\"") : "=" + *value;
    }
    return data;
}

void take_over_directory(Draft& draft) {
    // As other runtimes have it: an image's /tmp keeps its 1777, its /run/lock its 755.
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
        // These have neither versions nor messages. (procfs is told its pid namespace by
        // fsconfig(2), "cgroup" becomes what the host has.)
        bool const is_new = draft.type == "proc" || draft.type == "cgroup";
        bool const is_old = (draft.flags & (MS_I_VERSION | MS_SILENT)) || is_long;
        bool const read_only = draft.here.set & MOUNT_ATTR_RDONLY;
        if (is_old && !is_new) {
            draft.action = Action::old_filesystem;
            // mount(2) with MS_RDONLY makes a new file system read-only as well as its mount.
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
