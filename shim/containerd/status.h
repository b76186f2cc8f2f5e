// SPDX-License-Identifier: Apache-2.0
// shim/containerd/status.h - an Error as a ttrpc status, by which clients tell failures apart.
#pragma once

#include "davit/result.h"
#include "wire/status.h"

namespace davit::shim::containerd {

[[nodiscard]] wire::Status status_of(Error const& error);

} // namespace davit::shim::containerd
