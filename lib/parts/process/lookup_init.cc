// SPDX-License-Identifier: Apache-2.0
// parts/process/lookup_init.cc - reads the container's own files: HOME, the program's path.
//
// Runs in: init, inside the container's root. The files are the image's: of any type, size and
// content.
#include <limits.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/try.h"
#include "init/init.h"

namespace davit::process {

namespace {

constexpr char home_prefix[] = "HOME=";
constexpr std::size_t prefix_size = sizeof home_prefix - 1;
char home[prefix_size + 512];
char program[PATH_MAX];

/// The n-th field of "name:password:uid:gid:comment:home:shell", or nothing.
struct Field {
    char const* at = nullptr;
    std::size_t size = 0;
};
Field field(char const* line, std::size_t size, int n) {
    char const* const end = line + size;
    for (; n > 0; --n) {
        while (line != end && *line != ':') ++line;
        if (line == end) return {};
        ++line;
    }
    char const* stop = line;
    while (stop != end && *stop != ':') ++stop;
    return {line, static_cast<std::size_t>(stop - line)};
}

bool is_number(Field text, std::uint32_t number) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < text.size; ++i) {
        if (text.at[i] < '0' || text.at[i] > '9' || value > number) return false;
        value = value * 10 + static_cast<unsigned>(text.at[i] - '0');
    }
    return text.size > 0 && value == number;
}

/// True if the line is the user's and has a home; copies that to `home`.
bool take_home(char const* line, std::size_t size, std::uint32_t uid) {
    if (!is_number(field(line, size, 2), uid)) return false;
    auto const directory = field(line, size, 5);
    if (directory.size == 0 || prefix_size + directory.size >= sizeof home) return false;
    std::memcpy(home + prefix_size, directory.at, directory.size);
    home[prefix_size + directory.size] = '\0';
    return true;
}

/// Reads the file line by line; skips lines longer than the buffer.
void search_passwd(Fd const& file, std::uint32_t uid) {
    char line[1024];
    std::size_t size = 0;
    bool too_long = false;
    char buffer[1024];
    constexpr int most_reads = 4096; // 4 MiB
    for (int reads = 0; reads < most_reads; ++reads) {
        auto const n = sys::read(file.number(), buffer, sizeof buffer);
        if (!n || *n == 0) break;
        for (std::size_t i = 0; i < *n; ++i) {
            if (buffer[i] != '\n') {
                if (size < sizeof line)
                    line[size++] = buffer[i];
                else
                    too_long = true;
                continue;
            }
            if (!too_long && take_home(line, size, uid)) return;
            size = 0;
            too_long = false;
        }
    }
    if (!too_long) (void)take_home(line, size, uid);
}

} // namespace

Sys<> check_executable(char const* path) {
    auto const st = TRY(sys::fstatat(sys::cwd, path, 0));
    if (S_ISDIR(st.st_mode)) return std::unexpected(Errno{EISDIR});
    if (!S_ISREG(st.st_mode)) return std::unexpected(Errno{EACCES});
    return sys::faccessat2(sys::cwd, path, X_OK, AT_EACCESS);
}

Sys<> find_home(init::Init& init) {
    std::memcpy(home, "HOME=/", sizeof "HOME=/");
    auto const& process = init.plan().process;
    auto const passwd = sys::openat(sys::cwd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (passwd) {
        auto const st = sys::fstat(passwd->number());
        if (st && S_ISREG(st->st_mode)) search_passwd(*passwd, process.uid);
    }
    init.home = home;
    return {};
}

Sys<> find_program(init::Init& init) {
    auto const& process = init.plan().process;
    auto const first = init.view().list(process.argv)[0];
    char const* const name = reinterpret_cast<char const*>(init.base + first);
    auto const length = std::strlen(name);
    if (last_slash(name)) {
        TRY(check_executable(name));
        init.program = name;
        return {};
    }
    if (length == 0 || length >= sizeof program) return std::unexpected(Errno{ENOENT});
    char const* from = init.view().text(process.path);
    for (bool last = false; !last;) {
        char const* to = from;
        while (*to && *to != ':') ++to;
        last = !*to;
        auto size = static_cast<std::size_t>(to - from);
        if (size + 1 + length < sizeof program) {
            std::memcpy(program, from, size);
            if (size > 0) program[size++] = '/'; // an empty entry means the working directory
            std::memcpy(program + size, name, length + 1);
            if (check_executable(program)) {
                init.program = program;
                return {};
            }
        }
        from = to + 1;
    }
    return std::unexpected(Errno{ENOENT});
}

} // namespace davit::process
