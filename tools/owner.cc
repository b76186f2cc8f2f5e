// SPDX-License-Identifier: Apache-2.0
// tools/owner.cc - names of users. passwd(5).
#include "owner.h"

#include <fcntl.h>
#include <unistd.h>

#include "davit/fd.h"

namespace davit::cli {

std::string user_name(std::string_view passwd, uid_t uid) {
    auto const number = std::to_string(uid);
    while (!passwd.empty()) {
        auto const line = passwd.substr(0, passwd.find('\n'));
        passwd.remove_prefix(line.size() < passwd.size() ? line.size() + 1 : line.size());
        auto const password = line.find(':');
        if (password == line.npos) continue;
        auto const id = line.find(':', password + 1);
        if (id == line.npos) continue;
        auto const field = line.substr(id + 1, line.find(':', id + 1) - id - 1);
        if (field == number) return std::string(line.substr(0, password));
    }
    return "#" + number;
}

std::string read_passwd() {
    Fd const file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    std::string text;
    char part[4096];
    ssize_t got = 0;
    while (file && (got = ::read(file.number(), part, sizeof part)) > 0)
        text.append(part, static_cast<std::size_t>(got));
    return text;
}

} // namespace davit::cli
