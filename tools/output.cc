// SPDX-License-Identifier: Apache-2.0
// tools/output.cc - writes to stdout, and new files.
#include "output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/result.h"
#include "davit/fd.h"
#include "safe/whole_file.h"

namespace davit::cli {

namespace {

Result<> write_new(std::string const& path, int flags, std::string_view text) {
    Fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666));
    if (!file) {
        auto problem = fail_errno(Errno{errno}, "open ", quoted(path));
        if (problem.error().errnum == EEXIST) problem.error().kind = Kind::exists;
        return problem;
    }
    auto const written = safe::write_all(file.number(), text);
    if (!written && (flags & O_EXCL) != 0) ::unlink(path.c_str()); // davit made it
    return context(Sys<>(written), "write ", quoted(path));
}

} // namespace

Result<> print(std::string_view text) {
    return context(safe::write_all(STDOUT_FILENO, text), "write to stdout");
}

Result<> write_file(std::string const& path, std::string_view text, Existing existing) {
    return write_new(path, existing == Existing::refused ? O_EXCL : O_TRUNC, text);
}

void open_missing_stdio() {
    pollfd stdio[] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
    if (::poll(stdio, 3, 0) <= 0) return;
    for (auto const& each : stdio) // from the lowest on: open() takes the lowest free number
        if ((each.revents & POLLNVAL) != 0) (void)::open("/dev/null", O_RDWR);
}

} // namespace davit::cli
