// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/devices.cc - the meaning of a list of device rules, and its v1 spelling.
//
// Runs in: parent; pure. One meaning for v1 and v2: the last rule that names a device and an access
// decides. Refuses what v1 can't express; never approximates it.
#include "parts/cgroup/devices.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

namespace davit::cgroup {

namespace {

struct Pattern {
    std::int64_t major = any_number;
    std::int64_t minor = any_number;
    auto operator<=>(Pattern const&) const = default;
};

bool contains(std::int64_t outer, std::int64_t inner) {
    return outer == any_number || outer == inner;
}
bool contains(Pattern outer, Pattern inner) {
    return contains(outer.major, inner.major) && contains(outer.minor, inner.minor);
}
Pattern pattern_of(DeviceRow const& row) { return {row.major, row.minor}; }
bool contains(DeviceRow const& outer, DeviceRow const& inner) {
    return outer.type == inner.type && contains(pattern_of(outer), pattern_of(inner));
}

/// M:m, then M:*, then *:m, then *:*.
int generality(Pattern p) {
    return (p.major == any_number ? 2 : 0) + (p.minor == any_number ? 1 : 0);
}

struct Decision {
    Pattern pattern;
    unsigned access;
    bool allow;
};

unsigned access_bits(std::string_view letters) {
    unsigned bits = 0;
    for (char const c : letters) switch (c) {
        case 'r': bits |= may::read; break;
        case 'w': bits |= may::write; break;
        case 'm': bits |= may::mknod; break;
        default: break; // callers write "rwa": doubt_devices() warns
        }
    return bits;
}

std::optional<std::int64_t> number(std::optional<std::int64_t> const& n) {
    auto const value = n.value_or(any_number);
    auto const fits = value >= any_number && value < std::numeric_limits<std::uint32_t>::max();
    return fits ? std::optional(value) : std::nullopt;
}

Result<Decision> decision(spec::DeviceRule const& rule, std::size_t index) {
    auto const wrong = [&](std::string_view member, auto const&... why) {
        return fail(Kind::config, "config.json: /linux/resources/devices/", index, "/", member,
                    ": ", why...);
    };
    auto const major = number(rule.major);
    auto const minor = number(rule.minor);
    if (!major) return wrong("major", "expected a device number or -1, found ", *rule.major);
    if (!minor) return wrong("minor", "expected a device number or -1, found ", *rule.minor);
    auto bits = access_bits(rule.access);
    if (!bits && !rule.access.empty())
        return wrong("access", "expected letters of \"rwm\", found ", quoted(rule.access));
    if (!bits) {
        // An absent access means all, as for the other members; but a rule that allows must name
        // it.
        if (rule.allow) return wrong("access", "a rule that allows must say what");
        bits = may::all;
    }
    return Decision{{*major, *minor}, bits, rule.allow};
}

/// The patterns and their intersections: so each device has one most specific pattern.
std::vector<Pattern> closed(std::vector<Decision> const& decisions) {
    std::vector<Pattern> patterns{{any_number, any_number}};
    for (auto const& d : decisions) patterns.push_back(d.pattern);
    std::vector<std::int64_t> majors, minors;
    for (auto const& d : decisions) {
        if (generality(d.pattern) == 1) majors.push_back(d.pattern.major);
        if (generality(d.pattern) == 2) minors.push_back(d.pattern.minor);
    }
    for (auto const major : majors)
        for (auto const minor : minors) patterns.push_back({major, minor});
    std::sort(patterns.begin(), patterns.end(), [](Pattern a, Pattern b) {
        return generality(a) != generality(b) ? generality(a) < generality(b) : a < b;
    });
    patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
    return patterns;
}

unsigned decide(Pattern device, std::vector<Decision> const& decisions) {
    unsigned allowed = 0;
    for (auto const& d : decisions) {
        if (!contains(d.pattern, device)) continue;
        allowed = d.allow ? allowed | d.access : allowed & ~d.access;
    }
    return allowed;
}

/// The rows that v1 needs as exceptions (from "all denied" or "all allowed"); nothing if an
/// exception would be wider than another row inside it. v1 asks whether any exception matches: so
/// every row must have at least the accesses of the rows around it.
std::optional<std::vector<DeviceRow>> exceptions(DeviceTable const& table, bool from_allowed) {
    std::vector<DeviceRow> rows = table.rows;
    if (from_allowed)
        for (auto& row : rows) row.access = may::all & ~row.access;
    std::vector<DeviceRow> needed;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        bool said_already = rows[i].access == 0;
        for (auto const& outer : std::span(rows).subspan(i + 1)) {
            if (!contains(outer, rows[i])) continue;
            if (outer.access & ~rows[i].access) return {};
            said_already |= outer.access == rows[i].access;
        }
        if (!said_already) needed.push_back(rows[i]);
    }
    std::reverse(needed.begin(), needed.end()); // the general ones first, as people write them
    return needed;
}

} // namespace

bool DeviceTable::allows_everything() const {
    return std::all_of(rows.begin(), rows.end(), [](auto& r) { return r.access == may::all; });
}

Result<DeviceTable> device_table(std::vector<spec::DeviceRule> const& rules) {
    std::vector<Decision> of[2]; // characters, blocks
    for (std::size_t i = 0; i < rules.size(); ++i) {
        auto const d = TRY(decision(rules[i], i));
        if (rules[i].type != spec::DeviceRuleType::block) of[0].push_back(d);
        if (rules[i].type != spec::DeviceRuleType::character) of[1].push_back(d);
    }
    DeviceTable table;
    for (int t = 0; t < 2; ++t)
        for (auto const p : closed(of[t]))
            table.rows.push_back({t ? 'b' : 'c', p.major, p.minor, decide(p, of[t])});
    return table;
}

std::vector<spec::DeviceRule> const& default_device_rules() {
    using enum spec::DeviceRuleType;
    // To make a node is harmless while its use isn't allowed: the rules guard opening. The system
    // console 5:1 is not in the list: a container's /dev/console is a pseudo terminal.
    static std::vector<spec::DeviceRule> const rules{
        {true, character, {}, {}, "m"},                                    // any node may be made …
        {true, block, {}, {}, "m"},        {true, character, 1, 3, "rwm"}, // null
        {true, character, 1, 5, "rwm"},                                    // zero
        {true, character, 1, 7, "rwm"},                                    // full
        {true, character, 1, 8, "rwm"},                                    // random
        {true, character, 1, 9, "rwm"},                                    // urandom
        {true, character, 5, 0, "rwm"},                                    // tty
        {true, character, 5, 2, "rwm"},                                    // ptmx
        {true, character, 136, {}, "rwm"},                                 // pts/*
        {true, character, 10, 200, "rwm"}, // net/tun: acts in the network namespace of its opener
    };
    return rules;
}

DeviceTable without_redundant_rows(DeviceTable const& table) {
    std::vector<DeviceRow> kept; // in reverse: from the general to the specific
    std::vector<DeviceRow> wide; // those of them that may contain others
    for (auto row = table.rows.rbegin(); row != table.rows.rend(); ++row) {
        auto const around = std::find_if(wide.rbegin(), wide.rend(),
                                         [&](auto& outer) { return contains(outer, *row); });
        if (around != wide.rend() && around->access == row->access) continue;
        kept.push_back(*row);
        if (row->major == any_number || row->minor == any_number) wide.push_back(*row);
    }
    std::reverse(kept.begin(), kept.end());
    return {std::move(kept)};
}

std::uint64_t fingerprint(DeviceTable const& table) {
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a, by numbers instead of bytes
    for (auto const& row : table.rows)
        for (auto const n :
             {std::int64_t{row.type}, row.major, row.minor, std::int64_t{row.access}})
            hash = (hash ^ static_cast<std::uint64_t>(n)) * 0x100000001b3;
    return hash == 0 ? 1 : hash;
}

std::string to_text(DeviceRow const& row) {
    auto const n = [](std::int64_t v) { return v == any_number ? "*" : text(v); };
    std::string letters;
    if (row.access & may::read) letters += 'r';
    if (row.access & may::write) letters += 'w';
    if (row.access & may::mknod) letters += 'm';
    return text(row.type, ' ', n(row.major), ':', n(row.minor), ' ',
                letters.empty() ? "-" : letters);
}

Result<std::vector<std::pair<std::string, std::string>>> v1_device_lines(DeviceTable const& table) {
    std::vector<std::pair<std::string, std::string>> lines;
    for (bool const from_allowed : {false, true})
        if (auto const rows = exceptions(table, from_allowed)) {
            lines.emplace_back(from_allowed ? "devices.allow" : "devices.deny", "a");
            for (auto const& row : *rows)
                lines.emplace_back(from_allowed ? "devices.deny" : "devices.allow", to_text(row));
            return lines;
        }
    return fail(Kind::unsupported, "config.json: /linux/resources/devices: cgroup v1 can't except "
                                   "a device from a wider rule");
}

} // namespace davit::cgroup
