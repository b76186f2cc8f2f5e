// SPDX-License-Identifier: Apache-2.0
// parts/sysctl/sysctl.h - kernel parameters of the container's own namespaces.
//
// Runs in: both. config-linux.md#sysctl.
#pragma once

#include "base/errno.h"
#include "plan/flat.h"

namespace davit::init {
struct Init;
}

namespace davit::sysctl {

struct Setting {
    plan::Text key;   ///< as config.json has it, for the story
    plan::Text path;  ///< below /proc
    plan::Text value; ///< written as it is
};

/// init's part.
struct InitPlan {
    plan::List<Setting> settings;
};

Sys<> set_all(init::Init& init);

} // namespace davit::sysctl
