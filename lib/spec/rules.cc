// SPDX-License-Identifier: Apache-2.0
// spec/rules.cc - the rules that several sections share. Runs in: parent.
#include "spec/rules.h"

#include <algorithm>

#include "json/describe.h"

namespace davit::spec {

std::unexpected<Error> wrong(Path const& at, std::string_view rule) {
    return fail(Kind::config, at.pointer(), ": ", rule);
}

std::unexpected<Error> wrong(Path const& at, std::string_view rule, std::string_view found) {
    return fail(Kind::config, at.pointer(), ": ", rule, ", found ", json::shortened(found));
}

std::unexpected<Error> wrong(Path const& at, std::string_view rule, std::int64_t found) {
    return fail(Kind::config, at.pointer(), ": ", rule, ", found ", found);
}

Result<> absolute(Path const& at, std::string_view path) {
    if (!path.starts_with('/')) return wrong(at, "must be an absolute path", path);
    return {};
}

Result<> absolute(Path const& at, Texts const& paths) {
    for (std::size_t i = 0; i < paths.size(); ++i) TRY(absolute({at, i}, paths[i]));
    return {};
}

Result<> device_number(Path const& at, std::int64_t major, std::int64_t minor) {
    if (major < 0 || major >= 1 << 12) return wrong({at, "major"}, "must be 0 to 4095", major);
    if (minor < 0 || minor >= 1 << 20) return wrong({at, "minor"}, "must be 0 to 1048575", minor);
    return {};
}

Result<> id_mappings(Path const& at, std::vector<IdMapping> const& mappings) {
    constexpr std::size_t most_extents = 340; // since Linux 4.15
    constexpr std::uint64_t invalid_id = 0xffff'ffff;
    if (mappings.size() > most_extents) return wrong(at, "must have at most 340 entries");
    auto const overlap = [](std::uint64_t a, std::uint64_t a_size, std::uint64_t b,
                            std::uint64_t b_size) { return a < b + b_size && b < a + a_size; };
    for (std::size_t i = 0; i < mappings.size(); ++i) {
        auto const& one = mappings[i];
        Path const here{at, i};
        if (one.size == 0) return wrong({here, "size"}, "must be at least 1");
        auto const first = std::max<std::uint64_t>(one.container_id, one.host_id);
        if (first + one.size > invalid_id) return wrong(here, "must end below id 4294967295");
        for (std::size_t j = 0; j < i; ++j) {
            auto const& other = mappings[j];
            if (overlap(one.container_id, one.size, other.container_id, other.size))
                return wrong({here, "containerID"}, "must not overlap an earlier entry");
            if (overlap(one.host_id, one.size, other.host_id, other.size))
                return wrong({here, "hostID"}, "must not overlap an earlier entry");
        }
    }
    return {};
}

Result<> number_list(Path const& at, std::string_view list) {
    if (!number_ranges(list))
        return wrong(at, "must be a list of numbers and ranges like \"0-3,7\"", list);
    return {};
}

bool has_namespace(Linux const& linux, NamespaceType type) {
    return std::ranges::any_of(linux.namespaces, [&](auto const& ns) { return ns.type == type; });
}

} // namespace davit::spec
