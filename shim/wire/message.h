// SPDX-License-Identifier: Apache-2.0
// shim/wire/message.h - structs from protobuf's bytes, and back. Runs in: shim.
//
// A message is a plain struct with a list of its fields beside it, which both directions walk:
//   struct KillRequest { std::string id, exec_id; std::uint32_t signal = 0; bool all = false; };
//   constexpr auto fields(Tag<KillRequest>) { return list({field<&KillRequest::id>(1), …}); }
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "wire/status.h"
#include "wire/type.h"

namespace davit::shim::wire {

/// How many elements of lists and maps one message may have, nested messages included: two bytes on
/// the wire are enough for an element that takes 100 in memory.
inline constexpr std::size_t max_elements = 16384;

namespace detail {
/// False if `bytes` are malformed; `why` says how.
bool decode(std::string_view bytes, Type const& type, void* message, std::string& why);
void encode(std::string& out, Type const& type, void const* message);
} // namespace detail

/// Code::invalid_argument for what isn't protobuf, has other types than these fields, has text that
/// isn't UTF-8 or more than max_elements. Unknown fields are skipped; of a doubled field the last
/// one wins, messages are merged. Members that are std::string_view point into `bytes`.
template <class M>
std::expected<M, Status> decode(std::string_view bytes) {
    std::expected<M, Status> message;
    if (std::string why; !detail::decode(bytes, type_of<M>, &*message, why))
        message = std::unexpected(Status{Code::invalid_argument, std::move(why)});
    return message;
}

/// Zeros and empty texts are left out, as proto3 does. Bytes of a text that aren't UTF-8 become
/// U+FFFD: otherwise Go would refuse the whole message.
template <class M>
std::string encode(M const& message) {
    std::string out;
    detail::encode(out, type_of<M>, &message);
    return out;
}

} // namespace davit::shim::wire
