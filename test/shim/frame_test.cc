// SPDX-License-Identifier: Apache-2.0
// test/shim/frame_test.cc - bytes into frames, in any pieces.
#include "catch.h"
#include "wire/frame.h"

#include <string>
#include <vector>

using namespace davit::shim::wire;

namespace {

std::string frame(std::uint32_t stream, std::string const& data, std::uint32_t length,
                  FrameType type = FrameType::request, std::uint8_t flags = 0) {
    char bytes[header_size];
    print({length, stream, type, flags}, bytes);
    return std::string(bytes, sizeof bytes) + data;
}
std::string frame(std::uint32_t stream, std::string const& data) {
    return frame(stream, data, static_cast<std::uint32_t>(data.size()));
}

std::vector<Frame> read(FrameReader& reader, std::string const& bytes, std::size_t piece) {
    std::vector<Frame> frames;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        std::string const now = bytes.substr(at, piece); // its memory ends, as the socket's does
        for (std::string_view rest = now; auto next = reader.take(rest);)
            frames.push_back(std::move(*next));
    }
    return frames;
}

} // namespace

TEST_CASE("a header is ten bytes, big endian", "[frame]") {
    char bytes[header_size];
    print({0x00123456, 0x789ABCDF, FrameType::data, remote_closed | no_data}, bytes);
    CHECK(std::string(bytes, sizeof bytes)
          == std::string("\x00\x12\x34\x56\x78\x9A\xBC\xDF\3\5", 10));
    auto const header = parse(bytes);
    CHECK(header.length == 0x00123456);
    CHECK(header.stream == 0x789ABCDF);
    CHECK(header.type == FrameType::data);
    CHECK(header.flags == (remote_closed | no_data));
}

TEST_CASE("frames come in pieces of any size", "[frame]") {
    auto const bytes = frame(1, "one") + frame(3, "") + frame(5, std::string(10'000, 'x'))
                       + frame(7, "", 0, FrameType::data, no_data);
    for (std::size_t const piece : {1, 2, 9, 10, 11, 13, 4096, 100'000}) {
        CAPTURE(piece);
        auto const budget = std::make_shared<Budget>(1 << 20);
        {
            FrameReader reader(budget);
            auto const frames = read(reader, bytes, piece);
            REQUIRE(frames.size() == 4);
            CHECK(frames[0].data.view() == "one");
            CHECK(frames[1].data.view().empty());
            CHECK(frames[2].data.view() == std::string(10'000, 'x'));
            CHECK(frames[2].header.stream == 5);
            CHECK(frames[3].header.flags == no_data);
            CHECK_FALSE(reader.partial());
            CHECK(budget->left() < (1 << 20) - 10'000);
        }
        CHECK(budget->left() == 1 << 20);
    }
}

TEST_CASE("what is too long is read and dropped; the next frame is whole", "[frame]") {
    auto const budget = std::make_shared<Budget>(16u << 20);
    FrameReader reader(budget);
    auto const frames = read(reader,
                             frame(1, std::string(max_data + 1, 'x')) + frame(3, "next")
                                 + frame(5, std::string(max_data, 'y')),
                             65536);
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].dropped);
    CHECK(frames[0].header.length == max_data + 1);
    CHECK(frames[0].data.view().empty());
    CHECK(frames[1].data.view() == "next");
    CHECK_FALSE(frames[2].dropped);
    CHECK(frames[2].data.view().size() == max_data);
}

TEST_CASE("a header alone costs nothing, whatever length it promises", "[frame]") {
    auto const budget = std::make_shared<Budget>(1 << 20);
    FrameReader reader(budget);
    CHECK(read(reader, frame(1, std::string(100, 'x'), max_data), 1 << 20).empty());
    CHECK(budget->left() >= (1 << 20) - 4096);
    CHECK(reader.partial());
}

TEST_CASE("what the budget doesn't allow is dropped, and comes again when there is room",
          "[frame]") {
    auto const budget = std::make_shared<Budget>(3000);
    FrameReader reader(budget);
    auto kept = read(reader, frame(1, std::string(2000, 'x')), 500);
    auto frames = read(reader, frame(3, std::string(2000, 'y')), 500);
    CHECK_FALSE(kept.at(0).dropped);
    CHECK(frames.at(0).dropped);
    CHECK(frames.at(0).data.view().empty());
    kept.clear();
    CHECK(budget->left() == 3000);
    CHECK_FALSE(read(reader, frame(5, std::string(2000, 'z')), 500).at(0).dropped);
}
