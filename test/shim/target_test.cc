// SPDX-License-Identifier: Apache-2.0
// shim/target_test.cc - what a stream's name in a request means.
#include "core/target.h"

#include "catch.h"

using namespace davit;
using shim::parse_target;
using Form = shim::Target::Form;

TEST_CASE("target: the forms") {
    CHECK(parse_target("")->form == Form::none);
    CHECK(parse_target("/run/fifo")->form == Form::path);
    CHECK(parse_target("/run/fifo")->path == "/run/fifo");
    CHECK(parse_target("fifo:///run/fifo")->form == Form::path);
    CHECK(parse_target("fifo:///run/fifo")->path == "/run/fifo");
    auto const file = parse_target("file:///var/a%20log%2F100%25?ignored=1");
    CHECK(file->form == Form::file);
    CHECK(file->path == "/var/a log/100%");
}

TEST_CASE("target: a program's arguments, in their order") {
    CHECK_FALSE(parse_target("binary:///bin/log?a=x%00y"));
    CHECK_FALSE(parse_target("binary:///bin/log?x%00y=a"));
    auto const program = parse_target("binary:///bin/log?b=1&a=x+y%26z&flag&=nobody&empty=&b=2");
    REQUIRE(program.has_value());
    CHECK(program->path == "/bin/log");
    CHECK(program->arguments
          == std::vector<std::string>{"b", "1", "a", "x y&z", "flag", "empty", "b", "2"});
}

TEST_CASE("target: what is refused") {
    CHECK(parse_target("ttrpc+unix:///x?streaming_id=1").error().kind == Kind::unsupported);
    CHECK(parse_target("file://relative/path").error().kind == Kind::config);
    CHECK(parse_target("binary://").error().kind == Kind::config);
    CHECK(parse_target("relative").error().kind == Kind::config);
    CHECK(parse_target("/run/../etc/shadow").error().kind == Kind::config);
    CHECK(parse_target("file:///var/log/%2e%2e/passwd").error().kind == Kind::config);
    CHECK(parse_target(std::string_view("/run/a\0b", 8)).error().kind == Kind::config);
    CHECK(parse_target("/run/..a/b..")->path == "/run/..a/b..");
    CHECK(parse_target("file:///a%00b").error().kind == Kind::config);
    CHECK(parse_target("file:///half%2")->path == "/half%2"); // not an escape: itself
}
