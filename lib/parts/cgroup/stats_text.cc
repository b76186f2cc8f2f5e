// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/stats_text.cc - the contents of the kernel's statistics files.
//
// Runs in: parent, pure. Strict about what a line must hold; ignores lines and keys that later
// kernels add.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "parts/cgroup/stats.h"

namespace davit::cgroup {

namespace {

std::string_view stripped(std::string_view s) {
    while (s.ends_with('\n') || s.ends_with(' ')) s.remove_suffix(1);
    return s;
}

/// Calls `take` for each line that isn't empty; returns its first Flaw.
template <class Take>
Flaw each_line(std::string_view content, Take const& take) {
    for (auto const line : split(content, '\n'))
        if (!stripped(line).empty())
            if (auto flaw = take(line)) return flaw;
    return {};
}

/// Takes the next word off `line`; empty at the end.
std::string_view word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    auto const found = line.substr(0, line.find(' '));
    line.remove_prefix(found.size());
    return found;
}

struct Pair {
    std::string_view key, value;
};
std::optional<Pair> pair(std::string_view text, char separator) {
    auto const at = text.find(separator);
    if (at == text.npos) return {};
    return Pair{text.substr(0, at), text.substr(at + 1)};
}

std::optional<Number> number(std::string_view text) {
    if (text == "max") return Stats::no_limit;
    if (text.starts_with('-')) {
        if (!parse<Number>(text.substr(1))) return {};
        return Number{0};
    }
    return parse<Number>(text);
}

bool put(std::string_view text, Number& into) {
    auto const value = number(text);
    if (value) into = *value;
    return value.has_value();
}

/// "0.12": the kernel writes two digits after the point.
std::optional<double> fraction(std::string_view text) {
    auto const both = pair(text, '.');
    if (!both || both->value.size() != 2) return {};
    auto const whole = parse<std::uint32_t>(both->key);
    auto const hundredths = parse<std::uint32_t>(both->value);
    if (!whole || !hundredths) return {};
    return (*whole * 100.0 + *hundredths) / 100.0;
}

Number times(Number value, Number unit) {
    auto constexpr most = std::numeric_limits<Number>::max();
    return value > most / unit ? most : value * unit;
}

} // namespace

Flaw read_number(std::string_view content, Number& into) {
    if (put(stripped(content), into)) return {};
    return content;
}

Flaw read_keys(std::string_view content, std::span<Key const> keys, Stats& stats) {
    return each_line(content, [&](std::string_view line) -> Flaw {
        auto const both = pair(stripped(line), ' ');
        if (!both) return line;
        auto const key = std::ranges::find(keys, both->key, &Key::name);
        if (key == keys.end()) return {};
        auto const value = number(both->value);
        if (!value) return line;
        key->member(stats) = times(*value, key->unit);
        return {};
    });
}

Flaw read_all_keys(std::string_view content, std::map<std::string, Number>& into) {
    return each_line(content, [&](std::string_view line) -> Flaw {
        auto const both = pair(stripped(line), ' ');
        if (!both || both->key.empty()) return line;
        if (!put(both->value, into[std::string(both->key)])) return line;
        return {};
    });
}

Flaw read_numbers(std::string_view content, std::vector<Number>& into) {
    auto rest = stripped(content);
    while (!rest.empty())
        if (auto const found = word(rest); !put(found, into.emplace_back())) return found;
    return {};
}

Flaw read_ranges(std::string_view content, std::vector<std::uint16_t>& into) {
    auto const ranges = number_ranges(stripped(content));
    if (!ranges) return content;
    for (auto const& [first, last] : *ranges) {
        if (last > std::numeric_limits<std::uint16_t>::max()) return content;
        for (auto n = first; n <= last; ++n) into.push_back(static_cast<std::uint16_t>(n));
    }
    return {};
}

Flaw read_usage_all(std::string_view content, Stats::Cpu& cpu) {
    bool is_header = true;
    return each_line(content, [&](std::string_view line) -> Flaw {
        if (std::exchange(is_header, false))
            return line.starts_with("cpu user system") ? Flaw() : line;
        auto rest = line;
        (void)word(rest); // the CPU's number: all are there, in order
        auto const user = number(word(rest));
        auto const system = number(word(rest));
        if (!user || !system) return line;
        cpu.each_user_ns.push_back(*user);
        cpu.each_system_ns.push_back(*system);
        return {};
    });
}

Flaw read_pressure(std::string_view content, Stats::Pressure& into) {
    return each_line(content, [&](std::string_view line) -> Flaw {
        auto rest = line;
        auto const name = word(rest);
        auto* const share = name == "some" ? &into.some : name == "full" ? &into.full : nullptr;
        if (!share) return {};
        for (auto item = word(rest); !item.empty(); item = word(rest)) {
            auto const both = pair(item, '=');
            if (!both) return line;
            auto const& [key, value] = *both;
            auto* const average = key == "avg10"    ? &share->avg10
                                  : key == "avg60"  ? &share->avg60
                                  : key == "avg300" ? &share->avg300
                                                    : nullptr;
            if (average) {
                auto const percent = fraction(value);
                if (!percent) return line;
                *average = *percent;
            } else if (key == "total" && !put(value, share->total_us)) {
                return line;
            }
        }
        return {};
    });
}

Flaw read_io_entries(std::string_view content, Stats::Io::Entries& into) {
    return each_line(content, [&](std::string_view line) -> Flaw {
        auto rest = stripped(line);
        auto const device = word(rest);
        if (device == "Total") return {};
        auto const numbers = pair(device, ':');
        auto const first = word(rest);
        auto const second = word(rest);
        Stats::Io::Entry entry;
        if (!second.empty()) entry.operation = first;
        if (!numbers || !put(numbers->key, entry.major) || !put(numbers->value, entry.minor)
            || !put(second.empty() ? first : second, entry.value))
            return line;
        into.push_back(std::move(entry));
        return {};
    });
}

Flaw read_io_devices(std::string_view content, std::vector<Stats::Io::Device>& into) {
    return each_line(content, [&](std::string_view line) -> Flaw {
        auto rest = stripped(line);
        auto const numbers = pair(word(rest), ':');
        Stats::Io::Device device;
        if (!numbers || !put(numbers->key, device.major) || !put(numbers->value, device.minor))
            return line;
        for (auto item = word(rest); !item.empty(); item = word(rest)) {
            auto const both = pair(item, '=');
            if (!both) continue; // blk-iocost and blk-iolatency may write bare words
            auto const& [key, value] = *both;
            auto* const member = key == "rbytes"   ? &device.read_bytes
                                 : key == "wbytes" ? &device.written_bytes
                                 : key == "rios"   ? &device.reads
                                 : key == "wios"   ? &device.writes
                                                   : nullptr;
            if (member && !put(value, *member)) return line;
        }
        into.push_back(device);
        return {};
    });
}

Flaw read_rdma(std::string_view content, std::vector<Stats::Rdma>& into) {
    return each_line(content, [&](std::string_view line) -> Flaw {
        auto rest = stripped(line);
        Stats::Rdma entry{std::string(word(rest))};
        for (auto item = word(rest); !item.empty(); item = word(rest)) {
            auto const both = pair(item, '=');
            auto const value = both ? number(both->value) : std::nullopt;
            if (!value) return line;
            auto const most = Number{std::numeric_limits<std::uint32_t>::max()};
            auto const fit = static_cast<std::uint32_t>(std::min(*value, most));
            if (both->key == "hca_handle") entry.handles = fit;
            if (both->key == "hca_object") entry.objects = fit;
        }
        into.push_back(std::move(entry));
        return {};
    });
}

} // namespace davit::cgroup
