// SPDX-License-Identifier: Apache-2.0
// parts/caps/init.cc - setting the capability sets. Runs in: init.
// Kernel interface: capset(2), prctl(2), capabilities(7).
#include "init/init.h"
#include "base/try.h"

namespace davit::caps {

namespace {
constexpr bool has(std::uint64_t set, unsigned capability) { return set >> capability & 1; }
constexpr std::uint64_t admin = std::uint64_t{1} << CAP_SYS_ADMIN;

/// Sets what the user's program begins with, and more.
Sys<> set(InitPlan const& caps, std::uint64_t more_effective, std::uint64_t more_permitted) {
    auto const effective = caps.effective | more_effective;
    auto const permitted = caps.permitted | more_permitted;
    __user_cap_data_struct halves[2];
    for (unsigned i = 0; i < 2; ++i) {
        halves[i].effective = static_cast<std::uint32_t>(effective >> 32 * i);
        halves[i].permitted = static_cast<std::uint32_t>(permitted >> 32 * i);
        halves[i].inheritable = static_cast<std::uint32_t>(caps.inheritable >> 32 * i);
    }
    return sys::capset(halves);
}
} // namespace

Sys<> drop_bounding(init::Init& init) {
    for (unsigned capability = 0; capability < 64; ++capability) {
        if (has(init.plan().caps.bounding, capability)) continue;
        auto const dropped = sys::prctl(PR_CAPBSET_DROP, capability);
        if (!dropped && dropped.error() == Errno{EINVAL}) return {}; // the kernel knows no more
        TRY(dropped);
        ++init.item;
    }
    return {};
}

Sys<> keep_across_user(init::Init&) {
    TRY(sys::prctl(PR_SET_KEEPCAPS, 1));
    return {};
}

Sys<> set_all(init::Init& init) {
    auto const& caps = init.plan().caps;
    TRY(set(caps, 0, init.plan().seccomp.when == seccomp::When::early ? admin : 0));
    TRY(sys::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL));
    for (unsigned capability = 0; capability < 64; ++capability)
        if (has(caps.ambient, capability))
            TRY(sys::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability));
    return {};
}

Sys<> raise_admin(init::Init& init) {
    auto const& caps = init.plan().caps;
    if (caps.effective & admin) return {};
    return set(caps, admin, admin);
}

Sys<> drop_admin(init::Init& init) {
    auto const& caps = init.plan().caps;
    if (caps.effective & admin) return {}; // the container has it
    return set(caps, 0, 0);
}

} // namespace davit::caps
