// SPDX-License-Identifier: Apache-2.0
// unit/procfs_test.cc - safe/procfs.h: files of a process through a /proc that is procfs.
#include "catch.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "safe/procfs.h"
#include "temporary.h"

namespace {

using namespace davit;

TEST_CASE("procfs: files of a process") {
    auto const proc = safe::Procfs::open();
    REQUIRE(proc);
    auto const stat = proc->open_file(::getpid(), "stat", O_RDONLY);
    REQUIRE(stat);
    char buffer[32] = {};
    REQUIRE(sys::read(stat->number(), buffer, sizeof buffer - 1));
    CHECK(std::string(buffer).starts_with(std::to_string(::getpid()) + " ("));
    CHECK((::fcntl(stat->number(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("procfs: nothing that leads out of it is followed") {
    auto const proc = safe::Procfs::open();
    REQUIRE(proc);
    auto const pid = ::getpid();
    auto const error = [&](char const* name) {
        auto const file = proc->open_file(pid, name, O_PATH);
        return file ? 0 : file.error().value;
    };
    for (auto const* link : {"exe", "root", "cwd", "fd/0", "ns/mnt", "root/etc/passwd"}) {
        INFO(link);
        CHECK(error(link) == ELOOP);
    }
    CHECK(error("../../etc/passwd") == EXDEV);
    CHECK(error("nothing") == ENOENT);
    CHECK(proc->open_file(0, "stat", O_RDONLY).error() == Errno{ENOENT});
}

TEST_CASE("procfs: files of the calling thread, whatever its number is") {
    auto const proc = safe::Procfs::open();
    REQUIRE(proc);
    auto const file = proc->open_own("stat", O_RDONLY);
    REQUIRE(file);
    char buffer[32] = {};
    REQUIRE(sys::read(file->number(), buffer, sizeof buffer - 1));
    CHECK(std::string(buffer).starts_with(std::to_string(::gettid()) + " ("));
    CHECK(proc->open_own("exe", O_RDONLY).error() == Errno{ELOOP});
    CHECK(proc->open_own("../../../../etc/passwd", O_RDONLY).error() == Errno{EXDEV});
    CHECK(proc->open_own(std::string(5000, 'x').c_str(), O_RDONLY).error() == Errno{ENAMETOOLONG});
    CHECK(proc->open_file("self/stat", O_RDONLY).error() == Errno{ELOOP});
    CHECK(proc->open_file("sys/kernel/ostype", O_RDONLY));
}

TEST_CASE("procfs: one of our own, which what is mounted on /proc doesn't concern", "[root]") {
    if (unit::skip_unless(::geteuid() == 0, "not root")) return;
    CHECK(test::in_child([] {
              if (::unshare(CLONE_NEWNS) != 0) return 100;
              if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 101;
              if (::mount("/proc/sys/kernel/hostname", "/proc/sys/kernel/ostype", nullptr, MS_BIND,
                          nullptr)
                  != 0)
                  return 102;
              auto const made = safe::Procfs::make_or_open();
              if (!made || !made->open_file("sys/kernel/ostype", O_RDONLY)) return 1;
              auto const found = safe::Procfs::open();
              if (!found) return 2;
              return found->open_file("sys/kernel/ostype", O_RDONLY).error() == Errno{EXDEV} ? 0
                                                                                             : 3;
          })
          == 0);
    // A user namespace has no rights over the host's pid namespace: only /proc can serve.
    CHECK(test::in_child([] {
              if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 0; // not allowed here
              if (safe::Procfs::make().error() != Errno{EPERM}) return 1;
              return safe::Procfs::make_or_open() ? 0 : 2;
          })
          == 0);
}

TEST_CASE("procfs: a /proc that is something else is refused", "[root]") {
    if (unit::skip_unless(::geteuid() == 0, "not root")) return;
    auto const in_own_mounts = [](auto const& body) {
        return test::in_child([&] {
            if (::unshare(CLONE_NEWNS) != 0) return 100;
            if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 101;
            return body();
        });
    };
    // A tmpfs.
    CHECK(in_own_mounts([] {
              if (::mount("none", "/proc", "tmpfs", 0, nullptr) != 0) return 102;
              return safe::Procfs::open() ? 1 : 0;
          })
          == 0);
    // Another directory of procfs: the file system's type alone can't tell it.
    CHECK(in_own_mounts([] {
              if (::mount("/proc/self", "/proc", nullptr, MS_BIND, nullptr) != 0) return 102;
              return safe::Procfs::open() ? 1 : 0;
          })
          == 0);
    CHECK(in_own_mounts([] {
              if (::mount("none", "/proc", "tmpfs", 0, nullptr) != 0) return 102;
              return safe::Procfs::open().error() == Errno{EXDEV} ? 0 : 1;
          })
          == 0);
    // A file of procfs covered by another one (CVE-2025-52881).
    CHECK(in_own_mounts([] {
              auto const proc = safe::Procfs::open();
              if (!proc) return 102;
              auto const covered = "/proc/" + std::to_string(::getpid()) + "/oom_score_adj";
              if (::mount("/proc/sys/kernel/hostname", covered.c_str(), nullptr, MS_BIND, nullptr)
                  != 0)
                  return 103;
              auto const file = proc->open_file(::getpid(), "oom_score_adj", O_RDONLY);
              return file ? 1 : file.error() == Errno{EXDEV} ? 0 : 2;
          })
          == 0);
}

} // namespace
