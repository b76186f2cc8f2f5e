// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/host_support.cc - which parts of the specification work here. Runs in: parent.
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

spec::SeccompFeatures support() {
    spec::Texts archs;
    for (auto const& row : json::names<spec::SeccompArch>)
        if (is_known(static_cast<spec::SeccompArch>(row.value))) archs.emplace_back(row.name);
    spec::Texts of_this_kernel;
    for (auto const& row : json::names<spec::SeccompFlag>) {
        auto flags = static_cast<unsigned>(row.value);
        if (flags == static_cast<unsigned>(spec::SeccompFlag::wait_killable_recv))
            flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER; // alone it has no effect
        if (sys::seccomp_probe_flags(flags) == Errno{EFAULT}) of_this_kernel.emplace_back(row.name);
    }
    return {.enabled =
                !libseccomp_version().empty() && sys::seccomp_action_available(SECCOMP_RET_ERRNO),
            .actions = all_names<spec::SeccompAction>(),
            .operators = all_names<spec::SeccompOperator>(),
            .archs = archs,
            .known_flags = all_names<spec::SeccompFlag>(),
            .supported_flags = of_this_kernel};
}

} // namespace davit::seccomp
