// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/files.cc - reading and writing the files of a cgroup, and walking sub-groups.
//
// Runs in: parent. Kernel interface: cgroups(7), xattr(7) (kernfs has trusted.* everywhere and
// user.* on cgroup2).
#include "parts/cgroup/files.h"

#include <dirent.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sys/file.h"
#include "sys/filesystem.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace davit::cgroup {

namespace {
// "user" for a davit that may not write "trusted": only the group's owner could forge it.
constexpr char const* marks[] = {"trusted.davit", "user.davit"};

Sys<std::vector<std::string>> subgroups(int directory) {
    std::vector<std::string> names;
    TRY(each_name(directory, [&](std::string_view name, unsigned char type) {
        if (type == DT_DIR && name != "." && name != "..") names.emplace_back(name);
    }));
    return names;
}
} // namespace

Sys<std::string> get(int directory, char const* file) {
    auto const fd = TRY(sys::openat(directory, file, O_RDONLY));
    std::string content(512, '\0');
    for (std::size_t size = 0;;) {
        auto const n = TRY(sys::read(fd.number(), content.data() + size, content.size() - size));
        size += n;
        if (n == 0) {
            content.resize(size);
            return content;
        }
        if (size == content.size()) content.resize(size * 4);
    }
}

Sys<> each_name(int directory, Named const& visit) {
    auto const fd = TRY(sys::openat(directory, ".", O_RDONLY | O_DIRECTORY));
    alignas(sys::DirectoryEntry) char buffer[16 * 1024];
    while (auto const size = TRY(sys::getdents64(fd.number(), buffer, sizeof buffer))) {
        for (std::size_t at = 0; at < size;) {
            unsigned short length;
            std::memcpy(&length, buffer + at + offsetof(sys::DirectoryEntry, length),
                        sizeof length);
            auto const type = buffer[at + offsetof(sys::DirectoryEntry, type)];
            visit(buffer + at + offsetof(sys::DirectoryEntry, name),
                  static_cast<unsigned char>(type));
            at += length;
        }
    }
    return {};
}

Sys<> put(int directory, char const* file, std::string_view line) {
    auto const fd = TRY(sys::openat(directory, file, O_WRONLY));
    return sys::write_once(fd.number(), line.data(), line.size());
}

bool has_line(std::string_view content, std::string_view line) {
    auto const lines = split(content, '\n');
    return std::ranges::find(lines, line) != lines.end();
}

bool has_gone(Errno e) { return e.value == ENOENT || e.value == ENODEV; }

bool is_freezer(Place const& place) {
    return !place.v2 && std::ranges::find(place.controllers, "freezer") != place.controllers.end();
}

std::string quoted_file(Place const& place, std::string_view file) {
    return quoted(text(place.mount, place.path, file.empty() ? "" : "/", file));
}

std::string why_refused(int group, std::string_view file, Errno e) {
    bool const is_bandwidth =
        file == "cpu.max" || file == "cpu.cfs_quota_us" || file == "cpu.cfs_period_us";
    if (is_bandwidth && e == Errno{EINVAL})
        return " (the kernel takes a quota from 1000 on, and a period from 1000 to 1000000)";
    bool const is_set = file == "cpuset.cpus" || file == "cpuset.mems";
    // EINVAL, ERANGE: no list, or a number that this machine lacks. EACCES: the group above lacks
    // it (v1).
    bool const is_about_value = e.value == EINVAL || e.value == ERANGE || e.value == EACCES;
    if (!is_set || !is_about_value) return {};
    auto const above = text("../", file);
    for (auto const& name : {above + ".effective", above}) // v2's, v1's
        if (auto const allowed = get(group, name.c_str()))
            return text(" (the cgroup above allows ", stripped(*allowed), ")");
    return {};
}

Sys<CgroupFd> open_group(int directory, std::string_view path) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    return sys::openat2<CgroupFd>(directory, path.empty() ? "." : std::string(path).c_str(),
                                  O_PATH | O_DIRECTORY,
                                  RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

Sys<> each_group_below(int top, Visit const& visit) {
    Sys<> result;
    auto here = TRY(sys::openat<CgroupFd>(top, ".", O_PATH | O_DIRECTORY));
    std::vector<std::vector<std::string>> levels; // names to visit, from the top to `here`
    auto const enter = [&](Sys<CgroupFd> group) {
        auto names = group ? subgroups(group->number())
                           : Sys<std::vector<std::string>>(std::unexpected(group.error()));
        if (!names && !has_gone(names.error())) result = std::unexpected(names.error());
        if (!names) return false;
        here = *std::move(group);
        levels.push_back(*std::move(names));
        return true;
    };
    auto const leave = [&] {
        if (auto const done = visit(here.number(), levels.back().back()); !done) result = done;
        levels.back().pop_back();
    };
    if (!enter(std::exchange(here, {}))) return result;
    for (;;) {
        if (!levels.back().empty()) {
            if (!enter(open_group(here.number(), levels.back().back()))) leave();
            continue;
        }
        levels.pop_back();
        if (levels.empty()) return result;
        // Never above `top`: a group can't move to another parent.
        here = TRY(sys::openat<CgroupFd>(here.number(), "..", O_PATH | O_DIRECTORY));
        leave();
    }
}

void mark_as_made(std::string const& directory) {
    for (auto const mark : marks)
        if (sys::setxattr(directory.c_str(), mark, "1", 1)) return;
    // Without a mark davit leaves it when it is empty, as it does with groups of other programs.
}

bool is_marked_as_made(std::string const& directory) {
    char value[8];
    for (auto const mark : marks)
        if (sys::getxattr(directory.c_str(), mark, value, sizeof value)) return true;
    return false;
}

void remove_made_parents(Place const& place) {
    auto path = place.path;
    for (;;) {
        path.resize(std::min(path.rfind('/'), path.size()));
        auto const directory = place.mount + path;
        // EBUSY: another container is in there; the davit that deletes that one removes it.
        if (path.empty() || !is_marked_as_made(directory)
            || !sys::unlinkat(sys::cwd, directory.c_str(), AT_REMOVEDIR))
            return;
    }
}

} // namespace davit::cgroup
