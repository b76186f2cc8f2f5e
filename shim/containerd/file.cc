// SPDX-License-Identifier: Apache-2.0
// shim/containerd/file.cc - small files, read and written whole.
#include "containerd/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/result.h"
#include "davit/fd.h"

namespace davit::shim::containerd {

Result<std::string> read_all(int fd, std::size_t most, std::string const& name) {
    std::string text;
    char buffer[4096];
    for (;;) {
        auto const size = ::read(fd, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail_errno(Errno{errno}, "read ", name);
        if (size == 0) return text;
        text.append(buffer, static_cast<std::size_t>(size));
        if (text.size() > most) return fail(Kind::config, name, " is longer than ", most, " bytes");
    }
}

Result<std::string> read_file(std::string const& path, std::size_t most) {
    Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!file || ::fstat(file.number(), &status) != 0)
        return fail_errno(Errno{errno}, "read ", quoted(path));
    if (!S_ISREG(status.st_mode)) return fail(Kind::config, quoted(path), " is no file");
    return read_all(file.number(), most, quoted(path));
}

int write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        auto const size = ::write(fd, text.data(), text.size());
        if (size < 0 && errno != EINTR) return errno;
        if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
    }
    return 0;
}

Result<> replace_file(std::string const& path, std::string_view text) {
    auto const next = path + ".new";
    (void)::unlink(next.c_str());
    Fd const file(::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return fail_errno(Errno{errno}, "make ", quoted(next));
    if (int const problem = write_all(file.number(), text); problem != 0) {
        (void)::unlink(next.c_str());
        return fail_errno(Errno{problem}, "write ", quoted(next));
    }
    if (std::rename(next.c_str(), path.c_str()) != 0)
        return fail_errno(Errno{errno}, "rename ", quoted(next));
    return {};
}

Result<> write_value(std::string const& path, std::string_view value) {
    Fd const file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file || ::write(file.number(), value.data(), value.size()) < 0)
        return fail_errno(Errno{errno}, "write ", quoted(value), " to ", quoted(path));
    return {};
}

} // namespace davit::shim::containerd
