// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/knobs.cc - reading the knob tables; conversions and lists that v1 and v2 share.
//
// Runs in: parent; pure.
#include "parts/cgroup/knobs.h"

#include <algorithm>
#include <cmath>

namespace davit::cgroup {

namespace {

constexpr std::string_view resources = "/linux/resources/";

std::vector<Setting> settings(std::span<Knob const> knobs,
                              void (*lists)(spec::Resources const&, std::vector<Setting>&),
                              spec::Resources const& wanted) {
    std::vector<Setting> out;
    for (auto const& knob : knobs) {
        auto member = text(resources, knob.member);
        auto value = within(knob.wanted(wanted), "config.json: ", member);
        if (value && !*value) continue;
        auto& setting = out.emplace_back();
        setting.controller = knob.controller;
        setting.member = std::move(member);
        setting.file = knob.file;
        setting.when = knob.when;
        if (value)
            setting.value = **std::move(value);
        else
            setting.wrong = std::move(value).error();
    }
    lists(wanted, out);
    return out;
}

/// "64KB", "2MB", "1GB": the kernel's spelling of a page size. Other text could name another file.
bool is_page_size(std::string_view s) {
    auto const digits = std::min(s.find_first_not_of("0123456789"), s.size());
    auto const unit = s.substr(digits);
    return digits > 0 && s[0] != '0' && (unit == "KB" || unit == "MB" || unit == "GB");
}

} // namespace

Wanted limit(std::optional<std::int64_t> const& n, std::string_view unlimited) {
    if (!n) return std::nullopt;
    if (*n == -1) return std::string(unlimited);
    if (*n < 0) return fail(Kind::config, "expected a limit, or -1 for none, found ", *n);
    return text(*n);
}

Wanted memory_limit(std::optional<std::int64_t> const& n, std::string_view unlimited) {
    if (n && *n == 0) return std::nullopt;
    return limit(n, unlimited);
}

Result<> check_swap(spec::Memory const& m) {
    if (m.swap.value_or(0) <= 0 || m.limit == -1) return {};
    if (m.limit.value_or(0) <= 0)
        return fail(Kind::config, "memory plus swap can be limited only if memory is");
    if (*m.swap < *m.limit)
        return fail(Kind::config, "memory plus swap is less than the memory limit of ", *m.limit);
    return {};
}

bool frees_swap_too(spec::Memory const& memory) {
    return memory.limit == -1 && memory.swap.value_or(0) == 0;
}

std::string element(std::string_view list, std::size_t index, std::string_view member) {
    return text(resources, list, "/", index, "/", member);
}

std::uint64_t weight_of_shares(std::uint64_t shares) {
    if (shares <= 2) return 1;
    if (shares >= 262144) return 10000;
    // The exponent is the parabola in log2(shares) through three pairs: least, default, most.
    double const l = std::log2(static_cast<double>(shares));
    double const exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;
    return static_cast<std::uint64_t>(std::ceil(std::pow(10, exponent)));
}

std::uint64_t io_weight(std::uint16_t weight) {
    if (weight <= 10) return 1;
    return 1 + (std::uint64_t{std::min<std::uint16_t>(weight, 1000)} - 10) * 9999 / 990;
}

void hugetlb(spec::Resources const& wanted, std::string_view ending, std::vector<Setting>& out) {
    for (std::size_t i = 0; i < wanted.hugepage_limits.size(); ++i) {
        auto const& [size, limit] = wanted.hugepage_limits[i];
        auto const member = element("hugepageLimits", i, "limit");
        // The usage limit holds on every kernel; the reservation limit lets mmap fail early.
        out.push_back({"hugetlb", member, text("hugetlb.", size, ".", ending), text(limit)});
        out.push_back({"hugetlb", member, text("hugetlb.", size, ".rsvd.", ending), text(limit),
                       When::if_there});
    }
}

void rdma(spec::Resources const& wanted, std::vector<Setting>& out) {
    for (auto const& [device, limit] : wanted.rdma) {
        auto line = device;
        if (limit.hca_handles) line += text(" hca_handle=", *limit.hca_handles);
        if (limit.hca_objects) line += text(" hca_object=", *limit.hca_objects);
        out.push_back({"rdma", text(resources, "rdma/", device), "rdma.max", std::move(line)});
    }
}

spec::Resources meant_by(std::string_view oci_version, spec::Resources wanted) {
    constexpr unsigned minor_with_0 = 3; // the only major is 1
    auto const numbers = split(oci_version, '.');
    auto const minor = numbers.size() > 1 ? parse<unsigned>(numbers[1]) : std::nullopt;
    if (wanted.pids.limit == 0 && minor.value_or(0) < minor_with_0) wanted.pids.limit.reset();
    return wanted;
}

void doubt_path(spec::Linux const& linux, CgroupDriver driver, std::vector<std::string>& warnings) {
    auto const& path = linux.cgroups_path;
    bool const is_systemds =
        std::ranges::count(path, ':') == 2 && path.find('/') == std::string::npos;
    if (driver == CgroupDriver::fs && is_systemds)
        warnings.push_back(text("config.json: /linux/cgroupsPath: ", quoted(path),
                                " looks like systemd's slice:prefix:name, but is taken for a path: "
                                "--systemd-cgroup wasn't given"));
}

void doubt_devices(spec::Resources const& wanted, std::vector<std::string>& warnings) {
    for (std::size_t i = 0; i < wanted.devices.size(); ++i)
        if (auto const& letters = wanted.devices[i].access;
            letters.find_first_not_of("rwm") != std::string::npos)
            warnings.push_back(text("config.json: ", resources, "devices/", i, "/access: ",
                                    quoted(letters), ": only the letters r, w and m count"));
}

std::vector<Setting> v1_settings(spec::Resources const& wanted) {
    return settings(v1_knobs(), v1_lists, wanted);
}

std::vector<Setting> v2_settings(spec::Resources const& wanted) {
    return settings(v2_knobs(), v2_lists, wanted);
}

Result<> refuse_unsupported(spec::Resources const& wanted) {
    auto const refuse = [](Kind kind, std::string_view member, auto const&... why) {
        return fail(kind, "config.json: ", resources, member, ": ", why...);
    };
    auto const& memory = wanted.memory;
    if (memory.kernel && *memory.kernel != -1 && *memory.kernel != 0) // Docker writes 0 for nothing
        return refuse(Kind::unsupported, "memory/kernel", "Linux has no such limit since 5.16");
    auto const& io = wanted.block_io;
    constexpr auto no_leaf = "Linux has no leaf weights since 5.0";
    if (io.leaf_weight) return refuse(Kind::unsupported, "blockIO/leafWeight", no_leaf);
    for (std::size_t i = 0; i < io.weight_device.size(); ++i)
        if (io.weight_device[i].leaf_weight)
            return refuse(Kind::unsupported, text("blockIO/weightDevice/", i, "/leafWeight"),
                          no_leaf);
    // The kernel's io.weight accepts some of these values with another meaning.
    constexpr auto most_weight = 1000;
    if (io.weight.value_or(0) > most_weight)
        return refuse(Kind::config, "blockIO/weight", "expected 10 to 1000, found ", *io.weight);
    for (std::size_t i = 0; i < io.weight_device.size(); ++i)
        if (auto const weight = io.weight_device[i].weight; weight.value_or(0) > most_weight)
            return refuse(Kind::config, text("blockIO/weightDevice/", i, "/weight"),
                          "expected 10 to 1000, found ", *weight);
    // The kernel takes a rate of 0 as removal of the limit.
    struct {
        char const* name;
        std::vector<spec::ThrottleDevice> const& devices;
    } const throttles[] = {
        {"throttleReadBpsDevice", io.throttle_read_bps_device},
        {"throttleWriteBpsDevice", io.throttle_write_bps_device},
        {"throttleReadIOPSDevice", io.throttle_read_iops_device},
        {"throttleWriteIOPSDevice", io.throttle_write_iops_device},
    };
    for (auto const& [name, devices] : throttles)
        for (std::size_t i = 0; i < devices.size(); ++i)
            if (devices[i].rate == 0)
                return refuse(Kind::config, text("blockIO/", name, "/", i, "/rate"),
                              "expected a rate above 0");
    for (std::size_t i = 0; i < wanted.hugepage_limits.size(); ++i)
        if (auto const& size = wanted.hugepage_limits[i].page_size; !is_page_size(size))
            return refuse(Kind::config, text("hugepageLimits/", i, "/pageSize"),
                          "expected a size like \"2MB\", found ", quoted(size));
    for (auto const& [device, limit] : wanted.rdma)
        if (device.empty() || device.find_first_of(" \n\t") != std::string::npos)
            return refuse(Kind::config, "rdma", "no device can be named ", quoted(device));
    for (auto const& [name, priority] : wanted.network.priorities)
        if (name.empty() || name.find_first_of(" \n\t") != std::string::npos)
            return refuse(Kind::config, "network/priorities", "no interface can be named ",
                          quoted(name));
    return {};
}

} // namespace davit::cgroup
