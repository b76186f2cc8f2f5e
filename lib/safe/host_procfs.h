// SPDX-License-Identifier: Apache-2.0
// safe/host_procfs.h - the parent's /proc, with an error that says what is wrong. Runs in: parent.
#pragma once

#include "base/result.h"
#include "safe/procfs.h"

namespace davit::safe {

inline Result<Procfs> open_procfs() {
    auto proc = Procfs::open();
    if (!proc && proc.error() == Errno{EXDEV})
        return fail(Kind::system, "\"/proc\" is not the root of a proc file system");
    return context(std::move(proc), "open \"/proc\"");
}

} // namespace davit::safe
