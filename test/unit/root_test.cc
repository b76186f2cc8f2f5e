// SPDX-License-Identifier: Apache-2.0
// unit/root_test.cc - safe/root.h: nothing below a root leads out of it.
#include "catch.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include <cstdio>
#include <thread>

#include "safe/root.h"
#include "temporary.h"

namespace {

using namespace davit;
using test::TemporaryDirectory;

/// TEMPORARY/root is the root; no walk may reach TEMPORARY/outside.
struct Tree {
    TemporaryDirectory directory;
    safe::Root root;

    Tree() {
        for (auto const* name : {"root", "outside", "root/etc", "root/usr", "root/usr/bin"})
            REQUIRE(::mkdir((directory / name).c_str(), 0755) == 0);
        test::put(directory / "outside/secret", "outside");
        test::put(directory / "root/etc/passwd", "inside");
        auto fd = sys::openat<PathFd>(sys::cwd, (directory / "root").c_str(), O_PATH | O_DIRECTORY);
        REQUIRE(fd);
        root = safe::Root(std::move(*fd));
    }
    void link(std::string const& target, std::string const& name) const {
        REQUIRE(::symlink(target.c_str(), (directory / "root/" + name).c_str()) == 0);
    }
    [[nodiscard]] bool exists(std::string const& name) const {
        struct stat st{};
        return ::lstat((directory / name).c_str(), &st) == 0;
    }
    /// The path of what was found, below TEMPORARY; or the errno's number.
    template <class FdType>
    [[nodiscard]] std::string where(Sys<FdType> const& found) const {
        return found ? where(found->number()) : "errno " + std::to_string(found.error().value);
    }
    [[nodiscard]] std::string where(int fd) const {
        char path[PATH_MAX];
        auto const n = ::readlink(safe::FdPath(fd).text, path, sizeof path);
        if (n < 0) return "?";
        auto const text = std::string(path, static_cast<std::size_t>(n));
        if (!text.starts_with(directory.path())) return text;
        return text.substr(directory.path().size() + 1);
    }
    [[nodiscard]] std::string outside() const {
        std::string names;
        for (auto const& entry :
             std::filesystem::recursive_directory_iterator(directory / "outside"))
            names += entry.path().filename().string() + " ";
        return names;
    }
};

std::string error(int e) { return "errno " + std::to_string(e); }

TEST_CASE("root: paths are found inside") {
    Tree const tree;
    CHECK(tree.where(tree.root.find("/etc/passwd")) == "root/etc/passwd");
    CHECK(tree.where(tree.root.find("etc/passwd")) == "root/etc/passwd");
    CHECK(tree.where(tree.root.find("/")) == "root");
    CHECK(tree.where(tree.root.find("/usr//./bin/")) == "root/usr/bin");
    CHECK(tree.where(tree.root.find("/nothing")) == error(ENOENT));
    CHECK(tree.where(tree.root.find("/etc/passwd/x")) == error(ENOTDIR));
    CHECK(tree.where(tree.root.find("")) == error(ENOENT));
    CHECK(tree.where(tree.root.find("/etc/passwd", O_DIRECTORY)) == error(ENOTDIR));
    auto const file = tree.root.open("/etc/passwd", O_RDONLY);
    REQUIRE(file);
    CHECK((::fcntl(file->number(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("root: \"..\" and links stay inside") {
    Tree const tree;
    tree.link("/etc", "absolute");
    tree.link("../../../../etc", "relative");
    tree.link("/usr/../../outside", "out");
    tree.link("../outside/secret", "secret");
    tree.link(tree.directory / "outside", "host");
    tree.link("absolute/../relative/passwd", "chain");
    CHECK(tree.where(tree.root.find("/../../..")) == "root");
    CHECK(tree.where(tree.root.find("/../outside/secret")) == error(ENOENT));
    CHECK(tree.where(tree.root.find("/usr/bin/../../../../etc/passwd")) == "root/etc/passwd");
    CHECK(tree.where(tree.root.find("/absolute/passwd")) == "root/etc/passwd");
    CHECK(tree.where(tree.root.find("/relative/passwd")) == "root/etc/passwd");
    CHECK(tree.where(tree.root.find("/chain")) == "root/etc/passwd");
    for (auto const* path : {"/out", "/out/secret", "/secret", "/host", "/host/secret"}) {
        INFO(path);
        CHECK(tree.where(tree.root.find(path)) == error(ENOENT));
        CHECK(tree.where(tree.root.open(path, O_RDONLY)) == error(ENOENT));
    }
}

TEST_CASE("root: nothing is below a file while a neighbour renames") {
    Tree const tree;
    tree.link("etc/passwd", "file");
    std::string around; // so many ".." that a rename comes between: the kernel gives up (EAGAIN)
    for (int i = 0; i < 500; ++i) around += "etc/../";
    std::jthread const neighbour([&](std::stop_token const& stop) {
        auto const one = tree.directory / "outside/one", other = tree.directory / "outside/other";
        test::put(one, "");
        while (!stop.stop_requested()) {
            (void)::rename(one.c_str(), other.c_str());
            (void)::rename(other.c_str(), one.c_str());
        }
    });
    for (int i = 0; i < 50; ++i) {
        CHECK(tree.where(tree.root.find((around + "etc/passwd").c_str())) == "root/etc/passwd");
        for (auto const* path : {"etc/passwd/..", "etc/passwd/.", "etc/passwd/", "file/../usr"})
            CHECK(tree.where(tree.root.find((around + path).c_str())) == error(ENOTDIR));
    }
}

TEST_CASE("root: what is missing behind a link is made where the link says, inside") {
    Tree const tree;
    tree.link("nothing", "dangling");
    tree.link("../../../../outside/made", "climbing");
    tree.link("/file/of/ours", "far");
    CHECK(tree.where(tree.root.find("/dangling")) == error(ENOENT));
    CHECK(tree.root.make_directories("/dangling/x"));
    CHECK(tree.exists("root/nothing/x"));
    CHECK(tree.root.make_directories("/climbing"));
    CHECK(tree.exists("root/outside/made"));
    CHECK_FALSE(tree.exists("outside/made"));
    CHECK(tree.root.make_file("/far"));
    CHECK(tree.exists("root/file/of/ours"));
}

TEST_CASE("root: links in circles") {
    Tree const tree;
    tree.link("b", "a");
    tree.link("a", "b");
    CHECK(tree.where(tree.root.find("/a/x")) == error(ELOOP));
    CHECK(tree.where(tree.root.make_directories("/a/x")) == error(ELOOP));
    CHECK_FALSE(tree.root.make_file("/a"));
}

TEST_CASE("root: magic links are refused") {
    Tree const tree;
    // /proc itself is a root that contains them.
    auto proc = sys::openat<PathFd>(sys::cwd, "/proc", O_PATH | O_DIRECTORY);
    REQUIRE(proc);
    safe::Root const root(std::move(*proc));
    for (auto const* path : {"/self/root", "/self/cwd", "/self/exe", "/self/fd/0", "/self/ns/mnt",
                             "/self/root/etc/passwd", "/self/cwd/../.."}) {
        INFO(path);
        CHECK(tree.where(root.find(path)) == error(ELOOP));
        CHECK(tree.where(root.open(path, O_RDONLY)) == error(ELOOP));
        CHECK(tree.where(root.find_real(path)) == error(ELOOP));
    }
    CHECK(root.find("/self/status")); // an ordinary link, which is followed
}

TEST_CASE("root: a real path has no link anywhere") {
    Tree const tree;
    tree.link("/etc", "absolute");
    CHECK(tree.where(tree.root.find_real("/etc/passwd")) == "root/etc/passwd");
    CHECK(tree.where(tree.root.find_real("/absolute")) == error(ELOOP));
    CHECK(tree.where(tree.root.find_real("/absolute/passwd")) == error(ELOOP));
    CHECK(tree.where(tree.root.find_real("/nothing")) == error(ENOENT));
    CHECK(tree.where(tree.root.find_real("/../../etc")) == "root/etc");
}

TEST_CASE("root: missing directories are made") {
    Tree const tree;
    tree.link("/usr", "link");
    tree.link("usr/bin", "etc/local"); // leads to /etc/usr/bin, which is missing
    ::umask(022);
    CHECK(tree.where(tree.root.make_directories("/a/b/c", 0750)) == "root/a/b/c");
    struct stat st{};
    REQUIRE(::stat((tree.directory / "root/a/b").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0750);
    CHECK(tree.where(tree.root.make_directories("/a/b/c")) == "root/a/b/c");
    CHECK(tree.where(tree.root.make_directories("/")) == "root");
    CHECK(tree.where(tree.root.make_directories("/link/lib/x")) == "root/usr/lib/x");
    CHECK(tree.where(tree.root.make_directories("//d///e/")) == "root/d/e");
    CHECK(tree.where(tree.root.make_directories("/etc/local/x")) == "root/etc/usr/bin/x");
    CHECK(tree.where(tree.root.make_directories("/etc/passwd")) == error(ENOTDIR));
    CHECK(tree.where(tree.root.make_directories("/etc/passwd/x")) == error(ENOTDIR));
    CHECK(tree.where(tree.root.make_directories(("/" + std::string(PATH_MAX, 'x')).c_str()))
          == error(ENAMETOOLONG));
    CHECK(tree.where(tree.root.make_directories(("/" + std::string(NAME_MAX + 1, 'x')).c_str()))
          == error(ENAMETOOLONG));
    CHECK(tree.outside() == "secret ");
}

TEST_CASE("root: a place is a directory inside and a name in it") {
    Tree const tree;
    tree.link("../../outside", "out");
    auto const in_top = tree.root.place("/name");
    REQUIRE(in_top);
    CHECK(tree.where(in_top->directory.number()) == "root");
    CHECK(std::string(in_top->name) == "name");
    auto const deep = tree.root.place("/new/directory/name");
    REQUIRE(deep);
    CHECK(std::string(deep->name) == "name");
    CHECK(tree.where(deep->directory.number()) == "root/new/directory");
    CHECK(tree.exists("root/new/directory"));
    CHECK_FALSE(tree.exists("root/new/directory/name"));
    for (auto const* path : {"/", "", "name", "/a/"})
        CHECK(tree.root.place(path).error() == Errno{EINVAL});
    // A link to the outside leads to a directory of that name inside the root.
    auto const behind = tree.root.place("/out/name");
    REQUIRE(behind);
    CHECK(tree.where(behind->directory.number()) == "root/outside");
    CHECK(tree.root.place(("/" + std::string(PATH_MAX, 'x') + "/y").c_str()).error()
          == Errno{ENAMETOOLONG});
    CHECK(tree.outside() == "secret ");
}

TEST_CASE("root: a file is made where nothing is") {
    Tree const tree;
    tree.link("../../outside/new", "out");
    tree.link("/etc/passwd", "link");
    ::umask(022);
    CHECK(tree.where(tree.root.make_file("/a/b/file")) == "root/a/b/file");
    struct stat st{};
    REQUIRE(::stat((tree.directory / "root/a/b/file").c_str(), &st) == 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK((st.st_mode & 07777) == 0644);
    // An existing file of any type stays as it is.
    CHECK(tree.where(tree.root.make_file("/etc/passwd")) == "root/etc/passwd");
    CHECK(test::content(tree.directory / "root/etc/passwd") == "inside");
    CHECK(tree.where(tree.root.make_file("/link")) == "root/etc/passwd");
    CHECK(tree.where(tree.root.make_file("/usr")) == "root/usr");
    CHECK(tree.where(tree.root.make_file("/out")) == "root/outside/new");
    for (auto const* target : {"/host/..", "missing/", "missing/../x"}) {
        ::unlink((tree.directory / "root/odd").c_str());
        tree.link(target, "odd");
        CHECK_FALSE(tree.root.make_file("/odd"));
    }
    CHECK(tree.outside() == "secret ");
}

TEST_CASE("root: an fd has a name below /proc/self/fd") {
    for (int const fd : {0, 9, 10, 1234, 2147483647})
        CHECK(safe::FdPath(fd).text == "/proc/self/fd/" + std::to_string(fd));
}

} // namespace
