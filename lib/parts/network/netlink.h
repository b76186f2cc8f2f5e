// SPDX-License-Identifier: Apache-2.0
// parts/network/netlink.h - the requests to rtnetlink and its answers, as bytes.
//
// Runs in: parent, pure. netlink(7), rtnetlink(7). The parser checks sizes before it reads
// anything: in a joined namespace other processes may send to davit's socket as well.
#pragma once

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace davit::network {

using Bytes = std::span<std::byte const>;

/// A request that grows: the family's header, then attributes.
class Request {
  public:
    /// `type` like RTM_GETLINK; `flags` like NLM_F_DUMP, beside NLM_F_REQUEST.
    template <class Header>
    Request(std::uint16_t type, unsigned flags, Header const& header) {
        nlmsghdr const message{0, type, static_cast<std::uint16_t>(NLM_F_REQUEST | flags), 0, 0};
        append(&message, sizeof message);
        append(&header, sizeof header);
    }

    Request& add(std::uint16_t type, Bytes value);
    Request& add(std::uint16_t type, std::string_view name); ///< with a NUL at its end
    Request& add(std::uint16_t type, std::int32_t value);

    /// The whole message; the answer has the same number.
    [[nodiscard]] Bytes numbered(std::uint32_t sequence);

  private:
    void append(void const* data, std::size_t size);
    std::vector<std::byte> bytes_;
};

/// A message of an answer.
struct Message {
    nlmsghdr header{};
    Bytes body;
};
struct Attribute {
    std::uint16_t type = 0;
    Bytes value;
};

/// Takes the next message, or the next attribute, off the front of `from`; nothing at its end, or
/// if the rest isn't one.
std::optional<Message> take_message(Bytes& from);
std::optional<Attribute> take_attribute(Bytes& from);

/// A network interface.
struct Link {
    std::int32_t index = 0;
    std::string name;
    unsigned flags = 0;      ///< IFF_*
    std::int32_t master = 0; ///< index of the bridge (or the like) that it is a port of; 0: none
};

/// An address of any family, as the kernel reports it.
struct Address {
    ifaddrmsg header{};
    std::uint32_t flags = 0; ///< IFA_F_*: all 32 bits
    std::string label;       ///< IPv4: "eth0", "eth0:1"
    std::vector<std::byte> attributes;
};

/// Nothing for any other message.
std::optional<Link> read_link(Message const& message);
std::optional<Address> read_address(Message const& message);

/// How a request ended.
struct Ending {
    std::int32_t errnum = 0;
    std::string words; ///< the kernel's words (NETLINK_EXT_ACK)
};
/// Nothing unless the message is the last of an answer.
std::optional<Ending> read_ending(Message const& message);

/// Asks for the interface of that name, or that number.
Request find_link(std::string_view name);
Request find_link(std::int32_t index);
/// Asks for all addresses of all families.
Request list_addresses();
/// Adds an address to another interface, with all its known attributes.
Request add_address(Address const& address, std::int32_t index, std::string_view label);

/// The label of an address after its interface was renamed from `before` to `now`; "" if none fits.
std::string new_label(std::string_view label, std::string_view before, std::string_view now);

} // namespace davit::network
