// SPDX-License-Identifier: Apache-2.0
// shim/core/pipe.h - a pipe. pipe2(2).
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include "base/result.h"
#include "davit/fd.h"

namespace davit::shim {

struct Pipe {
    Fd read, write;
};

inline Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) return fail_errno(Errno{errno}, "make a pipe");
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

} // namespace davit::shim
