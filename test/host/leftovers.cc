// SPDX-License-Identifier: Apache-2.0
// test/host/leftovers.cc - proves that a test left nothing behind.

#include "leftovers.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <sstream>

#include "catch.h"
#include "command.h"
#include "suite.h"

namespace host {
namespace {

using Things = std::set<std::string>;

template <class Visit>
void each_entry(std::string const& path, Visit visit) {
    DIR* const dir = ::opendir(path.c_str());
    if (!dir) return;
    while (dirent const* entry = ::readdir(dir)) {
        std::string const name = entry->d_name;
        if (name != "." && name != "..") visit(name, entry->d_type == DT_DIR);
    }
    ::closedir(dir);
}

void cgroups(Things& things, std::string const& directory) {
    each_entry(directory, [&](std::string const& name, bool is_directory) {
        if (!is_directory) return;
        auto const path = directory + "/" + name;
        if (path.find(suite().prefix) != std::string::npos) things.insert("cgroup " + path);
        cgroups(things, path);
    });
}

// Only top levels of places that others use too; all of what is ours.
void files(Things& things, std::string const& directory, bool deep) {
    each_entry(directory, [&](std::string const& name, bool is_directory) {
        if (name.starts_with("bundle-")) return; // class Bundle takes care of its own
        if (name == "~seccomp") return;          // a cache, of no container
        things.insert("file " + directory + "/" + name);
        if (is_directory && deep) files(things, directory + "/" + name, true);
    });
}

void processes(Things& things) {
    each_entry("/proc", [&](std::string const& name, bool) {
        if (name.find_first_not_of("0123456789") != std::string::npos) return;
        auto const stat = read_file("/proc/" + name + "/stat");
        auto const close = stat.rfind(')');
        if (close == std::string::npos || stat.substr(close, 3) == ") Z") return; // pid 1 reaps it
        things.insert("process " + stat.substr(0, close + 1));
    });
}

void mounts(Things& things) {
    std::istringstream lines(read_file("/proc/self/mountinfo"));
    for (std::string line; std::getline(lines, line);) things.insert("mount " + line);
}

std::string difference(Things const& before, Things const& now) {
    std::string text;
    int count = 0;
    for (auto const& thing : now)
        if (!before.contains(thing) && ++count <= 12) text += thing + "\n";
    return count > 12 ? text + "... " + std::to_string(count) + " in all\n" : text;
}

} // namespace

Snapshot Snapshot::take() {
    Snapshot now;
    processes(now.things);
    mounts(now.things);
    cgroups(now.things, "/sys/fs/cgroup");
    files(now.things, suite().state_root, true);
    files(now.things, suite().temp, false);
    files(now.things, "/run", false);
    files(now.things, "/run/davit", false);
    struct stat null = {};
    ::stat("/dev/null", &null);
    now.things.insert("/dev/null of " + std::to_string(null.st_uid) + ":"
                      + std::to_string(null.st_gid));
    char host_name[256] = "";
    ::gethostname(host_name, sizeof host_name);
    now.things.insert(std::string("hostname ") + host_name);
    return now;
}

std::string appeared_since(Snapshot const& before) {
    std::string left;
    eventually([&] { return (left = difference(before.things, Snapshot::take().things)).empty(); },
               std::chrono::seconds(2));
    return left;
}

Leftovers::~Leftovers() {
    auto const left = appeared_since(before_);
    if (left.empty()) return;
    UNSCOPED_INFO("left behind:\n" << left);
    CHECK(left.empty());
}

} // namespace host
