// SPDX-License-Identifier: Apache-2.0
// shim/wire/well_known.h - google.protobuf's Any, Timestamp and Empty. Runs in: shim.
#pragma once

#include "wire/message.h"

namespace davit::shim::wire {

/// A message of another type, or JSON, as `type_url` says. containerd's typeurl writes the name of
/// a message without the "type.googleapis.com/" that protobuf puts before it, and reads both.
struct Any {
    std::string type_url;
    std::string value;

    /// What follows the last '/' that is a prefix's: the name of a protobuf message.
    [[nodiscard]] std::string_view message_name() const {
        return std::string_view(type_url).substr(type_url.rfind('/') + 1);
    }
};
constexpr auto fields(Tag<Any>) { return list({field<&Any::type_url>(1), bytes<&Any::value>(2)}); }

/// Since 1970, UTC; `nanos` are 0 to 999 999 999.
struct Timestamp {
    std::int64_t seconds = 0;
    std::int32_t nanos = 0;
};
constexpr auto fields(Tag<Timestamp>) { return in_order<&Timestamp::seconds, &Timestamp::nanos>(); }

struct Empty {};
constexpr auto fields(Tag<Empty>) { return list(); }

/// M, which has a `type_name`, as containerd's typeurl packs it.
template <class M>
Any pack(M const& message) {
    return {std::string(M::type_name), encode(message)};
}

/// Code::invalid_argument also for another type's Any. An Any without a type and a value is the
/// message of only defaults.
template <class M>
std::expected<M, Status> unpack(Any const& any) {
    if (any.message_name() != M::type_name && !(any.type_url.empty() && any.value.empty()))
        return std::unexpected(
            Status{Code::invalid_argument, "expected \"" + std::string(M::type_name)
                                               + "\", found \"" + any.type_url + '"'});
    return decode<M>(any.value);
}

} // namespace davit::shim::wire
