// SPDX-License-Identifier: Apache-2.0
// parts/caps/host.h - the parent's own capabilities, by libcap. Runs in: parent.
#pragma once

#include <cstdint>

#include "base/errno.h"

namespace davit::caps {

/// A bit for each capability's number.
struct Own {
    std::uint64_t effective = 0;
    std::uint64_t permitted = 0;
};

/// The capabilities of the calling thread.
Sys<Own> own();

/// Whether the running kernel has the capability.
bool is_known_to_kernel(unsigned number);

} // namespace davit::caps
