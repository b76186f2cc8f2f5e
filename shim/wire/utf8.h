// SPDX-License-Identifier: Apache-2.0
// shim/wire/utf8.h - is it UTF-8 (RFC 3629), as protobuf demands of a text? Runs in: shim.
#pragma once

#include <string>
#include <string_view>

namespace davit::shim::wire {

/// How many bytes from the beginning are whole, valid characters: all of them in good text.
std::size_t valid_utf8(std::string_view text);
/// With U+FFFD for each byte that isn't part of one.
std::string repaired_utf8(std::string_view text);

} // namespace davit::shim::wire
