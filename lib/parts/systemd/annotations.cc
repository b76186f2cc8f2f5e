// SPDX-License-Identifier: Apache-2.0
// parts/systemd/annotations.cc - the properties of config.json's annotations.
//
// Runs in: parent; pure. "org.systemd.property.TimeoutStopSec": "uint64 5", as in runc.
// systemd.unit(5), systemd.scope(5), systemd.kill(5), systemd.resource-control(5).
#include <algorithm>
#include <cmath>

#include "base/table.h"
#include "parts/systemd/systemd.h"

namespace davit::systemd {

namespace {

constexpr std::string_view prefix = "org.systemd.property.";
constexpr double million = 1e6;

struct Name {
    std::string_view name;
};

// What an annotation may set: only properties that affect the container's own unit. A pod's user
// may have written the annotations, and systemd obeys: it would give devices (DevicePolicy), put
// the unit or other processes elsewhere (Slice, PIDs), load programs (BPFProgram), start units of
// the host (Requires, Wants, OnFailure) or stop them (Conflicts). Of the orders only After, and
// those of DefaultDependencies, which CRI-O needs: the unit stops before shutdown.target starts, as
// every stop comes before a start. No unit of the host is ordered after a container's unit: so
// there is no cycle, for which systemd would drop jobs of other units. docs/annotations.md has this
// list, too.
constexpr auto allowed_names = table<Name>({
    {"Description"},
    {"Documentation"},
    {"CollectMode"},
    {"After"},
    {"PartOf"},
    {"DefaultDependencies"},
    {"TimeoutStopUSec"},
    {"RuntimeMaxUSec"},
    {"KillMode"},
    {"KillSignal"},
    {"SendSIGHUP"},
    {"Delegate"},
    {"CPUWeight"},
    {"StartupCPUWeight"},
    {"CPUShares"},
    {"CPUQuotaPerSecUSec"},
    {"CPUQuotaPeriodUSec"},
    {"AllowedCPUs"},
    {"AllowedMemoryNodes"},
    {"MemoryMin"},
    {"MemoryLow"},
    {"MemoryHigh"},
    {"MemoryMax"},
    {"MemorySwapMax"},
    {"MemoryZSwapMax"},
    {"MemoryZSwapWriteback"},
    {"MemoryLimit"},
    {"TasksMax"},
    {"IOWeight"},
    {"StartupIOWeight"},
    {"BlockIOWeight"},
    {"IODeviceWeight"},
    {"IOReadBandwidthMax"},
    {"IOWriteBandwidthMax"},
    {"IOReadIOPSMax"},
    {"IOWriteIOPSMax"},
    {"IODeviceLatencyTargetUSec"},
    {"ManagedOOMSwap"},
    {"ManagedOOMMemoryPressure"},
    {"ManagedOOMMemoryPressureLimit"},
});

std::string list_of_allowed() {
    std::string out;
    for (auto const& row : allowed_names) out += text(out.empty() ? "" : " ", row.name);
    return out;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// "TimeoutStopSec", not "USec" or "NSec".
bool ends_in_seconds(std::string_view name) {
    constexpr std::string_view ending = "Sec";
    if (!name.ends_with(ending) || name.size() == ending.size()) return false;
    char const before = name[name.size() - ending.size() - 1];
    return before >= 'a' && before <= 'z';
}

/// D-Bus wants microseconds, whatever number of seconds the annotation has.
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

Result<> must_agree(std::vector<Property> const& annotated, std::vector<Property> const& limits) {
    for (auto const& property : annotated) {
        auto const other = std::ranges::find_if(limits, [&](Property const& limit) {
            return limit.name == property.name && limit.value != property.value;
        });
        if (other != limits.end())
            return fail(Kind::config, "config.json: /annotations/", prefix, property.name, ": ",
                        dbus::to_text(property.value),
                        " contradicts /linux/resources, which makes it ",
                        dbus::to_text(other->value));
    }
    return {};
}

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
        property.value = TRY(within(dbus::parse_text(words), where));
        if (ends_in_seconds(name)) {
            name.replace(name.size() - 3, 3, "USec");
            property.value = TRY(within(microseconds(property.value), where));
        }
        if (!find(allowed_names, name))
            return fail(Kind::config, where, ": ", quoted(name),
                        " is no property that an annotation may set, since it may reach beyond "
                        "the container's own unit. Allowed (docs/annotations.md) are: ",
                        list_of_allowed());
        out.push_back(std::move(property));
    }
    return out;
}

} // namespace davit::systemd
