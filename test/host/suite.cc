// SPDX-License-Identifier: Apache-2.0
// test/host/suite.cc - what all tests of one run share.

#include "suite.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <sstream>

#include "catch.h"
#include "listener.h"

namespace host {

Suite& suite() {
    static Suite instance;
    return instance;
}

std::string unique_name() {
    static std::atomic<int> count = 0; // some tests have threads
    return suite().prefix + "-" + std::to_string(++count);
}

bool skip_unless(bool can_run, std::string const& reason) {
    if (!can_run) note_skip(reason);
    return !can_run;
}

bool is_linux(int major, int minor) {
    struct utsname os{};
    int ours = 0, then = 0;
    return ::uname(&os) == 0 && std::sscanf(os.release, "%d.%d", &ours, &then) == 2
           && (ours > major || (ours == major && then >= minor));
}

bool can_idmap_tmpfs() { return is_linux(6, 3); }

bool can_idmap_temp() { return !suite().disk.empty() || can_idmap_tmpfs(); }

std::string read_file(std::string const& path) {
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    std::string text;
    char block[65536];
    for (ssize_t n; (n = ::read(fd, block, sizeof block)) > 0;)
        text.append(block, static_cast<size_t>(n));
    ::close(fd);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

bool write_file(std::string const& path, std::string const& text) {
    int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return false;
    bool const good = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    return ::close(fd) == 0 && good;
}

bool exists(std::string const& path) {
    struct stat s;
    return ::lstat(path.c_str(), &s) == 0;
}

std::string errno_of(int error) {
    char const* const name = strerrorname_np(error);
    return error == 0 ? "" : name ? name : "unknown";
}

std::string controller(std::string const& name) {
    std::string const top = "/sys/fs/cgroup";
    if (exists(top + "/" + name + "/cgroup.procs")) return top + "/" + name;
    std::istringstream there(read_file(top + "/cgroup.controllers"));
    for (std::string word; there >> word;)
        if (word == name) return top;
    return {};
}

std::string cgroup_directory(std::string const& name, std::string const& path) {
    if (name.empty()) {
        auto const& top =
            suite().cgroups == Cgroups::unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
        return top + path;
    }
    auto const top = controller(name);
    return top.empty() ? top : top + path;
}

} // namespace host
