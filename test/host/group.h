// SPDX-License-Identifier: Apache-2.0
// test/host/group.h - a cgroup of a test's own, for the caller of davit or a shim.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "catch.h"
#include "command.h"
#include "suite.h"

namespace host {

/// A group of the pids or memory controller for the caller; the destructor removes it.
class Group {
  public:
    explicit Group(char const* controller)
        : path_(host::controller(controller) + "/" + suite().prefix + "-caller") {
        REQUIRE(::mkdir(path_.c_str(), 0755) == 0);
    }
    Group(Group const&) = delete;
    Group& operator=(Group const&) = delete;
    ~Group() {
        CHECK(eventually([&] { return ::rmdir(path_.c_str()) == 0; }));
    }
    bool set(char const* file, std::string const& value) const {
        auto const path = path_ + "/" + file;
        return exists(path) && write_file(path, value);
    }
    std::string entered() const { return "echo $$ >" + path_ + "/cgroup.procs"; }
    bool enter(int pid) const { return set("cgroup.procs", std::to_string(pid)); }

  private:
    std::string path_;
};

} // namespace host
