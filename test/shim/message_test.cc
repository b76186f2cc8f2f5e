// SPDX-License-Identifier: Apache-2.0
// test/shim/message_test.cc - protobuf's bytes: every message there and back, and malformed bytes.
#include "all_messages.h"
#include "base/utf8.h"
#include "catch.h"

using namespace davit::shim;
using namespace davit::shim::containerd;
using wire::Code;
using wire::decode;
using wire::encode;

namespace {

std::string varint(std::uint64_t number) {
    std::string bytes;
    for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
    return bytes + static_cast<char>(number);
}
std::string field(unsigned number, unsigned wire_type) { return varint(number << 3 | wire_type); }
std::string text(unsigned number, std::string const& value) {
    return field(number, 2) + varint(value.size()) + value;
}

} // namespace

TEST_CASE("every message comes back as it was", "[message]") {
    for (auto const& row : all_messages) {
        INFO(row.name);
        Filler filler;
        auto const message = row.make(), again = row.make();
        filler.fill(*row.type, message.get());
        auto const bytes = encoded(row, message.get());
        REQUIRE(decoded(row, bytes, again.get()));
        CHECK(encoded(row, again.get()) == bytes);
        CHECK(encoded(row, row.make().get()).empty()); // all zero
    }
}

TEST_CASE("every message skips fields that it doesn't know, of each wire type", "[message]") {
    auto const unknown = field(500, 0) + varint(~0ull) + field(501, 1) + "12345678"
                         + text(502, "whatever\xFF") + field(503, 5) + "1234";
    for (auto const& row : all_messages) {
        INFO(row.name);
        Filler filler;
        auto const message = row.make(), again = row.make();
        filler.fill(*row.type, message.get());
        auto const bytes = encoded(row, message.get());
        auto const among = unknown + bytes + unknown; // what is read points into it
        REQUIRE(decoded(row, among, again.get()));
        CHECK(encoded(row, again.get()) == bytes);
    }
}

TEST_CASE("every message that is cut off is refused or is a shorter one", "[message]") {
    for (auto const& row : all_messages) {
        INFO(row.name);
        Filler filler;
        auto const message = row.make();
        filler.fill(*row.type, message.get());
        auto const bytes = encoded(row, message.get());
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            auto const again = row.make();
            auto const cut = bytes.substr(0, size); // what is read may point into it
            if (decoded(row, cut, again.get())) CHECK(encoded(row, again.get()).size() <= size);
        }
    }
}

TEST_CASE("bytes are as protobuf's documentation has them", "[message]") {
    CHECK(encode(KillRequest{.id = "a", .signal = 150, .all = true})
          == std::string("\x0A\x01"
                         "a\x18\x96\x01\x20\x01"));
    CHECK(encode(wire::Timestamp{.seconds = -1}) == field(1, 0) + varint(~0ull));
    CHECK(encode(BootstrapResult{.version = -2}) == field(1, 0) + varint(~1ull));
    cgroups_v1::CPUUsage usage;
    usage.per_cpu = {3, 270, 86942};
    CHECK(encode(usage) == "\x22\x06\x03\x8E\x02\x9E\xA7\x05");
    UpdateTaskRequest update;
    update.annotations = {{"k", "v"}};
    CHECK(encode(update) == text(3, text(1, "k") + text(2, "v")));
}

TEST_CASE("presence: an optional text may be empty, a message inside may be", "[message]") {
    BootstrapParams params;
    CHECK(encode(params).empty());
    params.socket_dir = "";
    CHECK(encode(params) == std::string("\x4A\0", 2));
    CHECK(decode<BootstrapParams>(encode(params))->socket_dir == "");
    CHECK_FALSE(decode<BootstrapParams>("")->socket_dir);
    CHECK(decode<WaitResponse>(text(2, ""))->exited_at);
    CHECK_FALSE(decode<WaitResponse>("")->exited_at);
}

TEST_CASE("what comes twice: the last one, lists grow, messages are merged", "[message]") {
    CHECK(decode<StateRequest>(text(1, "a") + text(1, "b"))->id == "b");
    auto const exec =
        decode<ExecProcessRequest>(text(7, text(1, "url")) + text(7, text(2, "value")));
    CHECK(exec->spec->type_url == "url");
    CHECK(exec->spec->value == "value");
    auto const update = decode<UpdateTaskRequest>(text(3, text(1, "k") + text(2, "old"))
                                                  + text(3, text(2, "new") + text(1, "k")));
    CHECK(update->annotations == std::map<std::string, std::string>{{"k", "new"}});
    // An entry of a map is a new one, also where it is a message.
    auto const sandbox = decode<Sandbox>(text(7, text(1, "k") + text(2, text(1, "url")))
                                         + text(7, text(1, "k") + text(2, text(2, "value"))));
    CHECK(sandbox->extensions.at("k").type_url.empty());
    CHECK(decode<UpdateTaskRequest>(text(3, ""))->annotations.at("") == "");
}

TEST_CASE("numbers in a list: packed, one by one, or both", "[message]") {
    auto const usage =
        decode<cgroups_v1::CPUUsage>(field(4, 0) + varint(7) + text(4, "\x08\x09") + text(4, ""));
    CHECK(usage->per_cpu == std::vector<std::uint64_t>{7, 8, 9});
    CHECK_FALSE(decode<cgroups_v1::CPUUsage>(text(4, "\x08\x80")));
}

TEST_CASE("a field of another wire type is an unknown one", "[message]") {
    CHECK(decode<StateRequest>(field(1, 0) + varint(5))->id.empty());
    CHECK(decode<KillRequest>(text(3, "nine"))->signal == 0);
    CHECK(decode<KillRequest>(field(3, 5) + "1234")->signal == 0);
    CHECK(decode<UpdateTaskRequest>(field(3, 0) + varint(5))->annotations.empty());
    CHECK_FALSE(decode<WaitResponse>(field(2, 1) + "12345678")->exited_at);
}

TEST_CASE("numbers that are too wide are cut, as all readers of protobuf do", "[message]") {
    CHECK(decode<KillRequest>(field(3, 0) + varint(0x1'0000'0009))->signal == 9);
    CHECK(decode<KillRequest>(field(4, 0) + varint(0x1'0000'0000))->all);
}

TEST_CASE("lengths that lie are refused", "[message]") {
    auto const id = field(1, 2);
    for (auto const& bytes : {
             id + varint(2) + "a",                  // one byte is missing
             id + varint(0x7FFF'FFFF) + "a",        //
             id + varint(0xFFFF'FFFF) + "a",        // -1 to a reader that takes an int
             id + varint(0x1'0000'0001) + "a",      // 1 to a reader that takes 32 bits
             id + varint(~0ull) + "a",              //
             id + std::string(11, '\x80') + "a",    // no varint
             id,                                    //
             field(200, 2) + varint(0x1'0000'0000), // also of what isn't known
             field(3, 0),                           //
             std::string("\x00", 1),                // field 0
             field(1, 3) + field(1, 4),             // a group
             field(1, 6), field(1, 7),              // no wire type
             field(19001, 0) + varint(1),           // protobuf's own
         }) {
        CAPTURE(bytes.size());
        auto const message = decode<KillRequest>(bytes);
        REQUIRE_FALSE(message);
        CHECK(message.error().code == Code::invalid_argument);
        CHECK_FALSE(message.error().message.empty());
    }
    // Inside, too.
    CHECK_FALSE(decode<ExecProcessRequest>(text(7, id + varint(100) + "a")));
    CHECK_FALSE(decode<UpdateTaskRequest>(text(3, id + varint(100) + "a")));
}

TEST_CASE("messages inside of messages: no deeper than the types are", "[message]") {
    std::string deep;
    for (int i = 0; i < 10'000; ++i) deep = text(7, deep);
    auto const exec = decode<ExecProcessRequest>(deep);
    REQUIRE(exec);
    CHECK(exec->spec->value.empty());
    CHECK(exec->spec->type_url.empty());
}

TEST_CASE("elements are counted, for each may take much more memory than bytes", "[message]") {
    std::string mounts, packed;
    for (std::size_t i = 0; i < wire::max_elements; ++i) mounts += text(3, "");
    CHECK(decode<CreateTaskRequest>(mounts)->rootfs.size() == wire::max_elements);
    auto const refused = decode<CreateTaskRequest>(mounts + text(3, ""));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "cannot decode the message: too many elements");
    CHECK_FALSE(decode<CreateTaskRequest>(mounts + text(3, text(4, ""))));
    CHECK_FALSE(decode<cgroups_v1::CPUUsage>(text(4, std::string(wire::max_elements + 1, '\1'))));
    std::string entries;
    for (std::size_t i = 0; i <= wire::max_elements; ++i) entries += text(3, text(1, "k"));
    CHECK_FALSE(decode<UpdateTaskRequest>(entries));
}

TEST_CASE("text is UTF-8, in both directions", "[message]") {
    auto const refused = decode<StateRequest>(text(1, "\xC3\x28"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "cannot decode the message: a text that isn't UTF-8");
    CHECK_FALSE(decode<UpdateTaskRequest>(text(3, text(1, "\xFF"))));
    CHECK(decode<StateRequest>(encode(StateRequest{.id = "a\xFF\xC3\xA4\xE2\x82"}))->id
          == "a\uFFFD\u00E4\uFFFD\uFFFD");
    CHECK(decode<wire::Any>(encode(wire::Any{.value = "\xFF"}))->value == "\xFF");

    CHECK(
        davit::valid_utf8("\u0000\u007F\u0080\u07FF\u0800\uD7FF\uE000\uFFFF\U00010000\U0010FFFF")
        == std::string_view("\u0000\u007F\u0080\u07FF\u0800\uD7FF\uE000\uFFFF\U00010000\U0010FFFF")
               .size());
    for (auto const* bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98"})
        CHECK(davit::valid_utf8(bad) == 0);
}

TEST_CASE("an Any says what it is, with or without a prefix", "[message]") {
    auto any = wire::pack(TaskExit{.container_id = "c", .pid = 5});
    CHECK(any.type_url == "containerd.events.TaskExit");
    CHECK(wire::unpack<TaskExit>(any)->pid == 5);
    any.type_url = "types.googleapis.com/containerd.events.TaskExit";
    CHECK(wire::unpack<TaskExit>(any)->pid == 5);
    auto const other = wire::unpack<TaskOOM>(any);
    REQUIRE_FALSE(other);
    CHECK(other.error().message
          == "expected \"containerd.events.TaskOOM\", found "
             "\"types.googleapis.com/containerd.events.TaskExit\"");
    CHECK(wire::unpack<RuncOptions>({}));
}
