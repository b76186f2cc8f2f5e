// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_layout.cc - how cgroups are mounted here.
//
// Runs in: parent. Kernel interface: statfs(2), /proc/self/cgroup, /proc/self/mountinfo. The latter
// can have thousands of lines: davit reads it only if /sys/fs/cgroup is unusual.
#include <linux/magic.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "parts/cgroup/layout.h"
#include "sys/file.h"
#include "sys/filesystem.h"

namespace davit::cgroup {

namespace {

constexpr char const* usual = "/sys/fs/cgroup";
constexpr ino_t top_group = 1; // kernfs' number for the top of a hierarchy

bool is(std::string const& path, long magic) {
    auto const st = sys::statfs(path.c_str());
    return st && st->f_type == magic;
}

/// Whether the mount shows the whole hierarchy, not a group of it as in a container.
bool shows_all(std::string const& mount) {
    auto const st = sys::fstatat(sys::cwd, mount.c_str(), 0);
    return st && st->st_ino == top_group;
}

/// mountinfo, read at most once and only if asked.
class Mounts {
  public:
    Result<std::vector<CgroupMount>> read() {
        if (!mounts_) {
            constexpr auto file = "/proc/self/mountinfo";
            mounts_ = parse_mountinfo(TRY(context(get(sys::cwd, file), "read ", quoted(file))));
        }
        return *mounts_;
    }

  private:
    std::optional<std::vector<CgroupMount>> mounts_;
};

bool serves(CgroupMount const& mount, std::vector<std::string> const& controllers) {
    if (mount.v2) return controllers.empty();
    if (controllers.empty()) return false;
    return std::all_of(controllers.begin(), controllers.end(), [&](auto& c) {
        return std::find(mount.options.begin(), mount.options.end(), c) != mount.options.end();
    });
}

/// Where the hierarchy of `m` is usually mounted.
std::string usual_place(Membership const& m, bool unified) {
    if (m.controllers.empty()) return unified ? usual : text(usual, "/unified");
    std::string name;
    for (auto const& c : m.controllers) name += text(name.empty() ? "" : ",", c);
    if (name.starts_with("name=")) name.erase(0, 5);
    return text(usual, '/', name);
}

/// The hierarchy of a membership, or nothing if it isn't mounted in this mount namespace.
Result<std::optional<Hierarchy>> find(Membership const& m, bool unified, Mounts& mounts) {
    bool const v2 = m.controllers.empty();
    Hierarchy h{m.controllers, usual_place(m, unified), clean_path(m.path), v2};
    if (is(h.mount, v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC)) {
        // At the top of the mount there is nothing to convert.
        if (h.own == "/" || shows_all(h.mount)) return h;
        for (auto const& mount : TRY(mounts.read()))
            if (mount.point == h.mount) h.own = seen_from(mount.root, m.path); // the last is on top
        return h;
    }
    for (auto const& mount : TRY(mounts.read()))
        if (serves(mount, m.controllers)) {
            h.mount = mount.point;
            h.own = seen_from(mount.root, m.path);
            return h;
        }
    return std::nullopt;
}

} // namespace

Result<Layout> read_layout() {
    Layout layout;
    Mounts mounts;
    bool const unified = is(usual, CGROUP2_SUPER_MAGIC);
    constexpr auto memberships = "/proc/self/cgroup";
    auto const content = get(sys::cwd, memberships);
    if (!content && content.error().value == ENOENT) return layout; // a kernel without cgroups
    bool v1 = false, v2 = false;
    for (auto const& m :
         parse_memberships(TRY(context(Sys<std::string>(content), "read ", quoted(memberships))))) {
        // On usual hosts there is no v1 mount below a v2 mount.
        if (unified && !m.controllers.empty()) continue;
        auto h = TRY(find(m, unified, mounts));
        if (!h) continue;
        if (h->v2) {
            auto const file = h->mount + "/cgroup.controllers";
            auto const names = TRY(context(get(sys::cwd, file.c_str()), "read ", quoted(file)));
            for (auto const line : split(names, '\n'))
                for (auto const name : split(line, ' '))
                    if (!name.empty()) h->controllers.emplace_back(name);
        }
        (h->v2 ? v2 : v1) = true;
        layout.hierarchies.push_back(*std::move(h));
    }
    layout.mode = v1 && v2 ? Mode::hybrid : v1 ? Mode::legacy : v2 ? Mode::unified : Mode::none;
    return layout;
}

void find_delegated(Layout& layout) {
    if (layout.mode != Mode::unified) return;
    auto& host = layout.hierarchies.front();
    // A process may be moved below a group if the caller may write its cgroup.procs.
    auto const is_ours = [&](std::string const& group) {
        auto const directory = host.mount + group;
        auto const processes = directory + "/cgroup.procs";
        return sys::faccessat2(sys::cwd, directory.c_str(), W_OK, AT_EACCESS)
               && sys::faccessat2(sys::cwd, processes.c_str(), W_OK, AT_EACCESS);
    };
    // The caller's own group holds processes: no group below it can have controllers.
    auto const above = host.own.substr(0, std::max<std::size_t>(host.own.rfind('/'), 1));
    if (is_ours(above))
        host.delegated = above;
    else if (is_ours(host.own))
        host.delegated = host.own;
}

} // namespace davit::cgroup
