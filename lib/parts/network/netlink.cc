// SPDX-License-Identifier: Apache-2.0
// parts/network/netlink.cc - the requests to rtnetlink and its answers, as bytes.
//
// Runs in: parent, pure. netlink(7), rtnetlink(7): everything begins at a multiple of 4 bytes.
#include "parts/network/netlink.h"

#include <linux/if.h>

#include <algorithm>

namespace davit::network {

namespace {

constexpr std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

/// Takes the first T off `from`.
template <class T>
std::optional<T> take(Bytes& from) {
    if (from.size() < sizeof(T)) return {};
    T value;
    std::memcpy(&value, from.data(), sizeof value);
    from = from.subspan(std::min(aligned(sizeof value), from.size()));
    return value;
}

template <class T>
T number(Bytes value) {
    return take<T>(value).value_or(T{});
}

/// Names end with a NUL.
std::string name(Bytes value) {
    std::string_view const all(reinterpret_cast<char const*>(value.data()), value.size());
    return std::string(all.substr(0, all.find('\0')));
}

Request request(std::uint16_t type, unsigned flags, std::int32_t index) {
    ifinfomsg header{};
    header.ifi_index = index;
    return {type, flags, header};
}

} // namespace

void Request::append(void const* data, std::size_t size) {
    auto const at = bytes_.size();
    bytes_.resize(at + aligned(size));
    std::memcpy(bytes_.data() + at, data, size);
}

Request& Request::add(std::uint16_t type, Bytes value) {
    rtattr const header{static_cast<std::uint16_t>(sizeof(rtattr) + value.size()), type};
    append(&header, sizeof header);
    if (!value.empty()) append(value.data(), value.size());
    return *this;
}

Request& Request::add(std::uint16_t type, std::string_view name) {
    std::string const terminated(name);
    return add(type, std::as_bytes(std::span(terminated.c_str(), terminated.size() + 1)));
}

Request& Request::add(std::uint16_t type, std::int32_t value) {
    return add(type, std::as_bytes(std::span(&value, 1)));
}

Bytes Request::numbered(std::uint32_t sequence) {
    nlmsghdr header;
    std::memcpy(&header, bytes_.data(), sizeof header);
    header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
    header.nlmsg_seq = sequence;
    std::memcpy(bytes_.data(), &header, sizeof header);
    return bytes_;
}

std::optional<Message> take_message(Bytes& from) {
    auto rest = from;
    auto const header = take<nlmsghdr>(rest);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > from.size())
        return {};
    Message const message{*header, rest.first(header->nlmsg_len - sizeof(nlmsghdr))};
    from = from.subspan(std::min(aligned(header->nlmsg_len), from.size()));
    return message;
}

std::optional<Attribute> take_attribute(Bytes& from) {
    auto rest = from;
    auto const header = take<rtattr>(rest);
    if (!header || header->rta_len < sizeof(rtattr) || header->rta_len > from.size()) return {};
    // Two bits above the type encode its format.
    Attribute const attribute{static_cast<std::uint16_t>(header->rta_type & NLA_TYPE_MASK),
                              rest.first(header->rta_len - sizeof(rtattr))};
    from = from.subspan(std::min(aligned(header->rta_len), from.size()));
    return attribute;
}

std::optional<Link> read_link(Message const& message) {
    auto rest = message.body;
    auto const header = take<ifinfomsg>(rest);
    if (message.header.nlmsg_type != RTM_NEWLINK || !header) return {};
    Link link;
    link.index = header->ifi_index;
    link.flags = header->ifi_flags;
    while (auto const attribute = take_attribute(rest)) {
        if (attribute->type == IFLA_IFNAME) link.name = name(attribute->value);
        if (attribute->type == IFLA_MASTER) link.master = number<std::int32_t>(attribute->value);
    }
    return link;
}

std::optional<Address> read_address(Message const& message) {
    auto rest = message.body;
    auto const header = take<ifaddrmsg>(rest);
    if (message.header.nlmsg_type != RTM_NEWADDR || !header) return {};
    Address address;
    address.header = *header;
    address.flags = header->ifa_flags;
    address.attributes.assign(rest.begin(), rest.end());
    while (auto const attribute = take_attribute(rest)) {
        if (attribute->type == IFA_FLAGS) address.flags = number<std::uint32_t>(attribute->value);
        if (attribute->type == IFA_LABEL) address.label = name(attribute->value);
    }
    return address;
}

std::optional<Ending> read_ending(Message const& message) {
    auto rest = message.body;
    Ending ending;
    if (message.header.nlmsg_type == NLMSG_DONE) {
        ending.errnum = -number<std::int32_t>(rest);
        return ending;
    }
    if (message.header.nlmsg_type != NLMSG_ERROR) return {};
    auto const error = take<nlmsgerr>(rest);
    if (!error) return Ending{EPROTO, {}};
    ending.errnum = -error->error;
    if (!(message.header.nlmsg_flags & NLM_F_ACK_TLVS)) return ending;
    if (!(message.header.nlmsg_flags & NLM_F_CAPPED)) // the request's body stands before the words
        rest = rest.subspan(
            std::min(aligned(std::max<std::size_t>(error->msg.nlmsg_len, sizeof(nlmsghdr)))
                         - sizeof(nlmsghdr),
                     rest.size()));
    while (auto const attribute = take_attribute(rest))
        if (attribute->type == NLMSGERR_ATTR_MSG) ending.words = name(attribute->value);
    return ending;
}

Request find_link(std::string_view name) {
    auto asked = request(RTM_GETLINK, NLM_F_ACK, 0);
    asked.add(IFLA_IFNAME, name);
    return asked;
}

Request find_link(std::int32_t index) { return request(RTM_GETLINK, NLM_F_ACK, index); }

Request list_addresses() { return {RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{}}; }

Request add_address(Address const& address, std::int32_t index, std::string_view label) {
    auto header = address.header;
    header.ifa_index = static_cast<std::uint32_t>(index);
    Request adding(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, header);
    Bytes rest = address.attributes;
    while (auto const attribute = take_attribute(rest))
        if (attribute->type != IFA_LABEL) adding.add(attribute->type, attribute->value);
    if (!label.empty()) adding.add(IFA_LABEL, label);
    return adding;
}

std::string new_label(std::string_view label, std::string_view before, std::string_view now) {
    if (label == before) return {}; // the kernel sets the interface's name by itself
    if (!label.starts_with(before) || label[before.size()] != ':') return std::string(label);
    auto renamed = std::string(now).append(label.substr(before.size()));
    return renamed.size() < IFNAMSIZ ? renamed : std::string();
}

} // namespace davit::network
