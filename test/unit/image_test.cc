// SPDX-License-Identifier: Apache-2.0
// unit/image_test.cc - launch/image.h: a process that gets init's executable can't change it.
//
// CVE-2019-5736: a container opens /proc/PID/exe of its init for writing.
#include "catch.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "launch/image.h"
#include "launch/init_image.h"
#include "safe/root.h"
#include "temporary.h"

namespace {

using namespace davit;
using test::TemporaryDirectory;

std::string bytes_of(int fd) {
    std::string out(launch::init_image.size() + 1, '\0');
    auto const n = ::pread(fd, out.data(), out.size(), 0);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
}

bool is_the_image(int fd) {
    auto const bytes = bytes_of(fd);
    return bytes.size() == launch::init_image.size()
           && std::equal(
               bytes.begin(), bytes.end(), launch::init_image.begin(),
               [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; });
}

/// An ELF program that ends by itself when its channel is no socket: init with fd 0 of /dev/null.
int exit_status_of(int image) {
    return test::in_child([&] {
        auto const null = ::open("/dev/null", O_RDONLY);
        auto const channel = std::to_string(null);
        char const* const argv[] = {"davit-init", channel.c_str(), nullptr};
        char const* const envp[] = {nullptr};
        return sys::raw::call(SYS_execveat, image, "", argv, envp, AT_EMPTY_PATH).error().value
               + 100;
    });
}

TEST_CASE("image: what is embedded is an ELF program") {
    REQUIRE(launch::init_image.size() > 4);
    CHECK(std::string(launch::init_image.begin(), launch::init_image.begin() + 4)
          == "\x7f"
             "ELF");
}

TEST_CASE("image: the sealed copy is whole and can't be changed") {
    TemporaryDirectory const directory;
    Fd const at(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto const image = launch::open_image(at.number());
    REQUIRE(image);
    auto const fd = image->number();
    CHECK(is_the_image(fd));
    CHECK(std::filesystem::is_empty(directory.path()));
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    int const seals = ::fcntl(fd, F_GET_SEALS);
    REQUIRE(seals >= 0);
    CHECK((seals & (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
          == (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));

    // Through the fd, and through a fresh one as a container would open it.
    Fd const again(::open(safe::FdPath(fd).text, O_RDWR | O_CLOEXEC));
    for (int const writer : {fd, again.number()}) {
        if (writer < 0) continue; // not even opened
        CHECK(::pwrite(writer, "x", 1, 0) == -1);
        CHECK(errno == EPERM);
        CHECK(::ftruncate(writer, 0) == -1);
        CHECK(::ftruncate(writer, 1 << 20) == -1);
        CHECK(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0) == MAP_FAILED);
        CHECK(::fallocate(writer, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == -1);
        CHECK(::fcntl(writer, F_ADD_SEALS, 0) == -1);
    }
    // A mapping for reading can't be made writable later.
    auto* const mapped = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) {
        CHECK(::mprotect(mapped, 4096, PROT_READ | PROT_WRITE) == -1);
        ::munmap(mapped, 4096);
    }
    CHECK(is_the_image(fd));
}

TEST_CASE("image: every create has its own, which runs") {
    auto const one = launch::open_image(AT_FDCWD), other = launch::open_image(AT_FDCWD);
    REQUIRE(one);
    REQUIRE(other);
    struct stat a{}, b{};
    REQUIRE(::fstat(one->number(), &a) == 0);
    REQUIRE(::fstat(other->number(), &b) == 0);
    CHECK(a.st_ino != b.st_ino);
    CHECK(exit_status_of(one->number()) == 1);
}

TEST_CASE("image: where memfds may not be executed, a read-only copy", "[root]") {
    if (unit::skip_unless(::geteuid() == 0, "not root")) return;
    TemporaryDirectory const directory;
    // vm.memfd_noexec belongs to the pid namespace: in the test's own it affects no other process.
    auto const result = test::in_child([&] {
        if (::unshare(CLONE_NEWPID) != 0) return 50;
        return test::in_child([&] {
            {
                Fd const noexec(::open("/proc/sys/vm/memfd_noexec", O_WRONLY | O_CLOEXEC));
                if (!noexec || ::write(noexec.number(), "2", 1) != 1) return 99; // before 6.3
            }
            Fd const at(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            auto const image = launch::open_image(at.number());
            if (!image) return 1;
            if (!is_the_image(image->number())) return 2;
            if (!std::filesystem::is_empty(directory.path())) return 3;
            if (::open(safe::FdPath(image->number()).text, O_WRONLY | O_CLOEXEC) >= 0) return 4;
            if (errno != EROFS) return 5;
            if (::pwrite(image->number(), "x", 1, 0) >= 0) return 6;
            if (auto const status = exit_status_of(image->number()); status != 1) return status;
            // Two at once don't disturb each other.
            auto const other = launch::open_image(at.number());
            return other && is_the_image(other->number()) && is_the_image(image->number()) ? 0 : 7;
        });
    });
    if (result == 99)
        WARN("SKIP: this kernel has no vm.memfd_noexec");
    else
        CHECK(result == 0);
}

} // namespace
