// SPDX-License-Identifier: Apache-2.0
// unit/base_test.cc - base/: results, errno texts, TRY, tables, undo, device numbers, fds.
#include "catch.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <cstring>
#include <memory>

#include "base/device_number.h"
#include "base/result.h"
#include "base/table.h"
#include "base/undo.h"
#include "davit/fd.h"

namespace {

using namespace davit;

TEST_CASE("errno texts are the C library's, in lower case") {
    CHECK(errno_text(ENOENT) == "no such file or directory");
    CHECK(errno_text(EACCES) == "permission denied");
    CHECK(errno_text(EPERM) == "operation not permitted");
    CHECK(errno_text(ESRCH) == "no such process");
    CHECK(errno_text(EIO) == "input/output error");
    CHECK(errno_text(ELIBACC) == "can not access a needed shared library");
    CHECK(errno_text(EDOTDOT) == "RFS specific error"); // an abbreviation stays
    CHECK(errno_text(EISDIR) == "is a directory");
    CHECK(errno_text(ENOTDIR) == "not a directory");
    CHECK(errno_text(123456) == "unknown error");
    CHECK(errno_text(-1) == "unknown error");
}

TEST_CASE("a failed system call tells what was tried, and of which kind it is") {
    auto const story_of = [](int e) {
        return Error(fail_errno(Errno{e}, "open ", quoted("x")).error());
    };
    CHECK(story_of(ENOENT).story == R"(open "x": no such file or directory)");
    CHECK(story_of(ENOENT).errnum == ENOENT);
    CHECK(story_of(ENOENT).kind == Kind::system);
    CHECK(story_of(EPERM).kind == Kind::denied);
    CHECK(story_of(EACCES).kind == Kind::denied);
    auto const plain = fail(Kind::config, "item ", 3, ": wrong").error();
    CHECK(plain.story == "item 3: wrong");
    CHECK(plain.errnum == 0);
}

TEST_CASE("context turns an errno into a story, and lets values through") {
    CHECK(context(Sys<int>(7), "unused") == 7);
    CHECK(context(Sys<>(), "unused"));
    auto const failed = context(Sys<int>(std::unexpected(Errno{EBUSY})), "take ", 1);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().story == "take 1: device or resource busy");
    auto const outer = within(Result<int>(std::unexpected(failed.error())), "prepare");
    REQUIRE_FALSE(outer);
    CHECK(outer.error().story == "prepare: take 1: device or resource busy");
    CHECK(outer.error().errnum == EBUSY);
    // A type that can only be moved works as well.
    auto moved = context(Sys<std::unique_ptr<int>>(std::make_unique<int>(5)), "unused");
    REQUIRE(moved);
    CHECK(**moved == 5);
}

Sys<int> half(int n) {
    if (n % 2) return std::unexpected(Errno{EDOM});
    return n / 2;
}
Sys<int> quarter(int n) { return TRY(half(TRY(half(n)))); }
Sys<std::unique_ptr<int>> boxed(Sys<std::unique_ptr<int>> box) {
    auto inner = TRY(std::move(box));
    return inner;
}
Sys<> checked(Sys<> const& kept) {
    TRY(kept); // an lvalue stays whole
    return {};
}

TEST_CASE("TRY yields the value or returns the error") {
    CHECK(quarter(12) == 3);
    CHECK(quarter(6) == Sys<int>(std::unexpected(Errno{EDOM})));
    CHECK(quarter(1) == Sys<int>(std::unexpected(Errno{EDOM})));
    CHECK(**boxed(std::make_unique<int>(1)) == 1);
    Sys<> const good, bad = std::unexpected(Errno{EIO});
    CHECK(checked(good));
    CHECK(checked(bad).error() == Errno{EIO});
    CHECK(bad.error() == Errno{EIO});
}

struct Row {
    std::string_view name;
    int value = 0;
};
constexpr auto rows = table<Row>({{"b", 2}, {"a", 1}, {"", 0}, {"bb", 3}});
static_assert(rows[0].name.empty() && rows[3].name == "bb", "sorted at compile time");
static_assert(find(rows, "b")->value == 2);

TEST_CASE("tables are searched by name") {
    CHECK(find(rows, "a")->value == 1);
    CHECK(find(rows, "bb")->value == 3);
    CHECK(find(rows, "")->value == 0);
    for (auto const* wrong : {"A", "c", "aa", "b ", "bbb"}) CHECK(find(rows, wrong) == nullptr);
}

TEST_CASE("undo runs backwards, unless committed") {
    std::string order;
    {
        Undo undo;
        for (char const c : {'1', '2', '3'}) undo.add([&order, c] { order += c; });
    }
    CHECK(order == "321");
    {
        Undo undo;
        undo.add([&] { order += 'x'; });
        undo.commit();
        undo.add([&] { order += '4'; });
    }
    CHECK(order == "3214");
}

TEST_CASE("device numbers are makedev's") {
    for (unsigned const major : {0U, 1U, 5U, 136U, 255U, 256U, 4095U, 4096U, 0xfffffU, 0xffffffffU})
        for (unsigned const minor : {0U, 3U, 255U, 256U, 65535U, 0xfffffU, 0xffffffffU}) {
            INFO(major << ":" << minor);
            CHECK(device_number(major, minor) == makedev(major, minor));
            CHECK(device_major(device_number(major, minor)) == major);
        }
}

TEST_CASE("an fd is closed once, by its last owner") {
    auto const is_open = [](int number) { return ::fcntl(number, F_GETFD) >= 0; };
    Fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    auto const number = first.number();
    REQUIRE(number >= 0);
    Fd second = std::move(first);
    CHECK_FALSE(first);
    CHECK(first.number() == -1);
    CHECK(is_open(number));
    PathFd third = std::move(second).as<PathFd>();
    CHECK(third.number() == number);
    auto& same = third;
    third = std::move(same);
    CHECK(is_open(number));
    third.reset();
    CHECK_FALSE(is_open(number));
    Fd given(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    int const kept = given.release();
    CHECK_FALSE(given);
    CHECK(is_open(kept));
    ::close(kept);
}

} // namespace
