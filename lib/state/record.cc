// SPDX-License-Identifier: Apache-2.0
// state/record.cc - the record's members in JSON. Runs in: parent.
#include "state/record.h"

#include "json/fields.h"
#include "json/json.h"
#include "spec/fields.h"

namespace davit::json {

template <>
inline constexpr auto fields<cgroup::Place> = list({
    field<&cgroup::Place::mount>("mount", "where the hierarchy is mounted"),
    field<&cgroup::Place::path>("path", "the container's group below it"),
    field<&cgroup::Place::v2>("v2", "a cgroup2 hierarchy"),
    field<&cgroup::Place::controllers>("controllers", "those of the hierarchy"),
    field<&cgroup::Place::made>("made", "davit made it", Need::always),
});

template <>
inline constexpr auto fields<systemd::Unit> = list({
    field<&systemd::Unit::name>("name", "the unit's"),
    field<&systemd::Unit::slice>("slice", "in which it is"),
    field<&systemd::Unit::user>("user", "of a user's systemd"),
    field<&systemd::Unit::started>("started", "by davit, which is to stop it"),
    field<&systemd::Unit::group>("group", "inode of its cgroup"),
});

template <>
inline constexpr auto fields<rdt::Place> = list({
    field<&rdt::Place::group>("group", "its directory"),
    field<&rdt::Place::monitor>("monitor", "directory of its monitoring group"),
    field<&rdt::Place::made>("made", "davit made the group", Need::always),
});

template <>
inline constexpr auto fields<rootfs::Cover> = list({
    field<&rootfs::Cover::path>("path", "the root's"),
    field<&rootfs::Cover::mount>("mount", "its id"),
});

template <>
inline constexpr auto fields<state::Identity> = list({
    field<&state::Identity::pid>("pid", "as the creator saw it"),
    field<&state::Identity::inode>("inode", "of its pidfd"),
    field<&state::Identity::start_time>("startTime", "clock ticks since boot"),
});

template <>
inline constexpr auto fields<state::Record> = list({
    field<&state::Record::format>("format", "of this record"),
    field<&state::Record::oci_version>("ociVersion", "of config.json"),
    field<&state::Record::id>("id", "the container's"),
    field<&state::Record::bundle>("bundle", "absolute path"),
    field<&state::Record::rootfs>("rootfs", "absolute path"),
    field<&state::Record::created>("created", "RFC 3339"),
    field<&state::Record::annotations>("annotations", "of config.json"),
    field<&state::Record::complete>("complete", "create has come to its end", Need::always),
    field<&state::Record::has_process>("hasProcess", "there is something to start", Need::always),
    field<&state::Record::new_namespaces>("newNamespaces",
                                          "those that create has made: CLONE_NEW*"),
    field<&state::Record::host_mounts>("hostMounts", "its root is a chroot"),
    field<&state::Record::keyring>("keyring", "its session keyring's serial number"),
    field<&state::Record::hooks>("hooks", "those of start and delete"),
    field<&state::Record::init>("init", "the container's process"),
    field<&state::Record::groups>("groups", "its cgroups"),
    field<&state::Record::unit>("unit", "of systemd, which made the cgroups"),
    field<&state::Record::device_rules>("deviceRules", "which devices it may use, as one number"),
    field<&state::Record::rdt>("rdt", "its resctrl groups"),
    field<&state::Record::cover>("cover", "its mount on the host, without a mount namespace"),
    field<&state::Record::seccomp_agent>("seccompAgent", "/linux/seccomp/listenerPath, if used"),
    field<&state::Record::seccomp_metadata>("seccompMetadata", "/linux/seccomp/listenerMetadata"),
});

} // namespace davit::json

namespace davit::state {

std::string to_json(Record const& record) { return json::write(record); }

Record reduced(Record const& record) {
    Record part;
    part.id = record.id;
    part.new_namespaces = record.new_namespaces;
    part.complete = true; // its reader knows no better, and may end all processes of its groups
    part.init = record.init;
    part.groups = record.groups;
    part.unit = record.unit;
    part.rdt = record.rdt;
    part.cover = record.cover;
    return part;
}

Result<Record> from_json(std::string_view text, std::string_view file) {
    return json::read<Record>(text, file);
}

} // namespace davit::state
