// SPDX-License-Identifier: Apache-2.0
// test/unit/temporary.h - a directory that its destructor removes, and small things around it.
#pragma once

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace davit::test {

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        char name[] = "/tmp/davit-unit-XXXXXX";
        if (::mkdtemp(name)) path_ = name;
    }
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string const& path() const { return path_; }
    [[nodiscard]] std::string operator/(std::string const& name) const {
        return path_ + "/" + name;
    }

  private:
    std::string path_;
};

inline std::string content(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void put(std::string const& path, std::string const& text) {
    std::ofstream(path, std::ios::binary) << text;
}

/// How many fds this process has open.
inline long open_fds() {
    auto const fds = std::filesystem::directory_iterator("/proc/self/fd");
    return std::distance(begin(fds), end(fds));
}

/// Runs `body` in a child process, which exits with its value; 128 + signal if it died of one.
template <class Body>
int in_child(Body const& body) {
    auto const pid = ::fork();
    if (pid == 0) ::_exit(body());
    int status = 0;
    if (pid < 0 || ::waitpid(pid, &status, 0) != pid) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace davit::test
