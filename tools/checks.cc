// SPDX-License-Identifier: Apache-2.0
// tools/checks.cc - how `davit doctor` judges the facts. A new check is a row.
#include "checks.h"

#include <algorithm>
#include <cstdlib>

#include "base/result.h"

namespace davit::cli {

namespace {

using Facts = HostFacts const&;
using enum Verdict;

std::string joined(std::vector<std::string> const& names) {
    std::string text;
    for (auto const& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
}

Finding unless(bool good, Verdict otherwise, std::string if_good, std::string if_not) {
    return good ? Finding{ok, std::move(if_good)} : Finding{otherwise, std::move(if_not)};
}

Finding build(Facts f) {
    return unless(f.left_out.empty(), note, "whole", "built without " + f.left_out);
}
Finding kernel(Facts f) {
    char* end = nullptr;
    auto const major = std::strtoul(f.kernel.c_str(), &end, 10);
    auto const minor = *end == '.' ? std::strtoul(end + 1, nullptr, 10) : 0;
    bool const new_enough = major > 5 || (major == 5 && minor >= 14);
    return {new_enough ? ok : bad, "Linux " + f.kernel};
}
Finding system_calls(Facts f) {
    return unless(f.missing_calls.empty(), bad, "all there", "missing: " + joined(f.missing_calls));
}
bool has_no(std::vector<std::string> const& names, std::string_view name) {
    return std::ranges::find(names, name) == names.end();
}
// A profile for davit may allow what AppArmor restricts; davit can't see that here.
bool may_make_user_namespaces(Facts f) {
    return f.userns_clone && has_no(f.missing_namespaces, "user")
           && has_no(f.limited_namespaces, "user");
}
Finding privilege(Facts f) {
    if (f.uid != 0)
        return unless(false, may_make_user_namespaces(f) ? note : bad, "",
                      "user " + f.user
                          + (may_make_user_namespaces(f)
                                 ? ": containers in a user namespace"
                                 : " isn't root, and may not make user namespaces"));
    if (!f.admin) return {bad, "root without CAP_SYS_ADMIN"};
    if (f.own_user_namespace) return {note, "root of a user namespace"};
    return {ok, "root"};
}
Finding limits(Facts f) { return unless(f.resource, note, "any", "no CAP_SYS_RESOURCE"); }

bool vital(std::string const& name) { return name == "pid" || name == "mnt"; }

Finding namespaces(Facts f) {
    auto const& missing = f.missing_namespaces;
    return unless(missing.empty(), std::ranges::any_of(missing, vital) ? bad : note, "all there",
                  "missing: " + joined(missing));
}
Finding namespace_limits(Facts f) {
    auto const& limited = f.limited_namespaces;
    return unless(limited.empty(), std::ranges::any_of(limited, vital) ? bad : note, "above 0",
                  "0 for: " + joined(limited));
}
Finding userns_clone(Facts f) {
    return unless(f.userns_clone, note, "allowed", "kernel.unprivileged_userns_clone is 0");
}
Finding userns_apparmor(Facts f) {
    return unless(!f.apparmor_restricts, note, "unrestricted",
                  "kernel.apparmor_restrict_unprivileged_userns is 1");
}

Finding cgroups(Facts f) {
    constexpr char const* words[] = {"none mounted", "version 1", "hybrid (1 and 2)", "version 2"};
    std::string const found = words[static_cast<int>(f.cgroups)];
    if (f.cgroups == CgroupLayout::none) return {bad, found};
    return unless(f.cgroups_writable, bad, found, found + ", read-only");
}
Finding controllers(Facts f) {
    return unless(f.missing_controllers.empty(), note, "cpu cpuset io memory pids",
                  "missing: " + joined(f.missing_controllers));
}
Finding delegation(Facts f) {
    if (f.uid == 0) return {ok, "root needs none"};
    return unless(f.undelegated.empty(), note, "cpu cpuset io memory pids",
                  "not delegated to " + f.user + ": " + joined(f.undelegated));
}

Finding lsm(Facts f) {
    bool const any =
        f.lsms.find("apparmor") != f.lsms.npos || f.lsms.find("selinux") != f.lsms.npos;
    return unless(any, note, f.lsms, f.lsms.empty() ? "none to be seen" : f.lsms);
}
Finding seccomp(Facts f) {
    if (!f.seccomp) return {note, "the kernel has no filters"};
    if (!f.seccomp_profiles) return {note, "davit was built without libseccomp"};
    return unless(f.seccomp_log && f.seccomp_notify, note, "all actions",
                  "the kernel lacks the actions log or user_notif");
}

Finding sub_ids(Facts f) {
    if (f.uid == 0) return {ok, "root needs none"};
    return unless(f.subuid && f.subgid, note, "/etc/subuid and /etc/subgid have " + f.user,
                  f.user + " is missing in " + (f.subuid ? "/etc/subgid" : "/etc/subuid"));
}
Finding id_tools(Facts f) {
    if (f.uid == 0) return {ok, "root needs none"};
    auto const worst = std::min(f.newuidmap, f.newgidmap);
    constexpr char const* words[] = {"missing", "neither setuid nor with capabilities", "usable"};
    return {worst == IdTool::usable ? ok : note, words[static_cast<int>(worst)]};
}

Finding idmapped_mounts(Facts f) { return unless(f.idmapped_mounts, note, "yes", "no"); }
Finding overlay(Facts f) { return unless(f.overlay, note, "yes", "not known to the kernel (yet)"); }
Finding fuse(Facts f) { return unless(f.fuse, note, "/dev/fuse", "no /dev/fuse"); }
Finding systemd(Facts f) {
    if (!f.systemd) return {note, "isn't running"};
    return unless(f.bus, note, "running", "running, but its bus isn't there");
}
Finding memfd(Facts f) {
    return unless(f.memfd_noexec < 2, note, "allowed",
                  "vm.memfd_noexec is " + std::to_string(f.memfd_noexec));
}

Finding state(Facts f) {
    switch (f.state) {
    case StateRoot::absent: return {ok, f.state_path + ": made when it's needed"};
    case StateRoot::good: return {ok, f.state_path};
    case StateRoot::others: return {bad, f.state_path + " can be changed by others"};
    case StateRoot::unwritable: return {bad, f.state_path + " can't be written by " + f.user};
    }
    return {};
}

Finding engine(Facts f, char const* name) {
    auto const found = std::ranges::find(f.engines, name, &EngineFacts::name);
    if (found == f.engines.end() || !found->installed) return {ok, "not installed"};
    return unless(found->has_davit, note, "knows davit", "installed, doesn't know davit");
}

constexpr Check table[] = {
    {"build", build, "what these parts are for is refused, or missing",
     "build davit again without -Dseccomp=disabled and -Dshim=disabled"},
    {"kernel", kernel, "davit needs Linux 5.14 or newer",
     "boot a newer kernel: Debian 12, Ubuntu 22.04, RHEL 9 have one"},
    {"system calls", system_calls, "davit can't make containers without them",
     "if this is inside a container: run that one with --security-opt seccomp=unconfined"},
    {"privilege", privilege, "config.json must ask for a user namespace, if one may be made",
     "davit spec --rootless, or sudo davit …; inside a container: run it with --privileged"},
    {"resource limits", limits,
     "config.json can't raise rlimits above davit's own, nor lower oom_score_adj",
     "if this is inside a container: run that one with --cap-add SYS_RESOURCE"},
    {"namespaces", namespaces, "a config.json that asks for one of them is refused",
     "a kernel with CONFIG_PID_NS, CONFIG_USER_NS, …"},
    {"namespace limits", namespace_limits, "a config.json that asks for one of them is refused",
     "sysctl -w user.max_user_namespaces=15000   # and the like for the others"},
    {"users' namespaces", userns_clone, "only root can make user namespaces",
     "sysctl -w kernel.unprivileged_userns_clone=1"},
    {"AppArmor's gate", userns_apparmor,
     "without a profile that allows it, only root can make user namespaces",
     "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
    {"cgroups", cgroups, "containers get a cgroup each, which can't be made",
     "mount -t cgroup2 cgroup2 /sys/fs/cgroup   # inside a container: --cgroupns=private, rw"},
    {"controllers", controllers, "limits of theirs in config.json are refused",
     "the kernel's command line: cgroup_enable=memory"},
    {"delegation", delegation, "a user's containers can't have these limits",
     "systemctl edit user@.service   # [Service] Delegate=cpu cpuset io memory pids"},
    {"security module", lsm, "apparmorProfile and selinuxLabel in config.json can't be applied",
     ""},
    {"seccomp", seccomp, "profiles (engines have one by default) are refused, or some actions",
     "a kernel with CONFIG_SECCOMP_FILTER; apt install libseccomp-dev, and build davit again"},
    {"subordinate ids", sub_ids, "a user's containers have one user only",
     "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER"},
    {"newuidmap", id_tools, "a user's containers have one user only", "apt install uidmap"},
    {"idmapped mounts", idmapped_mounts, "uidMappings of mounts in config.json are refused", ""},
    {"overlay", overlay, "engines can't share the layers of images", "modprobe overlay"},
    {"fuse", fuse, "users' engines can't use fuse-overlayfs", "modprobe fuse"},
    {"systemd", systemd, "--systemd-cgroup is refused: engines must use cgroupfs", ""},
    {"executable memfd", memfd, "each create takes some microseconds more",
     "sysctl -w vm.memfd_noexec=0"},
    {"state directory", state, "davit refuses to work there",
     "chown root DIR && chmod 0700 DIR; a user: set XDG_RUNTIME_DIR; or davit --root ANOTHER"},
    {"containerd", [](Facts f) { return engine(f, "containerd"); },
     "its containers are run by another program", "davit setup containerd --apply"},
    {"Podman", [](Facts f) { return engine(f, "podman"); },
     "its containers are run by another program", "davit setup podman --apply"},
    {"Docker", [](Facts f) { return engine(f, "docker"); },
     "its containers are run by another program", "davit setup docker --apply"},
    {"CRI-O", [](Facts f) { return engine(f, "crio"); },
     "its containers are run by another program", "davit setup crio --apply"},
};

} // namespace

std::span<Check const> checks() { return table; }

} // namespace davit::cli
