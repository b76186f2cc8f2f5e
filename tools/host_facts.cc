// SPDX-License-Identifier: Apache-2.0
// tools/host_facts.cc - what `davit doctor` knows of this machine and its user.
//
// proc(5), namespaces(7), cgroups(7), subuid(5). What can't be read counts as absent.
#include "host_facts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/version.h"
#include "davit/runtime.h"
#include "engines.h"
#include "owner.h"
#include "safe/whole_file.h"

namespace davit::cli {

namespace {

using Names = std::vector<std::string>;

// System calls that davit can't do without. `wrong` is an invalid argument for each of them.
struct SystemCall {
    char const* name;
    long number;
};
constexpr SystemCall calls[] = {
    {"openat2", SYS_openat2},       {"clone3", SYS_clone3},
    {"pidfd_open", SYS_pidfd_open}, {"close_range", SYS_close_range},
    {"fsopen", SYS_fsopen},         {"fsconfig", SYS_fsconfig},
    {"fsmount", SYS_fsmount},       {"open_tree", SYS_open_tree},
    {"move_mount", SYS_move_mount}, {"mount_setattr", SYS_mount_setattr},
    {"execveat", SYS_execveat},     {"pidfd_send_signal", SYS_pidfd_send_signal},
};
constexpr long wrong = -1;

constexpr char const* namespaces[] = {"pid", "net", "ipc", "uts", "mnt", "cgroup", "user", "time"};
// By the names of cgroup v2; v1 says blkio for io.
constexpr char const* controllers[] = {"cpu", "cpuset", "io", "memory", "pids"};

bool is_effective(cap_value_t capability) {
    auto* const own = ::cap_get_proc();
    auto value = CAP_CLEAR;
    if (own != nullptr) ::cap_get_flag(own, capability, CAP_EFFECTIVE, &value);
    ::cap_free(own);
    return value == CAP_SET;
}

Names words(std::string const& text) {
    Names found;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find_first_of(" \t\n,", at), text.size());
        if (end > at) found.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return found;
}

class FactReader {
  public:
    FactReader(HostFacts& facts, std::string const& prefix) : facts_(facts), prefix_(prefix) {}

    void look() {
        facts_.left_out = left_out;
        kernel();
        user();
        namespaces_of_kernel();
        cgroups();
        security();
        id_maps();
        file_systems();
        state_root();
        for (auto const& engine : engines()) facts_.engines.push_back(look_at(engine));
    }

  private:
    [[nodiscard]] std::string text(std::string const& path) const {
        auto read = safe::read_file(prefix_ + path);
        return read ? std::move(*read) : std::string();
    }
    [[nodiscard]] bool there(std::string const& path) const {
        return ::access((prefix_ + path).c_str(), F_OK) == 0;
    }
    /// Returns `otherwise` if there is no such sysctl.
    [[nodiscard]] unsigned long sysctl(std::string const& path, unsigned long otherwise) const {
        auto const value = text("/proc/sys/" + path);
        return value.empty() ? otherwise : std::strtoul(value.c_str(), nullptr, 10);
    }

    void kernel() {
        utsname name{};
        ::uname(&name);
        facts_.kernel = name.release;
        for (auto const& call : calls)
            if (::syscall(call.number, wrong, wrong, wrong, wrong, wrong, wrong) == -1
                && errno == ENOSYS)
                facts_.missing_calls.emplace_back(call.name);
        facts_.memfd_noexec = static_cast<unsigned>(sysctl("vm/memfd_noexec", 0));
    }

    void user() {
        facts_.uid = ::geteuid();
        facts_.user = user_name(text("/etc/passwd"), facts_.uid);
        facts_.admin = is_effective(CAP_SYS_ADMIN);
        facts_.resource = is_effective(CAP_SYS_RESOURCE);
        // The first user namespace maps all ids to themselves, in one extent.
        auto const map = words(text("/proc/self/uid_map"));
        facts_.own_user_namespace = !map.empty() && map != Names{"0", "0", "4294967295"};
    }

    void namespaces_of_kernel() {
        for (std::string const name : namespaces) {
            if (!there("/proc/self/ns/" + name)) facts_.missing_namespaces.push_back(name);
            if (sysctl("user/max_" + name + "_namespaces", 1) == 0)
                facts_.limited_namespaces.push_back(name);
        }
        facts_.userns_clone = sysctl("kernel/unprivileged_userns_clone", 1) != 0;
        facts_.apparmor_restricts = sysctl("kernel/apparmor_restrict_unprivileged_userns", 0) != 0;
    }

    [[nodiscard]] Names missing_from(Names const& available) const {
        Names missing;
        for (std::string const name : controllers)
            if (std::ranges::find(available, name) == available.end()
                && (name != "io" || std::ranges::find(available, "blkio") == available.end()))
                missing.push_back(name);
        return missing;
    }

    void cgroups() {
        struct statfs status{};
        auto const top = prefix_ + "/sys/fs/cgroup";
        if (::statfs(top.c_str(), &status) != 0) return;
        Names available;
        if (status.f_type == CGROUP2_SUPER_MAGIC) {
            facts_.cgroups = CgroupLayout::unified;
            available = words(text("/sys/fs/cgroup/cgroup.controllers"));
            facts_.undelegated = missing_from(words(
                text("/sys/fs/cgroup/user.slice/user-" + std::to_string(facts_.uid) + ".slice/user@"
                     + std::to_string(facts_.uid) + ".service/cgroup.controllers")));
        } else {
            for (std::string const name : {"cpu", "cpuset", "blkio", "memory", "pids"})
                if (there("/sys/fs/cgroup/" + name)) available.push_back(name);
            if (!available.empty() || there("/sys/fs/cgroup/devices"))
                facts_.cgroups =
                    there("/sys/fs/cgroup/unified") ? CgroupLayout::hybrid : CgroupLayout::v1;
            facts_.undelegated = missing_from({});
        }
        facts_.missing_controllers = missing_from(available);
        // For v1, one hierarchy stands for all: the tmpfs above them may well be read-only.
        auto const one = facts_.cgroups == CgroupLayout::unified || available.empty()
                             ? top
                             : top + "/" + available.front();
        struct statvfs flags{};
        facts_.cgroups_writable =
            ::statvfs(one.c_str(), &flags) == 0 && (flags.f_flag & ST_RDONLY) == 0;
    }

    void security() {
        facts_.lsms = text("/sys/kernel/security/lsm");
        if (facts_.lsms.empty() && text("/sys/module/apparmor/parameters/enabled").starts_with('Y'))
            facts_.lsms = "apparmor";
        if (facts_.lsms.empty() && there("/sys/fs/selinux/enforce")) facts_.lsms = "selinux";
        auto const actions = words(text("/proc/sys/kernel/seccomp/actions_avail"));
        auto const has = [&](char const* name) {
            return std::ranges::find(actions, name) != actions.end();
        };
        facts_.seccomp = has("errno");
        facts_.seccomp_log = has("log");
        facts_.seccomp_notify = has("user_notif");
        auto const known = features();
        if (!known || !known->linux) return;
        auto const& seccomp = known->linux->seccomp;
        facts_.seccomp_profiles = seccomp && seccomp->enabled.value_or(false);
        auto const& mounts = known->linux->mount_extensions;
        facts_.idmapped_mounts = mounts && mounts->idmap && mounts->idmap->enabled.value_or(false);
    }

    /// Looks for "name:first:count", by the user's name or number.
    [[nodiscard]] bool has_range(std::string const& file) const {
        auto const lines = "\n" + text(file);
        return lines.find("\n" + facts_.user + ":") != lines.npos
               || lines.find("\n" + std::to_string(facts_.uid) + ":") != lines.npos;
    }
    [[nodiscard]] IdTool tool(std::string const& name) const {
        for (auto const* directory : {"/usr/bin/", "/bin/", "/usr/local/bin/"}) {
            auto path = prefix_ + directory;
            path += name;
            struct stat status{};
            if (::stat(path.c_str(), &status) != 0) continue;
            bool const setuid = (status.st_mode & S_ISUID) != 0 && status.st_uid == 0;
            bool const capable = ::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
            return setuid || capable ? IdTool::usable : IdTool::unprivileged;
        }
        return IdTool::missing;
    }
    void id_maps() {
        facts_.subuid = has_range("/etc/subuid");
        facts_.subgid = has_range("/etc/subgid");
        facts_.newuidmap = tool("newuidmap");
        facts_.newgidmap = tool("newgidmap");
    }

    void file_systems() {
        auto const known = words(text("/proc/filesystems"));
        facts_.overlay = std::ranges::find(known, "overlay") != known.end();
        facts_.fuse = there("/dev/fuse");
        facts_.systemd = there("/run/systemd/system");
        facts_.bus = there("/run/systemd/private") || there("/run/dbus/system_bus_socket");
    }

    void state_root() {
        auto const path = prefix_ + facts_.state_path;
        struct stat status{};
        if (::stat(path.c_str(), &status) != 0) {
            if (!may_be_made(path)) facts_.state = StateRoot::unwritable;
            return;
        }
        bool const open = (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0;
        bool const foreign = status.st_uid != 0 && status.st_uid != facts_.uid;
        facts_.state = open || foreign                     ? StateRoot::others
                       : ::access(path.c_str(), W_OK) != 0 ? StateRoot::unwritable
                                                           : StateRoot::good;
    }

    /// Looks at the first directory above it that exists.
    static bool may_be_made(std::string path) {
        while (path.size() > 1) {
            path.resize(std::max<std::size_t>(path.rfind('/'), 1));
            if (::access(path.c_str(), F_OK) == 0) break;
        }
        return ::access(path.c_str(), W_OK) == 0;
    }

    [[nodiscard]] EngineFacts look_at(Engine const& engine) const {
        EngineFacts found{std::string(engine.name)};
        for (std::string const directory :
             {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/", "/bin/", "/sbin/"})
            found.installed |= there(directory + std::string(engine.program));
        auto const file = text(std::string(engine.file));
        auto const without = engine.remove(file);
        found.has_davit = without && *without != file;
        return found;
    }

    HostFacts& facts_;
    std::string const& prefix_;
};

} // namespace

HostFacts look_at_host(std::string const& state_path, std::string const& prefix) {
    HostFacts facts;
    facts.state_path = state_path;
    FactReader(facts, prefix).look();
    return facts;
}

} // namespace davit::cli
