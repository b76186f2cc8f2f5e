// SPDX-License-Identifier: Apache-2.0
// spec/example.cc - the document that `davit spec` writes: runc's, with davit's hostname.
// Runs in: parent.
#include "base/text.h"
#include "davit/config.h"

namespace davit {
namespace {

spec::Texts words(std::string_view s) {
    auto const pieces = split(s, ' ');
    return {pieces.begin(), pieces.end()};
}

spec::Process example_process() {
    spec::Process process;
    process.terminal = true;
    process.args = words("sh");
    process.env = words("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
                        "TERM=xterm");
    process.cwd = "/";
    auto& capabilities = process.capabilities.emplace();
    capabilities.bounding = words("CAP_AUDIT_WRITE CAP_KILL CAP_NET_BIND_SERVICE");
    capabilities.effective = capabilities.permitted = capabilities.bounding;
    process.rlimits = {{.type = "RLIMIT_NOFILE", .hard = 1024, .soft = 1024}};
    process.no_new_privileges = true;
    return process;
}

// A rootless container doesn't own the host's network namespace, so it can't mount a sysfs. Its
// user namespace doesn't map the gid of devpts.
struct Row {
    char const* destination;
    char const* type;
    char const* source;
    std::string_view options;
    enum { both, root, rootless } who = both;
};
constexpr Row mounts[] = {
    {"/proc", "proc", "proc", ""},
    {"/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=65536k"},
    {"/dev/pts", "devpts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620 gid=5",
     Row::root},
    {"/dev/pts", "devpts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620",
     Row::rootless},
    {"/dev/shm", "tmpfs", "shm", "nosuid noexec nodev mode=1777 size=65536k"},
    {"/dev/mqueue", "mqueue", "mqueue", "nosuid noexec nodev"},
    {"/sys", "sysfs", "sysfs", "nosuid noexec nodev ro", Row::root},
    {"/sys", "none", "/sys", "rbind nosuid noexec nodev ro", Row::rootless},
    {"/sys/fs/cgroup", "cgroup", "cgroup", "nosuid noexec nodev relatime ro"},
};

} // namespace

spec::Config example_config(bool rootless, bool unified_cgroups, std::uint32_t uid,
                            std::uint32_t gid) {
    using enum spec::NamespaceType;
    spec::Config config;
    config.oci_version = oci_version;
    config.process = example_process();
    config.root = {"rootfs", true};
    config.hostname = "davit";
    for (auto const& row : mounts)
        if (row.who == Row::both || (row.who == Row::rootless) == rootless)
            config.mounts.push_back(
                {row.destination, row.type, row.source, words(row.options), {}, {}});

    auto& linux = config.linux;
    auto const add = [&](spec::NamespaceType type) { linux.namespaces.push_back({type, {}}); };
    add(pid);
    if (!rootless) add(network);
    for (auto const type : {ipc, uts, mount}) add(type);
    if (unified_cgroups) add(cgroup);
    if (rootless) {
        add(user);
        linux.uid_mappings = {{.container_id = 0, .host_id = uid, .size = 1}};
        linux.gid_mappings = {{.container_id = 0, .host_id = gid, .size = 1}};
    } else {
        spec::DeviceRule deny_all;
        deny_all.access = "rwm";
        linux.resources.devices = {deny_all};
    }
    linux.masked_paths =
        words("/proc/acpi /proc/asound /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list "
              "/proc/timer_stats /proc/sched_debug /sys/firmware /proc/scsi");
    linux.readonly_paths = words("/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger");
    return config;
}

} // namespace davit
