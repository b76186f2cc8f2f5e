// SPDX-License-Identifier: Apache-2.0
// tools/input.cc - reading whole files.
#include "input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/result.h"
#include "davit/fd.h"

namespace davit::cli {

namespace {

Result<std::string> read_all(int fd, std::string const& name) {
    constexpr std::size_t most = 8U << 20;
    std::string text;
    char buffer[8192];
    for (;;) {
        auto const size = ::read(fd, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail_errno(Errno{errno}, "read ", name);
        if (size == 0) return text;
        text.append(buffer, static_cast<std::size_t>(size));
        if (text.size() > most)
            return fail(Kind::config, "read ", name, ": it has more than 8 MiB");
    }
}

} // namespace

Result<std::string> read_file(std::string const& path) {
    // O_NONBLOCK: opening a fifo must not wait for a writer.
    Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file) return fail_errno(Errno{errno}, "open ", quoted(path));
    struct stat status{};
    if (::fstat(file.number(), &status) != 0)
        return fail_errno(Errno{errno}, "look at ", quoted(path));
    if (!S_ISREG(status.st_mode))
        return fail(Kind::config, "open ", quoted(path), ": not a regular file");
    return read_all(file.number(), quoted(path));
}

Result<std::string> read_input(std::string const& path) {
    if (path == "-") return read_all(0, "stdin");
    Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) return fail_errno(Errno{errno}, "open ", quoted(path));
    return read_all(file.number(), quoted(path));
}

} // namespace davit::cli
