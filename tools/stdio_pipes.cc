// SPDX-License-Identifier: Apache-2.0
// tools/stdio_pipes.cc - the stdio of a process in the foreground that has no terminal. pipe(7).
#include "stdio_pipes.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/result.h"

namespace davit::cli {

namespace {

Result<> make(Fd& reader, Fd& writer) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(Errno{errno}, "make a pipe for stdio");
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
    // The process, and others that it starts as other users, may open /dev/stdout. Only a process
    // that may look into their /proc/PID/fd gets there.
    (void)::fchmod(ends[0], 0666);
    return {};
}

// Sets O_NONBLOCK on our end alone. The process may open /dev/stdout to read, and take what poll(2)
// has announced to us.
void never_block(Fd const& end, int mode) { ::fcntl(end.number(), F_SETFL, mode | O_NONBLOCK); }

/// Whether stdout and stderr are one file with one offset, so that the order of writes to both can
/// be kept. For terminals and pipes, any fd will do.
bool is_one_file() {
    struct stat out{}, error{};
    if (::fstat(STDOUT_FILENO, &out) != 0 || ::fstat(STDERR_FILENO, &error) != 0) return false;
    if (out.st_dev != error.st_dev || out.st_ino != error.st_ino) return false;
    if (!S_ISREG(out.st_mode)) return true;
    auto const self = ::getpid();
    return ::syscall(SYS_kcmp, self, self, KCMP_FILE, STDOUT_FILENO, STDERR_FILENO) == 0;
}

} // namespace

Result<> StdioPipes::open() {
    if (auto made = make(its_input, input); !made) return made;
    never_block(input, O_WRONLY);
    if (auto made = make(output, its_output); !made) return made;
    never_block(output, O_RDONLY);
    if (is_one_file()) return {};
    if (auto made = make(error, its_error); !made) return made;
    never_block(error, O_RDONLY);
    return {};
}

void StdioPipes::give(int (&stdio)[3]) const {
    stdio[0] = its_input.number();
    stdio[1] = its_output.number();
    stdio[2] = (its_error ? its_error : its_output).number();
}

void StdioPipes::keep_ours() {
    for (auto* fd : {&its_input, &its_output, &its_error}) fd->reset();
}

} // namespace davit::cli
