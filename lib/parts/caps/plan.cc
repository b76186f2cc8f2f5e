// SPDX-License-Identifier: Apache-2.0
// parts/caps/plan.cc - capability names, and the sets of config.json. Runs in: parent, pure.
#include "parts/caps/plan.h"

#include <iterator>

#include "base/text.h"

namespace davit::caps {

namespace {

// By number (capabilities(7), linux/capability.h). test/unit compares it with libcap's.
constexpr std::string_view names[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

std::uint64_t set_of(spec::Texts const& wanted, std::string_view which, std::uint64_t grantable,
                     std::vector<std::string>& warnings) {
    std::uint64_t set = 0;
    for (auto const& name : wanted) {
        auto const n = number(name);
        if (n && grantable >> *n & 1)
            set |= std::uint64_t{1} << *n;
        else
            warnings.push_back(text("config.json: /process/capabilities/", which, ": ",
                                    n ? "" : "unknown capability ", quoted(name),
                                    n ? " can't be granted: davit hasn't got it" : " ignored"));
    }
    return set;
}

} // namespace

std::optional<unsigned> number(std::string_view name) {
    for (unsigned i = 0; i < std::size(names); ++i)
        if (names[i] == name) return i;
    return {};
}

std::string_view name(unsigned number) {
    return number < std::size(names) ? names[number] : std::string_view{};
}

Inside plan(spec::Config const& config, std::uint64_t grantable,
            std::vector<std::string>& warnings) {
    Inside sets;
    if (!config.process || !config.process->capabilities) return sets;
    auto const& wanted = *config.process->capabilities;
    sets.bounding = set_of(wanted.bounding, "bounding", grantable, warnings);
    sets.effective = set_of(wanted.effective, "effective", grantable, warnings);
    sets.inheritable = set_of(wanted.inheritable, "inheritable", grantable, warnings);
    sets.permitted = set_of(wanted.permitted, "permitted", grantable, warnings);
    sets.ambient =
        set_of(wanted.ambient, "ambient", grantable, warnings) & sets.inheritable & sets.permitted;
    return sets;
}

} // namespace davit::caps
