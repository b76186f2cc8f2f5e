// SPDX-License-Identifier: Apache-2.0
// dbus/message.h - a D-Bus message and its bytes. Runs in: parent; pure.
//
// D-Bus Specification, "Message Protocol".
#pragma once

#include "dbus/value.h"

namespace davit::dbus {

enum class MessageType : std::uint8_t { call = 1, reply = 2, error = 3, signal = 4 };

struct Message {
    MessageType type = MessageType::call;
    std::uint32_t serial = 0;
    std::uint32_t reply_to = 0; ///< the serial of the call
    std::string path, interface, member, error, destination, sender;
    std::vector<Value> arguments;
    int fd = -1; ///< sent along: handle() in an argument stands for it. None is received
    bool operator==(Message const&) const = default;
};

/// The bytes that are read first: they tell how long the message is.
inline constexpr std::size_t head_size = 16;
/// More than systemd ever sends to davit: a peer can't make it hold more.
inline constexpr std::size_t largest_message = std::size_t{256} * 1024;

/// The call of `member`, of `interface` at `path`, with `arguments`.
Message call(std::string_view destination, std::string_view path, std::string_view interface,
             std::string_view member, std::vector<Value> arguments = {});

std::string encode(Message const& message);

/// The length of the whole message; `head` is its first 16 bytes. Kind::system if that is no
/// message of D-Bus, or one longer than `largest_message`.
Result<std::size_t> size_of(std::string_view head);

/// Kind::system for anything but one whole message.
Result<Message> decode(std::string_view bytes);

} // namespace davit::dbus
