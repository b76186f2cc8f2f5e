// SPDX-License-Identifier: Apache-2.0
// test/host/small_disk.h - a state root on a disk that is nearly full.
#pragma once

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "catch.h"
#include "command.h"
#include "suite.h"

namespace host {

/// Below the suite's directory; its options are tmpfs's: "size=256k,mode=755".
class SmallDisk {
  public:
    explicit SmallDisk(std::string const& options) : path_(suite().temp + "/disk") {
        REQUIRE(::mkdir(path_.c_str(), 0700) == 0);
        REQUIRE(::mount("disk", path_.c_str(), "tmpfs", 0, options.c_str()) == 0);
        REQUIRE(::mkdir(root().c_str(), 0711) == 0);
    }
    SmallDisk(SmallDisk const&) = delete;
    SmallDisk& operator=(SmallDisk const&) = delete;
    ~SmallDisk() {
        ::umount2(path_.c_str(), MNT_DETACH);
        ::rmdir(path_.c_str());
    }
    std::string root() const { return path_ + "/root"; }
    /// Fills the disk except for so many pages.
    void fill(size_t but) const {
        auto const file = path_ + "/filling";
        (void)write_file(file, std::string(1 << 20, 'x'));
        struct stat s{};
        REQUIRE(::stat(file.c_str(), &s) == 0);
        auto const left = static_cast<off_t>(but * 4096);
        REQUIRE(::truncate(file.c_str(), s.st_size > left ? s.st_size - left : 0) == 0);
    }

  private:
    std::string path_;
};

} // namespace host
