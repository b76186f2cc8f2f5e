// SPDX-License-Identifier: Apache-2.0
// launch/image.h - init's executable as a file that no process can change. Runs in: parent.
#pragma once

#include "base/result.h"
#include "davit/fd.h"

namespace davit::launch {

/// An fd for execveat(2) with AT_EMPTY_PATH: a sealed memfd, a private copy of 53 KiB that no other
/// process uses. A container finds this file at /proc/PID/exe of its init (CVE-2019-5736).
/// `directory` is only used where vm.memfd_noexec forbids to execute memfds: then the copy is an
/// unnamed file there, opened through a detached read-only mount.
Result<Fd> open_image(int directory);

} // namespace davit::launch
