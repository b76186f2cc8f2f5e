// SPDX-License-Identifier: Apache-2.0
// parts/lsm/host.h - which security modules this kernel has enabled. Runs in: parent.
#pragma once

#include "davit/spec.h"
#include "parts/lsm/lsm.h"

namespace davit::lsm {

bool apparmor_enabled(char const* parameter = "/sys/module/apparmor/parameters/enabled");
bool selinux_enabled(char const* selinuxfs = "/sys/fs/selinux");

/// Looks only for the modules whose labels `config` has.
Facts read_facts(spec::Config const& config);

} // namespace davit::lsm
