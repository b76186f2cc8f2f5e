// SPDX-License-Identifier: Apache-2.0
// parts/lsm/host.cc - which security modules this kernel has enabled. Runs in: parent.
// Kernel interface: Documentation/admin-guide/LSM/apparmor.rst, SELinux.rst.
#include "parts/lsm/host.h"

#include <linux/magic.h>

#include <string_view>

#include "safe/procfs.h"
#include "sys/filesystem.h"

namespace davit::lsm {

namespace {

/// SELinux answers even before a policy is loaded: then all labels are "kernel" and mean nothing.
bool has_policy() {
    auto const proc = safe::Procfs::open();
    if (!proc) return false;
    auto const current = proc->open_own("attr/current", O_RDONLY);
    if (!current) return false;
    char label[16];
    auto const size = sys::read(current->number(), label, sizeof label);
    if (!size) return false;
    std::string_view found(label, *size);
    found = found.substr(0, found.find_first_of(std::string_view("\n\0", 2)));
    return !found.empty() && found != "kernel";
}

} // namespace

bool apparmor_enabled(char const* parameter) {
    auto const file = sys::openat(sys::cwd, parameter, O_RDONLY);
    char answer = 'N';
    return file && sys::read(file->number(), &answer, 1) && answer == 'Y';
}

bool selinux_enabled(char const* selinuxfs) {
    auto const fs = sys::statfs(selinuxfs);
    return fs && fs->f_type == SELINUX_MAGIC && has_policy();
}

Facts read_facts(spec::Config const& config) {
    Facts facts;
    if (config.process && !config.process->apparmor_profile.empty())
        facts.apparmor = apparmor_enabled();
    if ((config.process && !config.process->selinux_label.empty())
        || !config.linux.mount_label.empty())
        facts.selinux = selinux_enabled();
    return facts;
}

} // namespace davit::lsm
