// SPDX-License-Identifier: Apache-2.0
// launch/image.h - init's executable as a file that nobody can change. Runs in: parent.
#pragma once

#include "base/result.h"
#include "davit/fd.h"

namespace davit::launch {

/// An fd to execveat(2) with AT_EMPTY_PATH. What a container finds at /proc/PID/exe of its init is
/// this file: a sealed memfd, a private copy of 53 KiB that no other process uses (CVE-2019-5736).
/// `directory` is only used where vm.memfd_noexec forbids memfds to be executed: then the copy is
/// an unnamed file there, reached through a detached read-only mount.
Result<Fd> open_image(int directory);

} // namespace davit::launch
