// SPDX-License-Identifier: Apache-2.0
// tools/json_place.h - where things are in a JSON file, so that davit can change one and keep the
// rest as its author wrote it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "davit/result.h"

namespace davit::cli {

struct JsonMember {
    std::string_view name; ///< as written, without its quotes
    std::size_t begin = 0; ///< of the name
    std::size_t value = 0, end = 0;
};

/// The members of an object, and where its braces are.
struct JsonObject {
    std::size_t begin = 0, end = 0; ///< of "{", and behind "}"
    std::vector<JsonMember> members;

    /// The last one of that name; null if there is none.
    [[nodiscard]] JsonMember const* find(std::string_view name) const;
};

/// The object at `at` in `text`, behind white space; with `alone`, nothing may follow it.
/// Kind::config "FILE:LINE: …" for what isn't one.
[[nodiscard]] Result<JsonObject> read_json_object(std::string_view text, std::string const& file,
                                                  std::size_t at = 0, bool alone = true);

/// `text` with another member at the object's end, or without one of its members.
[[nodiscard]] std::string with_member(std::string text, JsonObject const& object,
                                      std::string const& member);
[[nodiscard]] std::string without_member(std::string text, JsonObject const& object,
                                         JsonMember const& member);

} // namespace davit::cli
