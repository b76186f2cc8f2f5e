// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/plan.cc - decides the container's groups and the lines for their files.
//
// Runs in: parent; pure. Spec: config-linux.md#cgroups-path and the sections after it. A
// restriction that can't be enforced is an error, never dropped.
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/knobs.h"
#include "parts/users/plan.h"

namespace davit::cgroup {

namespace {

constexpr std::string_view devices_member = "/linux/resources/devices";
constexpr std::size_t nowhere = ~std::size_t{0};

bool has(std::vector<std::string> const& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string parent_of(std::string const& path) {
    auto const slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

/// Cleans `path` as if `start` were the root: no ".." leads above it.
Result<std::string> below(std::string const& start, std::string_view path) {
    auto const cleaned = clean_path(text('/', path));
    if (cleaned == "/" || cleaned.find_first_of(std::string_view("\0\n", 2)) != std::string::npos)
        return fail(Kind::config, "config.json: /linux/cgroupsPath: ", quoted(path),
                    " doesn't name a group");
    return start == "/" ? cleaned : start + cleaned;
}

Result<std::vector<Place>> places(std::string_view path, std::string_view id, Layout const& host) {
    std::vector<Place> out;
    for (auto const& h : host.hierarchies) {
        std::string start = "/";
        if (path.empty() || path[0] != '/')
            // On v2 the caller's own group holds processes, so it can't enable controllers.
            start = h.delegated ? *h.delegated : h.v2 ? parent_of(h.own) : h.own;
        auto at = TRY(below(start, path.empty() ? id : path));
        out.push_back({h.mount, std::move(at), h.v2, h.controllers});
    }
    return out;
}

/// The group for a setting. Files of the v2 core ("cgroup.…") are in every v2 group.
std::size_t group_of(Plan const& plan, bool v2, std::string_view controller) {
    for (std::size_t i = 0; i < plan.groups.size(); ++i) {
        auto const& g = plan.groups[i];
        if (g.v2 == v2 && (has(g.controllers, controller) || (v2 && controller == "cgroup")))
            return i;
    }
    return nowhere;
}

/// A row that only prepares, or that allows a missing file, need not find a group.
bool must_be_placed(Setting const& s) { return s.when != When::reused && s.when != When::if_there; }

Result<> place(Plan& plan, bool v2, std::vector<Setting> const& settings, spec::Texts& satisfied) {
    for (auto const& s : settings) {
        auto const group = group_of(plan, v2, s.controller);
        if (group == nowhere) continue;
        if (s.wrong) return std::unexpected(*s.wrong);
        if (s.when != When::reused) satisfied.push_back(s.member);
        if (v2 && s.controller != "cgroup" && !has(plan.needed, s.controller))
            plan.needed.push_back(s.controller);
        if (!plan.writes.empty()) {
            auto const& last = plan.writes.back();
            if (last.group == group && last.file == s.file && last.value == s.value
                && last.when == s.when)
                continue;
        }
        plan.writes.push_back({group, s.file, s.value, s.member, s.when});
    }
    return {};
}

Result<> all_satisfied(std::vector<Setting> const& settings, spec::Texts const& satisfied,
                       Plan const& plan) {
    for (auto const& s : settings) {
        if (!must_be_placed(s) || has(satisfied, s.member)) continue;
        if (s.member.starts_with("/linux/resources/unified/"))
            return fail(Kind::unsupported, "config.json: ", s.member,
                        ": this host has no cgroup v2 controller ", quoted(s.controller));
        for (auto const& g : plan.groups)
            if (has(g.controllers, s.controller))
                return fail(Kind::unsupported, "config.json: ", s.member, ": cgroup v",
                            g.v2 ? 2 : 1, " has no such limit");
        return fail(Kind::unsupported, "config.json: ", s.member, ": this host has no ",
                    s.controller, " cgroup controller");
    }
    return {};
}

Result<> limits(Plan& plan, spec::Resources const& wanted) {
    for (auto const& [file, value] : wanted.unified)
        // It becomes a file name in the group: it must not lead out of it.
        if (file.empty() || file[0] == '.'
            || file.find_first_of(std::string_view("/\0", 2)) != std::string::npos)
            return fail(Kind::config, "config.json: /linux/resources/unified: ", quoted(file),
                        " is no name of a cgroup file");
    TRY(refuse_unsupported(wanted));
    auto const v1 = v1_settings(wanted);
    auto const v2 = v2_settings(wanted);
    spec::Texts satisfied;
    TRY(place(plan, false, v1, satisfied));
    TRY(place(plan, true, v2, satisfied));
    TRY(all_satisfied(v1, satisfied, plan));
    return all_satisfied(v2, satisfied, plan);
}

/// The container's rules: the user's, beginning with "nothing is allowed", then the default ones;
/// also without a rule of the user, as in runc. linux.devices adds none: it makes nodes, and a rule
/// "c 10:229 r" beside such a node must not become "rwm".
Result<DeviceTable> container_devices(spec::Resources const& wanted) {
    auto rules = wanted.devices;
    auto const& defaults = default_device_rules();
    rules.insert(rules.end(), defaults.begin(), defaults.end());
    return device_table(rules);
}

/// The group that enforces device rules: the v1 controller's, else v2's.
std::size_t guard_of(Plan const& plan) {
    auto const v1 = group_of(plan, false, "devices");
    return v1 != nowhere ? v1 : group_of(plan, true, "cgroup");
}

constexpr auto no_guard = ": this host has no devices cgroup controller";

Result<> devices(Plan& plan, spec::Resources const& wanted, bool can_guard) {
    auto const table = TRY(container_devices(wanted));
    plan.device_rules = fingerprint(table);
    plan.unguarded = !can_guard && !wanted.devices.empty() && !table.allows_everything();
    if (!can_guard) return {};
    if (plan.unit) systemd::merge(plan.properties, systemd::devices(table));
    if (table.allows_everything()) return {}; // the groups above decide in any case
    auto const group = guard_of(plan);
    if (group == nowhere) {
        // Only the default rules could not be enforced, and the user didn't ask for them.
        if (wanted.devices.empty()) return {};
        return fail(Kind::unsupported, "config.json: ", devices_member, no_guard);
    }
    if (plan.groups[group].v2) {
        plan.guard = DeviceGuard{group, without_redundant_rows(table)};
        return {};
    }
    for (auto& [file, line] : TRY(v1_device_lines(table)))
        plan.writes.push_back({group, file, line, std::string(devices_member)});
    return {};
}

/// config-linux.md#cgroup-ownership: only on a pure v2 host, in a cgroup namespace of the
/// container's own, with a writable mount.
std::optional<std::uint32_t> owner(spec::Config const& config, Layout const& layout) {
    auto const is_writable = [](spec::Mount const& mount) {
        return mount.source == "cgroup" && mount.destination == "/sys/fs/cgroup"
               && !has(mount.options, "ro");
    };
    auto const& linux = config.linux;
    auto const made = [&](spec::NamespaceType type) {
        return std::ranges::any_of(linux.namespaces, [&](auto const& one) {
            return one.type == type && one.path.empty();
        });
    };
    if (layout.mode != Mode::unified || !config.process || !made(spec::NamespaceType::cgroup)
        || std::ranges::none_of(config.mounts, is_writable))
        return {};
    auto const user = config.process->user.uid;
    // For a joined user namespace only config.json's maps, if any, tell that id outside.
    bool const as_outside = std::ranges::none_of(
        linux.namespaces, [](auto const& one) { return one.type == spec::NamespaceType::user; });
    auto const outside =
        as_outside ? std::optional(user) : users::outside(linux.uid_mappings, user);
    if (outside == 0U) return {}; // root already owns it
    return outside;
}

/// Without groups there are no limits. Device rules are dropped, as crun's callers expect: engines
/// write them into every config.json.
Result<Plan> no_groups(spec::Resources const& wanted, std::string const& refused) {
    for (auto const& settings : {v1_settings(wanted), v2_settings(wanted)})
        for (auto const& setting : settings)
            if (must_be_placed(setting))
                return fail(refused.empty() ? Kind::unsupported : Kind::denied,
                            "config.json: ", setting.member, ": ",
                            refused.empty() ? "there are no limits without cgroups" : refused);
    Plan plan;
    plan.unguarded = !wanted.devices.empty();
    return plan;
}

/// Puts the groups at the same path in all hierarchies.
Result<> place_unit(Plan& plan, std::string_view path, std::string_view id, Layout const& layout,
                    systemd::Facts const& facts) {
    auto named = TRY(systemd::name_unit(path, id, facts));
    plan.unit = std::move(named.unit);
    plan.properties = systemd::unit_properties(*plan.unit, id);
    for (auto const& h : layout.hierarchies)
        plan.groups.push_back({h.mount, named.group, h.v2, h.controllers});
    return {};
}

/// Makes the written lines and systemd's properties equal.
Result<> tell_systemd(Plan& plan, spec::TextMap const& annotations) {
    std::vector<systemd::Line> lines;
    // systemd has just made the group: there is nothing to clear.
    std::erase_if(plan.writes, [](Write const& w) { return w.when == When::reused; });
    for (auto const& w : plan.writes) lines.push_back({plan.groups[w.group].v2, w.file, w.value});
    systemd::agree(lines);
    for (std::size_t i = 0; i < lines.size(); ++i) plan.writes[i].value = lines[i].value;
    auto limits = TRY(within(systemd::limits(lines), "config.json: /linux/resources"));
    auto annotated = TRY(systemd::annotated(annotations));
    TRY(systemd::must_agree(annotated, limits));
    systemd::merge(plan.properties, std::move(limits));
    systemd::merge(plan.properties, std::move(annotated));
    return {};
}

} // namespace

Result<Plan> plan(spec::Config const& config, std::string_view id, Layout const& layout,
                  Placement const& placement) {
    auto const& path = config.linux.cgroups_path;
    auto const wanted = meant_by(config.oci_version, config.linux.resources);
    bool const refused = !placement.refused.empty();
    bool const delegated = !layout.hierarchies.empty() && layout.hierarchies.front().delegated;
    if (refused && !path.empty() && !delegated)
        return fail(Kind::denied, "config.json: /linux/cgroupsPath: ", placement.refused);
    if (placement.driver == CgroupDriver::none || (refused && !delegated))
        return no_groups(wanted, placement.refused);
    // A user's systemd can delegate only what it has: nothing of v1, and no right to load BPF
    // programs.
    bool const by_users_systemd =
        placement.driver == CgroupDriver::systemd && placement.systemd.user;
    if (by_users_systemd && layout.mode != Mode::unified)
        return no_groups(wanted, "a user's systemd has no group of cgroup v1");
    Plan plan;
    if (placement.driver == CgroupDriver::systemd)
        TRY(place_unit(plan, path, id, layout, placement.systemd));
    else
        plan.groups = TRY(places(path, id, layout));
    // Devices first: they are the one limit that only serves security. A caller that may not load a
    // BPF program can give a container only devices that it may use itself.
    TRY(devices(plan, wanted, !refused && !by_users_systemd));
    TRY(limits(plan, wanted));
    if (plan.unit) TRY(tell_systemd(plan, config.annotations));
    plan.owner = owner(config, layout);
    return plan;
}

Result<Plan> plan_update(spec::Resources const& wanted, std::vector<Place> groups,
                         std::optional<systemd::Unit> unit, std::uint64_t device_rules) {
    Plan plan;
    if (groups.empty()) return no_groups(wanted, "the container has no cgroup");
    plan.groups = std::move(groups);
    plan.unit = std::move(unit);
    TRY(limits(plan, wanted));
    if (plan.unit) TRY(tell_systemd(plan, {}));
    if (wanted.devices.empty()) return plan;
    auto table = TRY(container_devices(wanted));
    plan.device_rules = fingerprint(table);
    // Callers repeat the container's own rules with each update (containerd's CRI does). Rules that
    // another program has added since, as NVIDIA's hook does, stay.
    if (plan.device_rules == device_rules) return plan;
    auto const group = guard_of(plan);
    if (group == nowhere) return fail(Kind::unsupported, "config.json: ", devices_member, no_guard);
    if (plan.unit) systemd::merge(plan.properties, systemd::devices(table));
    plan.guard = DeviceGuard{group, std::move(table)};
    return plan;
}

void print(Plan const& plan, std::string& out) {
    if (plan.unit) systemd::print(*plan.unit, plan.properties, out);
    if (plan.unguarded) out += "device rules are not enforced\n";
    for (std::size_t i = 0; i < plan.groups.size(); ++i) {
        auto const& g = plan.groups[i];
        out += text(g.v2 ? "cgroup2 " : "cgroup ", g.mount, g.path, '\n');
        if (i == 0 && plan.owner) out += text("    owned by ", *plan.owner, '\n');
        for (auto const& w : plan.writes) {
            if (w.group != i || w.when == When::reused) continue;
            bool const plain = std::all_of(w.value.begin(), w.value.end(),
                                           [](char c) { return c >= ' ' && c != 0x7f; });
            out += text("    ", w.file, " = ", plain ? w.value : quoted(w.value));
            if (w.when == When::if_there) out += " (if there)";
            if (w.when == When::instead) out += " (instead)";
            if (w.when == When::born) out += " (once the process is inside)";
            out += '\n';
        }
        if (!plan.guard || plan.guard->group != i) continue;
        out += "    device program:";
        for (auto const& row : plan.guard->table.rows)
            out += text(&row == &plan.guard->table.rows[0] ? " " : ", ", to_text(row));
        out += '\n';
    }
}

} // namespace davit::cgroup
