// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_update.cc - changing the limits of a live container's groups.
//
// Runs in: parent, under the container's lock. Kernel interface: cgroups(7). The kernel checks some
// files against others (quota and period, memory and memory plus swap). Which one must be written
// first depends on their present values: a line that fails with EINVAL is tried again later.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "parts/cgroup/bpf.h"
#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/changes.h"
#include "parts/cgroup/directories.h"
#include "parts/cgroup/files.h"
#include "sys/file.h"

namespace davit::cgroup {

namespace {

using Properties = std::vector<systemd::Property>;

constexpr std::string_view unified_member = "/linux/resources/unified/";

/// The lines of an update, in some groups.
class Update {
  public:
    Update(std::vector<Place> const& places, std::vector<CgroupFd> const& directories)
        : places_(places), directories_(directories) {}

    /// systemd writes to the same files once it hears: so davit reads their old values first. The
    /// files are written last, for what systemd can't express.
    Result<> tell(systemd::Unit const& unit, std::vector<systemd::Property> const& properties,
                  std::vector<Write> const& lines) {
        if (properties.empty()) return {};
        for (auto const& line : lines)
            if (auto content = get(directory(line), line.file.c_str()))
                before_.emplace(key(line), to_go_back_to(line, *std::move(content)));
        unit_ = &unit;
        if (std::ranges::find(properties, "DeviceAllow", &systemd::Property::name)
            != properties.end())
            rules_before_ = systemd::device_rules(unit).value_or(Properties());
        // If systemd refuses one, it may have taken others: the way back needs all.
        for (auto const& line : lines) remember(line);
        auto told = systemd::set_properties(unit, properties);
        if (!told) put_back();
        return told;
    }

    /// Writes all of them, or none.
    Result<> write(std::vector<Write> lines) {
        for (auto refused = Result<>(); !lines.empty();) {
            std::vector<Write> again;
            for (auto& line : lines) {
                auto const done = write(line);
                if (done) continue;
                auto error = story(line, done.error());
                if (done.error() != Errno{EINVAL}) return give_up(std::move(error));
                if (again.empty()) refused = std::move(error);
                again.push_back(std::move(line));
            }
            if (again.size() == lines.size()) return give_up(std::move(refused));
            lines = std::move(again);
        }
        return {};
    }

    void put_back() {
        std::reverse(ways_back_.begin(), ways_back_.end());
        auto lines = std::exchange(ways_back_, {});
        if (unit_) {
            std::vector<systemd::Line> told;
            for (auto const& w : lines) told.push_back({places_[w.group].v2, w.file, w.value});
            auto properties = systemd::limits(told).value_or(Properties());
            systemd::merge(properties, std::move(rules_before_));
            (void)systemd::set_properties(*unit_, properties);
        }
        for (auto rounds = lines.size(); !lines.empty() && rounds > 0; --rounds)
            std::erase_if(lines, [&](Write const& line) { return put(line).has_value(); });
    }

    /// The lines for these groups' files.
    std::vector<Write> applicable(std::vector<Write> const& lines) const {
        std::vector<Write> out;
        bool missing = false;
        for (auto const& line : lines) {
            if (line.when == When::reused) continue; // the container's own processes still use it
            if (line.when == When::instead && !std::exchange(missing, false)) continue;
            missing = line.when == When::if_there && !exists(line);
            if (!missing) out.push_back(line);
        }
        return out;
    }

  private:
    [[nodiscard]] int directory(Write const& line) const {
        return directories_[line.group].number();
    }
    [[nodiscard]] bool exists(Write const& line) const {
        return sys::faccessat2(directory(line), line.file.c_str(), F_OK, AT_SYMLINK_NOFOLLOW)
            .has_value();
    }
    [[nodiscard]] Sys<> put(Write const& line) const {
        return cgroup::put(directory(line), line.file.c_str(), line.value);
    }

    using Key = std::pair<std::size_t, std::string>;
    static Key key(Write const& line) { return {line.group, line.file}; }

    /// An empty cpuset of v2 means that of the group above. While a process is in the group, the
    /// kernel doesn't let it become empty again (ENOSPC): its effective value is the nearest.
    [[nodiscard]] std::string to_go_back_to(Write const& line, std::string content) const {
        if (!stripped(content).empty() || !line.file.starts_with("cpuset.")) return content;
        auto effective = get(directory(line), (line.file + ".effective").c_str());
        return effective ? *std::move(effective) : content;
    }

    void remember(Write const& line) {
        auto const before = before_.find(key(line));
        // v1's devices.allow and .deny can't be read, and needn't be: each undoes the other.
        bool const is_known = before != before_.end() || line.file.starts_with("devices.");
        if (!is_known) return;
        auto back = way_back(line, before != before_.end() ? before->second : "");
        if (back) ways_back_.push_back(*std::move(back));
    }

    Sys<> write(Write const& line) {
        // Files that can only be written (memory.reclaim) have no old value.
        auto const now = get(directory(line), line.file.c_str());
        if (now && stripped(*now) == line.value && !line.member.starts_with(unified_member))
            return {};
        auto before = now ? std::optional(to_go_back_to(line, *now)) : std::nullopt;
        TRY(put(line));
        if (unit_) return {}; // it knows the way back
        if (before) before_.insert_or_assign(key(line), *std::move(before));
        remember(line);
        return {};
    }

    Result<> give_up(Result<> error) {
        put_back();
        return error;
    }

    [[nodiscard]] Result<> story(Write const& line, Errno e) const {
        auto error = fail_errno(e, "config.json: ", line.member, ": write ", quoted(line.value),
                                " to ", quoted_file(places_[line.group], line.file),
                                why_refused(directory(line), line.file, e));
        // v1 refuses a limit below what it can't reclaim. The words are runc's.
        if (e == Errno{EBUSY} && line.file == "memory.limit_in_bytes")
            error.error().story +=
                text(": unable to set memory limit to ", line.value,
                     " (current usage: ", number(line, "memory.usage_in_bytes"),
                     ", peak usage: ", number(line, "memory.max_usage_in_bytes"), ")");
        return error;
    }
    [[nodiscard]] std::string number(Write const& line, char const* file) const {
        auto const content = get(directory(line), file);
        return content ? std::string(stripped(*content)) : "unknown";
    }

    std::vector<Place> const& places_;
    std::vector<CgroupFd> const& directories_;
    std::map<Key, std::string> before_;
    std::vector<Write> ways_back_;
    systemd::Unit const* unit_ = nullptr; ///< set once it was told
    Properties rules_before_;             ///< its device rules before, if it was told others
};

} // namespace

Result<spec::Resources> Groups::complete(spec::Resources wanted) const {
    auto const present = [&](bool v2, std::string_view controller,
                             char const* file) -> std::optional<std::string> {
        for (std::size_t i = 0; i < places_.size(); ++i) {
            auto const& names = places_[i].controllers;
            if (places_[i].v2 != v2 || !directories_[i]
                || std::find(names.begin(), names.end(), controller) == names.end())
                continue;
            if (auto content = get(directories_[i].number(), file)) return *std::move(content);
        }
        return {};
    };
    auto const& memory = wanted.memory;
    // v1's kernel refuses it by itself; v2's would kill processes.
    if (memory.check_before_update == true && memory.limit.value_or(0) > 0)
        if (auto const content = present(true, "memory", "memory.current")) {
            auto const used = parse<std::int64_t>(stripped(*content));
            if (used && *memory.limit < *used)
                return fail(Kind::state,
                            "config.json: /linux/resources/memory/limit: ", *memory.limit,
                            " is below what is in use: ", *used);
        }
    return cgroup::complete(std::move(wanted), present);
}

Result<> Groups::update(Plan const& plan) const {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (!directories_[i])
            return fail(Kind::state, "the container's cgroup ", quoted_file(places_[i]),
                        " is gone");
        if (places_[i].v2) TRY(enable_controllers(places_[i], directories_[i], plan.needed));
    }
    Update update(places_, directories_);
    auto lines = update.applicable(plan.writes);
    auto const* const guard = plan.guard ? &*plan.guard : nullptr;
    auto const devices = [&](Result<>&& result) {
        return within(std::move(result), "config.json: /linux/resources/devices: ",
                      quoted_file(places_[guard->group]));
    };
    if (guard && !places_[guard->group].v2) {
        auto const list = TRY(context(get(directories_[guard->group].number(), "devices.list"),
                                      "read ", quoted_file(places_[guard->group], "devices.list")));
        for (auto& [file, line] : TRY(v1_device_changes(list, guard->table)))
            lines.push_back({guard->group, file, line, "/linux/resources/devices"});
    }
    if (plan.unit) TRY(update.tell(*plan.unit, plan.properties, lines));
    TRY(update.write(std::move(lines)));
    if (!guard || !places_[guard->group].v2) return {};
    auto const& group = directories_[guard->group];
    auto const program = assemble(guard->table);
    auto exchanged = devices(exchange(guard->table.allows_everything() ? nullptr : &program, group,
                                      plan.unit ? Others::expected : Others::unexpected));
    if (!exchanged) update.put_back();
    return exchanged;
}

} // namespace davit::cgroup
