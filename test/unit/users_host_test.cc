// SPDX-License-Identifier: Apache-2.0
// unit/users_host_test.cc - parts/users/host.h: namespaces that carry id maps.
#include "catch.h"

#include <sched.h>
#include <signal.h>

#include <cerrno>

#include "parts/users/host.h"
#include "temporary.h"

namespace {

using namespace davit;
using users::IdMaps;

bool not_root() { return unit::skip_unless(::geteuid() == 0, "not root"); }

/// The file of a process that has joined the namespace.
std::string seen_inside(NsFd const& ns, char const* file) {
    int words[2];
    REQUIRE(::pipe(words) == 0);
    CHECK(test::in_child([&] {
              if (::setns(ns.number(), CLONE_NEWUSER) != 0) return 1;
              auto const text = test::content(std::string("/proc/self/") + file);
              return ::write(words[1], text.data(), text.size()) < 0 ? 2 : 0;
          })
          == 0);
    ::close(words[1]);
    std::string out(1 << 16, '\0');
    auto const n = ::read(words[0], out.data(), out.size());
    ::close(words[0]);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    // The kernel aligns the columns.
    std::string squeezed;
    for (char const c : out)
        if (c != ' ' || (!squeezed.empty() && squeezed.back() != ' ' && squeezed.back() != '\n'))
            squeezed += c;
    return squeezed;
}

TEST_CASE("users: a namespace carries its maps, and nobody lives in it", "[root]") {
    if (not_root()) return;
    auto const fds = test::open_fds();
    {
        auto const ns = users::make_user_namespace(
            {.uids = {{0, 100000, 1000}, {1000, 5, 1}}, .gids = {{0, 200000, 65536}}});
        INFO((ns ? "" : ns.error().story));
        REQUIRE(ns);
        CHECK((::fcntl(ns->number(), F_GETFD) & FD_CLOEXEC) != 0);
        CHECK(seen_inside(*ns, "uid_map") == "0 100000 1000\n1000 5 1\n");
        CHECK(seen_inside(*ns, "gid_map") == "0 200000 65536\n");
        CHECK(test::open_fds() == fds + 1);
    }
    CHECK(test::open_fds() == fds);
    CHECK(::waitpid(-1, nullptr, WNOHANG | __WALL) == -1);
    CHECK(errno == ECHILD);
}

TEST_CASE("users: 340 entries are the most, and a page of text", "[root]") {
    if (not_root()) return;
    IdMaps maps;
    for (unsigned i = 0; i < 340; ++i) maps.uids.push_back({i, 1000 + 2 * i, 1});
    maps.gids = {{0, 0, 1}};
    auto const ns = users::make_user_namespace(maps);
    INFO((ns ? "" : ns.error().story));
    REQUIRE(ns);
    auto const lines = seen_inside(*ns, "uid_map");
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 340);

    for (auto& one : maps.uids) one.host_id += 1'000'000'000;
    auto const refused = users::make_user_namespace(maps);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::unsupported);
    CHECK(refused.error().story
          == "write uid_map: its 340 entries are a text of 5670 bytes, the kernel takes 4095");
}

TEST_CASE("users: a map that the kernel refuses leaves no process", "[root]") {
    if (not_root()) return;
    auto const refused = users::make_user_namespace({.uids = {{0, 0, 1}}, .gids = {}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().story.starts_with("write gid_map: "));
    CHECK(::waitpid(-1, nullptr, WNOHANG | __WALL) == -1);
}

TEST_CASE("users: the caller's SIGCHLD is left alone", "[root]") {
    if (not_root()) return;
    static sig_atomic_t volatile seen;
    seen = 0;
    auto const old = ::signal(SIGCHLD, [](int) { seen = 1; });
    CHECK(users::make_user_namespace({.uids = {{0, 0, 1}}, .gids = {{0, 0, 1}}}));
    CHECK(seen == 0);
    ::signal(SIGCHLD, old);
}

} // namespace
