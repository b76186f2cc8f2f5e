// SPDX-License-Identifier: Apache-2.0
// parts/systemd/names.cc - the unit's name, its slice, its group. Runs in: parent; pure.
//
// systemd.unit(5), systemd.slice(5): "foo-bar.slice is a slice that is located within foo.slice".
#include <algorithm>

#include "parts/systemd/systemd.h"

namespace davit::systemd {

namespace {

constexpr std::string_view slice_ending = ".slice";
constexpr std::size_t longest_name = 255;

bool belongs(char c) {
    constexpr std::string_view marks = ":-_.\\@";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || marks.find(c) != marks.npos;
}

/// Escapes, as systemd-escape(1) does, the one character that an id may have and a unit may not.
std::string escaped(std::string_view id) {
    std::string out;
    for (char const c : id) out += c == '+' ? "\\x2b" : std::string(1, c);
    return out;
}

template <class... Parts>
std::unexpected<Error> wrong(Parts const&... parts) {
    return fail(Kind::config, "config.json: /linux/cgroupsPath: ", parts...);
}

/// "/a.slice/a-b.slice" of "a-b.slice", nothing of "-.slice".
Result<std::string> expand(std::string_view slice) {
    if (slice == "-.slice") return std::string();
    auto const name = slice.substr(0, slice.size() - std::min(slice.size(), slice_ending.size()));
    bool const ends_well = slice.ends_with(slice_ending) && std::ranges::all_of(slice, belongs);
    if (!ends_well || name.empty() || name.starts_with('-') || name.ends_with('-')
        || name.find("--") != name.npos)
        return wrong("invalid slice name: ", quoted(slice));
    std::string path;
    for (std::size_t dash = 0; dash != name.npos;) {
        dash = name.find('-', dash + 1);
        path += text('/', name.substr(0, dash), slice_ending);
    }
    return path;
}

} // namespace

Result<Named> name_unit(std::string_view cgroups_path, std::string_view id, Facts const& facts) {
    auto parts = split(cgroups_path, ':');
    if (parts.empty()) parts.assign(3, "");
    if (parts.size() != 3)
        return wrong("expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
                     "cgroups, got ",
                     quoted(cgroups_path), " instead");
    Named out;
    out.unit.user = facts.user;
    out.unit.slice = !parts[0].empty() ? parts[0] : facts.user ? "user.slice" : "system.slice";
    auto const slice = TRY(expand(out.unit.slice));
    if (parts[2].ends_with(slice_ending)) {
        out.unit.name = parts[2];
        out.group = facts.group + TRY(expand(out.unit.name));
        if (out.group == facts.group)
            return wrong(quoted(out.unit.name), " is not for a container");
        return out;
    }
    auto const prefix = cgroups_path.empty() ? "davit" : parts[1];
    auto const name = cgroups_path.empty() ? escaped(id) : std::string(parts[2]);
    out.unit.name = text(prefix, prefix.empty() ? "" : "-", name, ".scope");
    if (name.empty() || out.unit.name.size() > longest_name
        || !std::ranges::all_of(out.unit.name, belongs))
        return wrong("no unit of systemd can be named ", quoted(out.unit.name));
    out.group = text(facts.group, slice, '/', out.unit.name);
    return out;
}

} // namespace davit::systemd
