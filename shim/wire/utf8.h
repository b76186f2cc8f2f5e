// SPDX-License-Identifier: Apache-2.0
// shim/wire/utf8.h - is it UTF-8 (RFC 3629), as protobuf demands of a text? Runs in: shim.
#pragma once

#include <string>
#include <string_view>

namespace davit::shim::wire {

/// How many leading bytes are whole, valid characters: all of them in valid text.
std::size_t valid_utf8(std::string_view text);
/// `text`, with U+FFFD for each byte that isn't part of a valid character.
std::string repaired_utf8(std::string_view text);

} // namespace davit::shim::wire
