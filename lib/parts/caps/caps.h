// SPDX-License-Identifier: Apache-2.0
// parts/caps/caps.h - the five capability sets.
//
// Runs in: both. config.md#linux-process, capabilities(7).
#pragma once

#include <cstdint>

#include "base/errno.h"

namespace davit::init {
struct Init;
}

namespace davit::caps {

/// init's part: a bit for each capability's number.
struct InitPlan {
    std::uint64_t bounding = 0;
    std::uint64_t effective = 0;
    std::uint64_t inheritable = 0;
    std::uint64_t permitted = 0;
    std::uint64_t ambient = 0;
};

Sys<> drop_bounding(init::Init& init);
Sys<> keep_across_user(init::Init& init);
/// Keeps CAP_SYS_ADMIN permitted if seccomp::load_early() follows.
Sys<> set_all(init::Init& init);
/// Makes CAP_SYS_ADMIN effective for a moment; drop_admin() takes it away.
Sys<> raise_admin(init::Init& init);
Sys<> drop_admin(init::Init& init);

} // namespace davit::caps
