// SPDX-License-Identifier: Apache-2.0
// parts/systemd/annotations.cc - properties that config.json's annotations name.
//
// Runs in: parent; pure. "org.systemd.property.TimeoutStopSec": "uint64 5", as runc has it.
#include <algorithm>
#include <cmath>

#include "parts/systemd/systemd.h"

namespace davit::systemd {

namespace {

constexpr std::string_view prefix = "org.systemd.property.";
constexpr double million = 1e6;

/// Who goes into the unit, to be killed with it, is never an annotation's to say: a pod's user may
/// be its author.
bool names_processes(std::string_view name) { return name == "PIDs" || name == "PIDFDs"; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// "TimeoutStopSec", not "USec" or "NSec".
bool ends_in_seconds(std::string_view name) {
    constexpr std::string_view ending = "Sec";
    if (!name.ends_with(ending) || name.size() == ending.size()) return false;
    char const before = name[name.size() - ending.size() - 1];
    return before >= 'a' && before <= 'z';
}

/// D-Bus has microseconds, whatever number of seconds was written.
Result<dbus::Value> microseconds(dbus::Value const& seconds) {
    bool const has_sign = seconds.type == "n" || seconds.type == "i" || seconds.type == "x";
    bool const is_number =
        has_sign || std::string_view("yqutd").find(seconds.type) != std::string_view::npos;
    if (!is_number) return fail(Kind::config, "expected a number of seconds");
    double const count = seconds.type == "d" ? dbus::floating_of(seconds)
                         : has_sign ? static_cast<double>(static_cast<std::int64_t>(seconds.number))
                                    : static_cast<double>(seconds.number);
    if (!(count >= 0) || count * million >= 0x1p64)
        return fail(Kind::config, "expected a number of seconds above 0");
    if (seconds.type == "d") return dbus::uint64(static_cast<std::uint64_t>(count * million));
    return dbus::uint64(seconds.number * 1'000'000);
}

} // namespace

Result<std::vector<Property>> annotated(spec::TextMap const& annotations) {
    std::vector<Property> out;
    for (auto const& [key, words] : annotations) {
        if (!key.starts_with(prefix)) continue;
        auto const where = text("config.json: /annotations/", key);
        Property property{key.substr(prefix.size()), {}};
        auto& name = property.name;
        if (name.size() < 3 || !std::ranges::all_of(name, is_letter))
            return fail(Kind::config, where, ": no property of systemd can be named ",
                        quoted(name));
        if (names_processes(name))
            return fail(Kind::config, where, ": a container's processes can't be named");
        property.value = TRY(within(dbus::parse_text(words), where));
        if (ends_in_seconds(name)) {
            name.replace(name.size() - 3, 3, "USec");
            property.value = TRY(within(microseconds(property.value), where));
        }
        out.push_back(std::move(property));
    }
    return out;
}

} // namespace davit::systemd
