// SPDX-License-Identifier: Apache-2.0
// unit/seccomp_cache_test.cc - parts/seccomp/host: profiles through libseccomp, and their cache.
#include "catch.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "parts/seccomp/host.h"
#include "temporary.h"

namespace {

using namespace davit;
using enum spec::SeccompAction;
using test::TemporaryDirectory;
namespace fs = std::filesystem;

spec::Seccomp const profile{.default_action = errno_,
                            .syscalls = {{.names = {"read", "write"}, .action = allow}}};

bool same(seccomp::Program const& a, seccomp::Program const& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0;
}

/// A state directory, with the one file that a profile leaves in its cache.
struct Cache {
    TemporaryDirectory directory;
    int root = ::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ~Cache() { ::close(root); }
    [[nodiscard]] std::vector<fs::path> files() const {
        std::vector<fs::path> out;
        if (fs::exists(directory / "~seccomp"))
            for (auto const& entry : fs::directory_iterator(directory / "~seccomp"))
                out.push_back(entry.path());
        return out;
    }
    [[nodiscard]] seccomp::Program get(spec::Seccomp const& of = profile) const {
        auto program = seccomp::program(of, root);
        REQUIRE(program);
        return *program;
    }
};

std::string content(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
void put(fs::path const& path, std::string const& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}
ino_t inode(fs::path const& path) {
    struct stat st{};
    ::lstat(path.c_str(), &st);
    return st.st_ino;
}

bool have_libseccomp() { return !seccomp::libseccomp_version().empty(); }

bool no_libseccomp() { return unit::skip_unless(have_libseccomp(), "built without libseccomp"); }

TEST_CASE("seccomp cache: the second time the file answers") {
    if (no_libseccomp()) return;
    Cache const cache;
    auto const made = cache.get();
    REQUIRE(cache.files().size() == 1);
    auto const file = cache.files()[0];
    struct stat st{};
    REQUIRE(::stat(file.c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0600);
    auto const before = inode(file);
    CHECK(same(cache.get(), made));
    CHECK(inode(file) == before);

    // The program comes from the file, not from libseccomp: to change it, one must know the sum.
    auto other = profile;
    other.syscalls[0].names = {"read"};
    CHECK_FALSE(same(cache.get(other), made));
    CHECK(cache.files().size() <= 2); // they may share a name
    CHECK(same(cache.get(), made));
}

TEST_CASE("seccomp cache: what isn't ours or isn't whole is made anew") {
    if (no_libseccomp()) return;
    Cache const cache;
    auto const made = cache.get();
    auto const file = cache.files()[0];
    auto const good = content(file);
    auto const renewed = [&](char const* how) {
        INFO(how);
        auto const before = inode(file);
        CHECK(same(cache.get(), made));
        CHECK(inode(file) != before); // the old one is still open in some process, or gone
        CHECK(content(file) == good);
    };
    Fd hold(::open(file.c_str(), O_RDONLY | O_CLOEXEC)); // keeps inode numbers apart
    auto const broken = [&](char const* how, std::string const& text) {
        put(file, text);
        hold = Fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
        renewed(how);
    };
    broken("empty", "");
    broken("half", good.substr(0, good.size() / 2));
    broken("too long", good + "x");
    broken("no magic", "x" + good.substr(1));
    auto bit = good;
    bit.back() ^= 1;
    broken("a bit in the program", bit);
    bit = good;
    bit[40] ^= 1;
    broken("a bit in the key", bit);
    broken("zeros", std::string(good.size(), '\0'));

    hold = Fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    fs::permissions(file, fs::perms::group_write, fs::perm_options::add);
    renewed("writable by others");
    fs::create_hard_link(file, cache.directory / "second name");
    renewed("a second name");
    fs::remove(file);
    fs::create_symlink(cache.directory / "second name", file);
    hold = Fd();
    CHECK(same(cache.get(), made));
    CHECK_FALSE(fs::is_symlink(file));
}

TEST_CASE("seccomp cache: where there can't be one, it works all the same") {
    if (no_libseccomp()) return;
    Cache const cache;
    SECTION("a file in its place") { put(cache.directory / "~seccomp", "x"); }
    SECTION("a link in its place") {
        fs::create_directory(cache.directory / "elsewhere");
        fs::create_symlink(cache.directory / "elsewhere", cache.directory / "~seccomp");
    }
    SECTION("a directory of everybody") {
        fs::create_directory(cache.directory / "~seccomp");
        fs::permissions(cache.directory / "~seccomp", fs::perms::all);
    }
    CHECK(same(cache.get(), cache.get()));
    if (fs::is_directory(cache.directory / "~seccomp"))
        CHECK(fs::is_empty(cache.directory / "~seccomp"));
}

TEST_CASE("seccomp: what libseccomp refuses is named") {
    if (no_libseccomp()) return;
    auto const story = [](spec::Seccomp const& p) {
        auto const program = seccomp::translate(p);
        return program ? "" : program.error().story;
    };
    CHECK(story(profile).empty());
    auto p = profile;
    p.syscalls.push_back({.names = {"no_such_call"}, .action = kill_process});
    CHECK(story(p).empty()); // no problem: libseccomp may be old
    p.default_action = log;
    CHECK(story(p).empty()); // as runc: explain tells of it
    auto const told = seccomp::unknown_calls(p);
    REQUIRE(told.size() == 1);
    CHECK(told[0].starts_with("config.json: /linux/seccomp/syscalls/1: SCMP_ACT_KILL_PROCESS for "
                              "\"no_such_call\": libseccomp "));
    p.syscalls[1].action = allow;
    CHECK(story(p).empty());
    p = profile;
    p.architectures = {spec::SeccompArch::x86, spec::SeccompArch::s390x};
    CHECK(story(p).starts_with("config.json: /linux/seccomp/architectures/1: SCMP_ARCH_S390X: "));
    p = profile;
    using enum spec::SeccompOperator;
    p.syscalls = {{.names = {"dup"}, .action = allow, .errno_ret = {}, .args = {{0, 1, 0, eq}}},
                  {.names = {"dup"}, .action = trap, .errno_ret = {}, .args = {{0, 1, 0, eq}}}};
    CHECK(story(p)
          == "config.json: /linux/seccomp/syscalls/1: SCMP_ACT_TRAP for \"dup\": another rule says "
             "something else");
}

TEST_CASE("seccomp: what features tells") {
    auto const support = seccomp::support();
    CHECK(support.actions->size() == 9);
    CHECK(support.operators->size() == 7);
    if (have_libseccomp()) CHECK(support.archs->size() >= 17); // 2.5 has not all of them
    CHECK(support.known_flags->size() == 4);
    CHECK(support.supported_flags->size() >= 3);
    CHECK(support.enabled == have_libseccomp());
}

} // namespace
