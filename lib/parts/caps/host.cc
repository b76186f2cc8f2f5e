// SPDX-License-Identifier: Apache-2.0
// parts/caps/host.cc - the parent's own capabilities. Runs in: parent.
// cap_get_proc(3), cap_get_flag(3), cap_get_bound(3).
#include "parts/caps/host.h"

#include <errno.h>
#include <sys/capability.h>

#include <memory>

namespace davit::caps {

namespace {

struct Free {
    void operator()(cap_t set) const { ::cap_free(set); }
};

std::uint64_t bits_of(cap_t set, cap_flag_t flag) {
    std::uint64_t bits = 0;
    for (cap_value_t capability = 0; capability < 64; ++capability) {
        cap_flag_value_t value = CAP_CLEAR;
        if (::cap_get_flag(set, capability, flag, &value) != 0) break; // libcap knows no more
        if (value == CAP_SET) bits |= std::uint64_t{1} << capability;
    }
    return bits;
}

} // namespace

Sys<Own> own() {
    std::unique_ptr<_cap_struct, Free> const set(::cap_get_proc());
    if (!set) return std::unexpected(Errno{errno});
    return Own{bits_of(set.get(), CAP_EFFECTIVE), bits_of(set.get(), CAP_PERMITTED)};
}

bool is_known_to_kernel(unsigned number) {
    return ::cap_get_bound(static_cast<cap_value_t>(number)) >= 0;
}

} // namespace davit::caps
