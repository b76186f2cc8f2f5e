// SPDX-License-Identifier: Apache-2.0
// parts/systemd/properties.cc - the properties of a container's unit. Runs in: parent; pure.
//
// org.freedesktop.systemd1(5), systemd.resource-control(5). Derived from the same lines that davit
// writes to the cgroup's files: so both always agree. After a `systemctl daemon-reload` systemd may
// write its files anew; that changes nothing.
#include <algorithm>
#include <limits>

#include "parts/cgroup/devices.h"
#include "parts/systemd/systemd.h"

namespace davit::systemd {

namespace {

constexpr auto infinity = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t second = 1'000'000;
constexpr std::uint64_t percent = second / 100; ///< of a CPU, in microseconds per second
constexpr std::uint64_t usual_period = 100'000; // the kernel's, in microseconds

using Properties = std::vector<Property>;

std::unexpected<Error> wrong(Line const& line) {
    return fail(Kind::config, quoted(line.value), " is no value for ", quoted(line.file));
}

std::optional<std::uint64_t> amount(std::string_view s) {
    if (s == "max" || s == "-1") return infinity;
    return parse<std::uint64_t>(s);
}

/// Microseconds of CPU time per second.
std::uint64_t per_second(std::uint64_t quota, std::uint64_t period) {
    if (quota > infinity / second) return infinity;
    return quota * second / (period ? period : usual_period);
}

/// The next whole percent: systemd keeps no fractions.
std::uint64_t rounded(std::uint64_t quota, std::uint64_t period) {
    auto const wanted = per_second(quota, period);
    if (wanted == infinity || wanted % percent == 0) return quota;
    return (wanted / percent + 1) * percent * (period ? period : usual_period) / second;
}

struct Quota {
    std::uint64_t quota = infinity;
    std::uint64_t period = 0; ///< 0: not set
};

/// "max 100000", "50000 100000", "50000".
std::optional<Quota> quota_of(std::string_view cpu_max) {
    auto const words = split(cpu_max, ' ');
    if (words.empty() || words.size() > 2) return {};
    auto const quota = amount(words[0]);
    auto const period = words.size() == 2 ? parse<std::uint64_t>(words[1]) : 0;
    if (!quota || !period) return {};
    return Quota{*quota, *period};
}

void set_quota(Quota const& q, Properties& out) {
    if (q.period) merge(out, {{"CPUQuotaPeriodUSec", dbus::uint64(q.period)}});
    merge(out, {{"CPUQuotaPerSecUSec", dbus::uint64(per_second(q.quota, q.period))}});
}

std::string trimmed(std::string_view s) {
    constexpr std::string_view space = " \t\n";
    auto const begin = std::min(s.find_first_not_of(space), s.size());
    auto const end = s.find_last_not_of(space);
    return std::string(s.substr(begin, end == s.npos ? 0 : end + 1 - begin));
}

struct Row {
    bool v2;
    std::string_view file;
    std::string_view property;
    /// Adds the line's meaning to `out`; false if it has none.
    bool (*add)(std::string_view property, std::string_view value, Properties& out);
};

bool add_amount(std::string_view property, std::string_view value, Properties& out) {
    auto const n = amount(value);
    if (n) merge(out, {{std::string(property), dbus::uint64(*n)}});
    return n.has_value();
}

/// Since systemd 253: older ones don't know that file, and so never write it.
bool add_zswap(std::string_view property, std::string_view value, Properties& out) {
    auto const n = amount(value);
    if (n) merge(out, {{std::string(property), dbus::uint64(*n), 253}});
    return n.has_value();
}

bool add_idle(std::string_view property, std::string_view value, Properties& out) {
    if (value == "1") merge(out, {{std::string(property), dbus::uint64(0), 252}});
    return value == "0" || value == "1";
}

bool add_set(std::string_view property, std::string_view value, Properties& out) {
    auto const ranges = number_ranges(value);
    if (!ranges) return false;
    std::string bits;
    for (auto const [first, last] : *ranges)
        for (auto n = first; n <= last; ++n) {
            constexpr unsigned most = 1U << 16; // CPUs: more than a kernel supports
            if (n >= most) return false;
            if (bits.size() <= n / 8) bits.resize(n / 8 + 1);
            bits[n / 8] = static_cast<char>(bits[n / 8] | 1 << n % 8);
        }
    merge(out, {{std::string(property), dbus::bytes(bits)}});
    return true;
}

bool add_io_weight(std::string_view property, std::string_view value, Properties& out) {
    if (value.starts_with("default ")) value.remove_prefix(8);
    // "8:0 100" is for one device: systemd leaves that alone unless it is told about one.
    return value.find(':') != value.npos || add_amount(property, value, out);
}

bool add_v2_quota(std::string_view, std::string_view value, Properties& out) {
    auto const quota = quota_of(value);
    if (quota) set_quota(*quota, out);
    return quota.has_value();
}

// systemd has no property for any other file, and leaves it alone.
constexpr Row rows[] = {
    {true, "memory.min", "MemoryMin", add_amount},
    {true, "memory.low", "MemoryLow", add_amount},
    {true, "memory.high", "MemoryHigh", add_amount},
    {true, "memory.max", "MemoryMax", add_amount},
    {true, "memory.swap.max", "MemorySwapMax", add_amount},
    {true, "memory.zswap.max", "MemoryZSwapMax", add_zswap},
    {true, "cpu.weight", "CPUWeight", add_amount},
    {true, "cpu.idle", "CPUWeight", add_idle},
    {true, "cpu.max", "", add_v2_quota},
    {true, "cpuset.cpus", "AllowedCPUs", add_set},
    {true, "cpuset.mems", "AllowedMemoryNodes", add_set},
    {true, "pids.max", "TasksMax", add_amount},
    {true, "io.weight", "IOWeight", add_io_weight},
    {false, "memory.limit_in_bytes", "MemoryLimit", add_amount},
    {false, "cpu.shares", "CPUShares", add_amount},
    {false, "pids.max", "TasksMax", add_amount},
    {false, "blkio.bfq.weight", "BlockIOWeight", add_amount},
};

constexpr std::string_view v1_quota = "cpu.cfs_quota_us", v1_period = "cpu.cfs_period_us";

Line* last_line(std::vector<Line>& lines, std::string_view file) {
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        if (!line->v2 && line->file == file) return &*line;
    return nullptr;
}

std::uint64_t v1_period_of(std::vector<Line>& lines) {
    auto const* const line = last_line(lines, v1_period);
    return line ? parse<std::uint64_t>(line->value).value_or(0) : 0;
}

dbus::Value allowed(std::string const& path, std::string const& access) {
    return dbus::structure({dbus::string(path), dbus::string(access)});
}

std::string letters(unsigned access) {
    std::string out;
    if (access & cgroup::may::read) out += 'r';
    if (access & cgroup::may::write) out += 'w';
    if (access & cgroup::may::mknod) out += 'm';
    return out;
}

} // namespace

std::vector<Property> unit_properties(Unit const& unit, std::string_view id) {
    Properties out = {{"Description", dbus::string(text("davit container ", id))}};
    if (unit.is_slice()) {
        out.push_back({"Wants", dbus::array("s", {dbus::string(unit.slice)})});
    } else {
        out.push_back({"Slice", dbus::string(unit.slice)});
        out.push_back({"Delegate", dbus::boolean(true)});
    }
    // systemd forgets the unit once it is empty, however it ended: perhaps no process will ask for
    // that.
    out.push_back({"CollectMode", dbus::string("inactive-or-failed")});
    for (auto const* name :
         {"MemoryAccounting", "CPUAccounting", "IOAccounting", "TasksAccounting"})
        out.push_back({name, dbus::boolean(true)});
    out.push_back({"DefaultDependencies", dbus::boolean(false)});
    return out;
}

void agree(std::vector<Line>& lines) {
    auto const old_period = v1_period_of(lines);
    for (auto& line : lines) {
        auto const value = trimmed(line.value);
        if (line.file == "pids.max" && value == "0") {
            line.value = "1";
        } else if (line.v2 && line.file == "cpu.max") {
            auto const q = quota_of(value);
            if (q && q->quota != infinity)
                line.value =
                    text(rounded(q->quota, q->period), q->period ? text(' ', q->period) : "");
        } else if (!line.v2 && line.file == v1_quota) {
            auto const quota = amount(value);
            if (quota && *quota != infinity) line.value = text(rounded(*quota, old_period));
        }
    }
}

Result<std::vector<Property>> limits(std::span<Line const> lines) {
    Properties out;
    std::optional<Quota> v1;
    for (auto const& line : lines) {
        auto const value = trimmed(line.value);
        if (!line.v2 && (line.file == v1_quota || line.file == v1_period)) {
            auto const n = amount(value);
            if (!n) return wrong(line);
            if (!v1) v1.emplace();
            (line.file == v1_quota ? v1->quota : v1->period) = *n;
        }
        for (auto const& row : rows)
            if (row.v2 == line.v2 && row.file == line.file && !row.add(row.property, value, out))
                return wrong(line);
    }
    if (v1) set_quota(*v1, out);
    return out;
}

std::vector<Property> devices(cgroup::DeviceTable const& table) {
    auto const of_type = [](char type) { return type == 'b' ? "block" : "char"; };
    auto const rows = cgroup::without_redundant_rows(table).rows;
    bool const everything = table.allows_everything();
    std::vector<dbus::Value> list;
    for (auto const& row : rows) {
        if (row.access == 0 || everything) continue;
        // systemd can't express "any major, this minor": allows all of the type.
        auto const path = row.major == cgroup::any_number ? text(of_type(row.type), "-*")
                          : row.minor == cgroup::any_number
                              ? text(of_type(row.type), '-', row.major)
                              : text("/dev/", of_type(row.type), '/', row.major, ':', row.minor);
        list.push_back(allowed(path, letters(row.access)));
    }
    return {{"DevicePolicy", dbus::string(everything ? "auto" : "strict")},
            {"DeviceAllow", dbus::array("(ss)", std::move(list))}};
}

void merge(std::vector<Property>& into, std::vector<Property> more) {
    for (auto& property : more) {
        auto const same = std::ranges::find_if(into, [&](Property const& p) {
            return p.name == property.name && (p.since != 0) == (property.since != 0);
        });
        if (same == into.end())
            into.push_back(std::move(property));
        else
            *same = std::move(property);
    }
}

std::vector<Property> with_lists_emptied(std::vector<Property> properties) {
    Properties out;
    for (auto& property : properties) {
        if (property.value.type.starts_with("a(") && !property.value.items.empty())
            out.push_back({property.name, dbus::array(property.value.type.substr(1), {})});
        out.push_back(std::move(property));
    }
    return out;
}

void print(Unit const& unit, std::vector<Property> const& properties, std::string& out) {
    out += text(unit.user ? "the user's systemd: " : "systemd: ", unit.name, '\n');
    for (auto const& property : properties)
        out += text("    ", property.name, " = ", dbus::to_text(property.value),
                    property.since ? text(" (since systemd ", property.since, ")") : "", '\n');
}

} // namespace davit::systemd
