// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/host_support.cc - what can be had of the specification. Runs in: parent.
// features-linux.md#seccomp, seccomp(2).
#include "parts/seccomp/host.h"
#include "spec/names.h"
#include "sys/seccomp.h"

namespace davit::seccomp {

namespace {

template <class E>
spec::Texts all_names() {
    spec::Texts names;
    for (auto const& row : json::names<E>) names.emplace_back(row.name);
    return names;
}

} // namespace

Support support() {
    Support s;
    s.enabled = !libseccomp_version().empty() && sys::seccomp_action_available(SECCOMP_RET_ERRNO);
    s.actions = all_names<spec::SeccompAction>();
    s.operators = all_names<spec::SeccompOperator>();
    s.archs = all_names<spec::SeccompArch>();
    s.known_flags = all_names<spec::SeccompFlag>();
    for (auto const& row : json::names<spec::SeccompFlag>) {
        auto flags = static_cast<unsigned>(row.value);
        if (flags == static_cast<unsigned>(spec::SeccompFlag::wait_killable_recv))
            flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER; // it means nothing alone
        if (sys::seccomp_probe_flags(flags) == Errno{EFAULT})
            s.supported_flags.emplace_back(row.name);
    }
    return s;
}

} // namespace davit::seccomp
