// SPDX-License-Identifier: Apache-2.0
// unit/root_race_test.cc - a tree that changes during a walk (CVE-2021-30465, -2024-45310).
//
// A second process exchanges a directory with a link to the outside as fast as it can. All that the
// walker finds or makes must be inside, or an error: nothing may ever appear outside.
#include "catch.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>

#include "safe/root.h"
#include "temporary.h"

namespace {

using namespace davit;
using namespace std::chrono_literals;
using test::TemporaryDirectory;

/// Exchanges two names until another process kills it.
class Exchanger {
  public:
    Exchanger(std::string const& a, std::string const& b) : pid_(::fork()) {
        if (pid_ != 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) (void)sys::renameat2(sys::cwd, a.c_str(), sys::cwd, b.c_str(), RENAME_EXCHANGE);
    }
    Exchanger(Exchanger const&) = delete;
    Exchanger& operator=(Exchanger const&) = delete;
    ~Exchanger() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

  private:
    pid_t pid_;
};

std::string path_of(int fd) {
    char path[PATH_MAX];
    auto const n = ::readlink(safe::FdPath(fd).text, path, sizeof path);
    return n < 0 ? "?" : std::string(path, static_cast<std::size_t>(n));
}

/// How long two processes race: DAVIT_RACE_SECONDS, or a moment.
std::chrono::milliseconds race_time(std::chrono::milliseconds moment) {
    char const* const seconds = std::getenv("DAVIT_RACE_SECONDS");
    return seconds ? std::chrono::seconds(std::atoi(seconds)) : moment;
}

struct Count {
    int inside = 0, outside = 0, refused = 0, strange = 0;
};

/// Walks for a while, or until something was outside; "swapped" is the directory, `link` its
/// replacement.
Count walk(std::string const& link, std::chrono::milliseconds time,
           TemporaryDirectory const& directory) {
    REQUIRE(::mkdir((directory / "outside").c_str(), 0755) == 0);
    REQUIRE(::mkdir((directory / "root").c_str(), 0755) == 0);
    REQUIRE(::mkdir((directory / "root/swapped").c_str(), 0755) == 0);
    REQUIRE(::symlink(link.c_str(), (directory / "root/link").c_str()) == 0);
    auto fd = sys::openat<PathFd>(sys::cwd, (directory / "root").c_str(), O_PATH | O_DIRECTORY);
    REQUIRE(fd);
    safe::Root const root(std::move(*fd));

    Count count;
    auto const note = [&](auto const& found) {
        if (!found) {
            auto const e = found.error().value;
            // EAGAIN: the kernel gave up (and davit, too, after many attempts).
            if (e == ELOOP || e == ENOENT || e == EAGAIN || e == ENOTDIR || e == EXDEV)
                ++count.refused;
            else
                ++count.strange;
            return;
        }
        auto const path = path_of(found->number());
        (path.starts_with(directory / "root") ? count.inside : count.outside)++;
    };
    Exchanger const attacker(directory / "root/swapped", directory / "root/link");
    auto const end = std::chrono::steady_clock::now() + time;
    for (int i = 0; !count.outside && std::chrono::steady_clock::now() < end; ++i) {
        auto const name = "/swapped/" + std::to_string(i % 500);
        note(root.make_directories((name + "/a/b").c_str()));
        note(root.make_file((name + "-file").c_str()));
        note(root.find("/swapped"));
        note(root.find("/swapped/../swapped/.."));
        note(root.find_real("/swapped"));
        if (auto const at = root.place((name + "-place/x").c_str()))
            (void)sys::mkdirat(at->directory.number(), at->name, 0700);
    }
    return count;
}

void nothing_outside(std::string const& link) {
    TemporaryDirectory const directory;
    auto const count =
        walk(link == "host" ? directory / "outside" : link, race_time(100ms), directory);
    INFO("inside " << count.inside << ", refused " << count.refused);
    CHECK(count.outside == 0);
    CHECK(count.strange == 0);
    CHECK(count.inside > 0);
    CHECK(std::filesystem::is_empty(directory / "outside"));
}

TEST_CASE("root: a directory exchanged with a relative link to the outside") {
    nothing_outside("../outside");
}
TEST_CASE("root: a directory exchanged with an absolute link to the outside") {
    nothing_outside("host");
}

TEST_CASE("root: a directory moved out of the root while it is walked") {
    TemporaryDirectory const directory;
    // A walk that has left the root would find the "a" beside it.
    for (auto const* name : {"a", "outside", "outside/other", "root", "root/a", "root/a/b"})
        REQUIRE(::mkdir((directory / name).c_str(), 0755) == 0);
    auto fd = sys::openat<PathFd>(sys::cwd, (directory / "root").c_str(), O_PATH | O_DIRECTORY);
    REQUIRE(fd);
    safe::Root const root(std::move(*fd));
    Exchanger const attacker(directory / "root/a/b", directory / "outside/other");
    auto const end = std::chrono::steady_clock::now() + race_time(150ms);
    int found = 0;
    while (std::chrono::steady_clock::now() < end) {
        // Ten "..": from a directory that has moved outside they would reach the host's "/".
        if (auto const at = root.find("/a/b/../../../../../../../../../../a")) {
            CHECK(path_of(at->number()) == directory / "root/a");
            ++found;
        }
    }
    CHECK(found > 0);
}

TEST_CASE("root: renames elsewhere end no look-up") {
    TemporaryDirectory const directory;
    for (auto const* name : {"one", "two", "three", "four", "root", "root/a", "root/a/b"})
        REQUIRE(::mkdir((directory / name).c_str(), 0755) == 0);
    // The kernel gives up at a ".." if another process has renamed something meanwhile.
    std::string way;
    for (int i = 0; i < 500; ++i) way += "../a/";
    auto const link = [&](std::string const& target, char const* name) {
        REQUIRE(::symlink(target.c_str(), (directory / (std::string("root/a/") + name)).c_str())
                == 0);
    };
    link(way + "b", "far0");
    for (int i = 1; i < 8; ++i)
        link(way + "far" + std::to_string(i - 1), ("far" + std::to_string(i)).c_str());
    link("far7", "far");
    link("/a/far", "farther");
    link("/a/./farther/../far/", "farthest");
    link("far/gone", "nowhere");
    link("around", "around");
    auto fd = sys::openat<PathFd>(sys::cwd, (directory / "root").c_str(), O_PATH | O_DIRECTORY);
    REQUIRE(fd);
    safe::Root const root(std::move(*fd));
    Exchanger const first(directory / "one", directory / "two");
    Exchanger const second(directory / "three", directory / "four");
    auto const end = std::chrono::steady_clock::now() + race_time(300ms);
    while (std::chrono::steady_clock::now() < end) {
        for (auto const* path : {"/a/far", "/a/farther", "a/farthest", "/../a/farthest/."}) {
            auto const found = root.find(path, O_DIRECTORY);
            REQUIRE(found);
            CHECK(path_of(found->number()) == directory / "root/a/b");
        }
        CHECK(root.find("/a/farthest/..").has_value());
        CHECK(root.find("/a/nowhere").error() == Errno{ENOENT});
        CHECK(root.find("/a/around").error() == Errno{ELOOP});
        CHECK(root.find("/a/farthest/../../../../..").has_value());
    }
}

} // namespace
