// SPDX-License-Identifier: Apache-2.0
// unit/network_test.cc - parts/network: requests to rtnetlink, and answers of every size.
#include "catch.h"

#include "parts/network/netlink.h"
#include "parts/network/network.h"

namespace {

using namespace davit;
using namespace davit::network;

/// What the kernel might send: pieces of any sort, one after the other.
class Wire {
  public:
    template <class T>
    Wire& put(T const& value) {
        auto const* const from = reinterpret_cast<std::byte const*>(&value);
        bytes_.insert(bytes_.end(), from, from + sizeof value);
        return *this;
    }
    Wire& put(std::string_view s) {
        for (char const c : s) put(c);
        return *this;
    }
    Wire& pad() {
        while (bytes_.size() % 4) put('\0');
        return *this;
    }
    Wire& attribute(std::uint16_t type, std::string_view value) {
        put(rtattr{static_cast<std::uint16_t>(sizeof(rtattr) + value.size()), type});
        return put(value).pad();
    }
    /// A single message of all the pieces.
    Wire& message(std::uint16_t type, std::uint16_t flags = 0) {
        auto const body = bytes_;
        bytes_.clear();
        put(nlmsghdr{static_cast<std::uint32_t>(sizeof(nlmsghdr) + body.size()), type, flags, 7,
                     0});
        bytes_.insert(bytes_.end(), body.begin(), body.end());
        return *this;
    }
    [[nodiscard]] Bytes bytes() const { return bytes_; }
    [[nodiscard]] Message first() const {
        Bytes all = bytes_;
        auto const message = take_message(all);
        REQUIRE(message);
        return *message;
    }

  private:
    std::vector<std::byte> bytes_;
};

std::string hex(Bytes bytes) {
    std::string out;
    for (auto const b : bytes) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(b));
        out += digits;
    }
    return out;
}

std::vector<Attribute> attributes(Bytes bytes) {
    std::vector<Attribute> all;
    while (auto const attribute = take_attribute(bytes)) all.push_back(*attribute);
    return all;
}

} // namespace

TEST_CASE("network: a request is aligned, sized and numbered") {
    ifinfomsg header{};
    header.ifi_index = 0x11223344;
    Request request(RTM_SETLINK, NLM_F_ACK, header);
    request.add(IFLA_IFNAME, "eth0").add(IFLA_NET_NS_FD, 5);
    CHECK(hex(request.numbered(0x0a))
          == "34000000"
             "1300"
             "0500"
             "0a000000"
             "00000000"
             "0000"
             "0000"
             "44332211"
             "00000000"
             "00000000"
             "0900"
             "0300"
             "6574683000"
             "000000"
             "0800"
             "1c00"
             "05000000");
    CHECK(request.numbered(11).size() % 4 == 0);
}

TEST_CASE("network: messages are taken one by one, and none beyond the end") {
    auto const one = Wire().put(std::uint32_t{1}).message(RTM_NEWLINK);
    std::vector<std::byte> two(one.bytes().begin(), one.bytes().end());
    two.insert(two.end(), one.bytes().begin(), one.bytes().end());
    Bytes rest = two;
    CHECK(take_message(rest));
    CHECK(take_message(rest));
    CHECK(rest.empty());
    CHECK_FALSE(take_message(rest));
    for (std::size_t size = 0; size < one.bytes().size(); ++size) {
        Bytes cut = one.bytes().first(size);
        CHECK_FALSE(take_message(cut));
        CHECK(cut.size() == size);
    }
    for (std::uint32_t const length : {0U, 1U, 15U, 21U, 0xffff'ffffU}) {
        auto const wrong = Wire().put(nlmsghdr{length, RTM_NEWLINK, 0, 0, 0}).put(std::uint32_t{});
        Bytes all = wrong.bytes();
        CHECK_FALSE(take_message(all));
    }
}

TEST_CASE("network: attributes are taken one by one, and none beyond the end") {
    auto const wire = Wire().attribute(3, "abc").attribute(4, "").attribute(NLA_F_NESTED | 5, "x");
    auto const all = attributes(wire.bytes());
    REQUIRE(all.size() == 3);
    CHECK(all[0].value.size() == 3);
    CHECK(all[1].value.empty());
    CHECK(all[2].type == 5);
    for (std::size_t size = 0; size < 7; ++size) {
        Bytes cut = wire.bytes().first(size);
        CHECK_FALSE(take_attribute(cut));
    }
    // Unpadded at the very end.
    Bytes end = wire.bytes().first(wire.bytes().size() - 3);
    CHECK(attributes(end).size() == 3);
    for (std::uint16_t const length : {0, 1, 3, 9, 0xffff}) {
        auto const wrong = Wire().put(rtattr{length, 3}).put(std::uint32_t{});
        Bytes bytes = wrong.bytes();
        CHECK_FALSE(take_attribute(bytes));
    }
}

TEST_CASE("network: an interface") {
    ifinfomsg header{};
    header.ifi_index = 9;
    header.ifi_flags = 0x1003;
    auto const wire = Wire()
                          .put(header)
                          .attribute(IFLA_IFNAME, std::string_view("eth0\0", 5))
                          .attribute(IFLA_MASTER, std::string_view("\4\0\0\0", 4))
                          .message(RTM_NEWLINK);
    auto const link = read_link(wire.first());
    REQUIRE(link);
    CHECK(link->index == 9);
    CHECK(link->name == "eth0");
    CHECK(link->flags == 0x1003);
    CHECK(link->master == 4);
    CHECK_FALSE(read_address(wire.first()));
    CHECK_FALSE(read_ending(wire.first()));
    // Too short a number, a name that doesn't end.
    auto const odd = Wire().put(header).attribute(IFLA_IFNAME, "eth1").attribute(IFLA_MASTER, "x");
    auto const read = read_link(Wire(odd).message(RTM_NEWLINK).first());
    REQUIRE(read);
    CHECK(read->name == "eth1");
    CHECK(read->master == 0);
    CHECK_FALSE(read_link(Wire().put(std::uint32_t{}).message(RTM_NEWLINK).first()));
}

TEST_CASE("network: an address is told again as it was, but for interface and label") {
    ifaddrmsg header{};
    header.ifa_family = 2;
    header.ifa_prefixlen = 24;
    header.ifa_flags = 0x80;
    header.ifa_index = 3;
    auto const wire = Wire()
                          .put(header)
                          .attribute(IFA_LOCAL, "\x0a\x01\x02\x03")
                          .attribute(IFA_FLAGS, std::string_view("\x80\x02\0\0", 4))
                          .attribute(IFA_LABEL, std::string_view("eth0:1\0", 7))
                          .attribute(200, "of tomorrow")
                          .message(RTM_NEWADDR);
    auto const address = read_address(wire.first());
    REQUIRE(address);
    CHECK(address->flags == 0x280);
    CHECK(address->label == "eth0:1");
    auto const check = [&](std::string const& label, std::vector<unsigned> const& types) {
        auto request = add_address(*address, 8, label);
        auto bytes = request.numbered(1);
        auto const message = take_message(bytes);
        REQUIRE(message);
        CHECK(message->header.nlmsg_type == RTM_NEWADDR);
        ifaddrmsg again;
        std::memcpy(&again, message->body.data(), sizeof again);
        CHECK(again.ifa_index == 8);
        CHECK(again.ifa_prefixlen == 24);
        std::vector<unsigned> found;
        for (auto const& a : attributes(message->body.subspan(sizeof again)))
            found.push_back(a.type);
        CHECK(found == types);
    };
    check("", {IFA_LOCAL, IFA_FLAGS, 200});
    check("x:1", {IFA_LOCAL, IFA_FLAGS, 200, IFA_LABEL});
}

TEST_CASE("network: labels follow the name") {
    CHECK(new_label("eth0", "eth0", "net") == "");
    CHECK(new_label("", "eth0", "net") == "");
    CHECK(new_label("eth0:1", "eth0", "net") == "net:1");
    CHECK(new_label("eth0:1", "eth0", "eth0") == "eth0:1");
    CHECK(new_label("eth01", "eth0", "net") == "eth01");
    CHECK(new_label("other", "eth0", "net") == "other");
    CHECK(new_label("eth0:123", "eth0", "abcdefghijk") == "abcdefghijk:123");
    CHECK(new_label("eth0:123", "eth0", "abcdefghijkl") == "");
}

TEST_CASE("network: how a request ended") {
    auto const done = read_ending(Wire().put(std::int32_t{-4}).message(NLMSG_DONE).first());
    REQUIRE(done);
    CHECK(done->errnum == 4);
    CHECK(read_ending(Wire().message(NLMSG_DONE).first())->errnum == 0);

    nlmsgerr error{};
    error.error = -17;
    error.msg.nlmsg_len = sizeof(nlmsghdr) + 8; // the request's body had 8 bytes
    std::string_view const words("name in use\0", 12);
    auto const plain = Wire().put(error).message(NLMSG_ERROR);
    CHECK(read_ending(plain.first())->errnum == 17);
    auto const capped = Wire().put(error).attribute(NLMSGERR_ATTR_MSG, words);
    CHECK(
        read_ending(Wire(capped).message(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS).first())->words
        == "name in use");
    CHECK(read_ending(Wire(capped).message(NLMSG_ERROR).first())->words.empty());
    auto const whole = Wire().put(error).put(std::uint64_t{}).attribute(NLMSGERR_ATTR_MSG, words);
    CHECK(read_ending(Wire(whole).message(NLMSG_ERROR, NLM_F_ACK_TLVS).first())->words
          == "name in use");
    // Wrong sizes.
    for (std::uint32_t const length : {0U, 0xffff'fff0U, 0xffff'ffffU}) {
        error.msg.nlmsg_len = length;
        auto const lie = Wire().put(error).attribute(NLMSGERR_ATTR_MSG, words);
        CHECK(read_ending(Wire(lie).message(NLMSG_ERROR, NLM_F_ACK_TLVS).first())->errnum == 17);
    }
    CHECK(read_ending(Wire().put(std::uint32_t{}).message(NLMSG_ERROR).first())->errnum == EPROTO);
}

TEST_CASE("network: the plan") {
    spec::Config config;
    CHECK(network::plan(config).empty());
    config.linux.net_devices = {{"eth0", {}}, {"w~n", {"x%d"}}};
    CHECK(network::plan(config)
          == std::vector<Device>{{"/linux/netDevices/eth0", "eth0", ""},
                                 {"/linux/netDevices/w~0n", "w~n", "x%d"}});
}
