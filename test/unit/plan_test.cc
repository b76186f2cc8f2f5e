// SPDX-License-Identifier: Apache-2.0
// unit/plan_test.cc - plan/flat.h and builder.h: the block that crosses into init; plan/compile.cc.
#include "catch.h"

#include <cstring>

#include "plan/builder.h"
#include "plan/plan.h"

namespace {

using namespace davit;
using plan::Builder;
using plan::List;
using plan::Text;
using plan::View;

struct Header {
    Text name, empty, absent;
    List<Text> words;
    List<std::uint64_t> numbers;
    List<std::uint8_t> bytes, nothing;
    List<std::uint64_t> pointers;
};

TEST_CASE("flat: what the builder writes, the view reads") {
    using namespace std::string_view_literals;
    Builder builder(sizeof(Header));
    Header header{};
    header.name = builder.text("a name");
    header.empty = builder.text("");
    header.words = builder.list(std::vector{builder.text("one"), builder.text("two")});
    header.bytes = builder.list(std::vector<std::uint8_t>{1, 2, 3});
    header.numbers = builder.list(std::vector<std::uint64_t>{7, ~0ULL});
    header.nothing = builder.list(std::vector<std::uint8_t>{});
    header.pointers = builder.pointers(std::vector<std::string>{"x", "", "z"}, 1);
    auto const block = std::move(builder).finish(header);

    View const view(block.data());
    auto const& read = view.header<Header>();
    CHECK(view.text(read.name) == "a name"sv);
    CHECK(read.name.size == 6);
    CHECK(read.empty); // present, though empty
    CHECK(view.text(read.empty) == ""sv);
    CHECK_FALSE(read.absent);
    CHECK(view.text(read.absent) == nullptr);
    REQUIRE(view.list(read.words).size() == 2);
    CHECK(view.text(view.list(read.words)[1]) == "two"sv);
    REQUIRE(view.list(read.bytes).size() == 3);
    CHECK(view.list(read.bytes)[2] == 3);
    CHECK(view.list(read.numbers)[1] == ~0ULL);
    CHECK(view.list(read.nothing).empty());
    // Three texts, a spare slot, the final zero.
    auto const slots = view.list(read.pointers);
    REQUIRE(slots.size() == 5);
    CHECK(view.text({static_cast<std::uint32_t>(slots[0]), 0}) == "x"sv);
    CHECK(view.text({static_cast<std::uint32_t>(slots[1]), 0}) == ""sv);
    CHECK(slots[1] != 0);
    CHECK(slots[3] == 0);
    CHECK(slots[4] == 0);
}

TEST_CASE("flat: everything is aligned and inside the block") {
    for (std::size_t odd = 0; odd < 9; ++odd) {
        Builder builder(sizeof(Header));
        (void)builder.text(std::string(odd, 'x'));
        Header header{};
        header.numbers = builder.list(std::vector<std::uint64_t>{1});
        header.name = builder.text("end");
        auto const block = std::move(builder).finish(header);
        CHECK(header.numbers.at % 8 == 0);
        CHECK(header.numbers.at >= sizeof(Header));
        CHECK(header.name.at + header.name.size + 1 == block.size());
        CHECK(block.back() == std::byte{0});
    }
}

spec::Config small_config() {
    spec::Config config;
    config.oci_version = "1.3.0";
    config.root.path = "rootfs";
    config.linux.namespaces = {{spec::NamespaceType::mount, ""}, {spec::NamespaceType::pid, ""}};
    return config;
}

plan::Choices const choices{.id = "box", .bundle = "/bundles/one"};

TEST_CASE("compile: the root is absolute") {
    struct Row {
        char const* path;
        char const* root;
    };
    for (auto const& row :
         {Row{"rootfs", "/bundles/one/rootfs"}, Row{"/abs/./x/", "/abs/x"},
          Row{"../two/rootfs", "/bundles/two/rootfs"}, Row{".", "/bundles/one"}}) {
        auto config = small_config();
        config.root.path = row.path;
        auto const plan = plan::compile(config, {}, choices);
        REQUIRE(plan);
        CHECK(plan->rootfs == row.root);
        CHECK(std::string(plan->view().text(plan->header().rootfs.path)) == row.root);
    }
}

TEST_CASE("compile: the same input gives the same bytes") {
    auto const config = small_config();
    auto const one = plan::compile(config, {}, choices), other = plan::compile(config, {}, choices);
    REQUIRE(one);
    REQUIRE(other);
    CHECK(one->inside == other->inside);
}

TEST_CASE("compile: without a process there is nothing to start") {
    auto config = small_config();
    auto const without = plan::compile(config, {}, choices);
    REQUIRE(without);
    CHECK_FALSE(without->has_process);
    CHECK(without->header().process.argv.count == 1); // the terminating zero
    config.process.emplace().cwd = "/";
    config.process->args = {"true"};
    config.process->terminal = true;
    config.process->console_size = spec::Box{.height = 24, .width = 80};
    config.process->oom_score_adj = -5;
    auto const with = plan::compile(config, {}, choices);
    REQUIRE(with);
    CHECK(with->has_process);
    CHECK(with->oom_score_adj == -5);
    CHECK(with->header().terminal.wanted == 1);
    CHECK(with->header().terminal.height == 24);
    CHECK(with->header().terminal.width == 80);
}

TEST_CASE(
    "compile: the session keyring is named after the container, unless the caller's is kept") {
    auto wanted = choices;
    auto const plan = plan::compile(small_config(), {}, wanted);
    REQUIRE(plan);
    CHECK(std::string(plan->view().text(plan->header().process.keyring)) == "_ses.box");
    wanted.no_new_keyring = true;
    CHECK_FALSE(plan::compile(small_config(), {}, wanted)->header().process.keyring);
}

} // namespace
