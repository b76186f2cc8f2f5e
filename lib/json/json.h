// SPDX-License-Identifier: Apache-2.0
// json/json.h - structs from JSON, JSON from structs, the list of members. Runs in: parent.
//
// For a struct whose members are listed in fields<T> (json/fields.h). Thread-safe; never throws.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "davit/result.h"
#include "json/type.h"

namespace davit::json {

struct Format {
    unsigned indent = 0; ///< characters per level; 0: everything in one line, without spaces
    char with = ' ';
};
inline constexpr Format one_line{};
inline constexpr Format tabs{1, '\t'};
constexpr Format spaces(unsigned count) { return {count, ' '}; }

/// A member of a document, for its manual.
struct Row {
    std::string pointer; ///< "/mounts/*/options/*": a star stands for any index or key
    std::string type;    ///< "an integer from 0 to 65535", "a string", …
    bool required = false;
    std::string_view doc;
};

namespace detail {
Result<> read(std::string_view text, std::string_view file_name, Type const& type, void* into,
              std::vector<std::string>* doubts);
void write(std::string& out, Type const& type, void const* object, Format format);
std::vector<Row> document(Type const& type);
} // namespace detail

/// Reads a document. Kind::config. Where JSON itself is wrong the story is `config.json:12:7:
/// expected ',' or '}', found "x"`; else it has the JSON pointer of the wrong member: `config.json:
/// /linux/resources/pids/limit: expected an integer, found "abc"`.
///
/// Skips unlisted members; `doubts` gets a line for each that may be a misspelt listed one
/// (json/similar.h). null counts as absent (Go writes it for an empty list), and so does "" for an
/// optional enumeration. Refuses: a listed member or a map's key that comes twice (another parser
/// may take the other one), NUL in a string (the kernel would stop there), text that isn't UTF-8,
/// more than max_size bytes or max_depth levels (json/tape.h).
template <class T>
Result<T> read(std::string_view text, std::string_view file_name,
               std::vector<std::string>* doubts = nullptr) {
    Result<T> result;
    if (auto done = detail::read(text, file_name, type_of<T>, &*result, doubts); !done)
        result = std::unexpected(std::move(done).error());
    return result;
}

/// No newline at the end. Leaves out members at their zero value (json::Need names the exceptions);
/// writes U+FFFD for bytes that aren't UTF-8.
template <class T>
std::string write(T const& object, Format format = one_line) {
    std::string out;
    detail::write(out, type_of<T>, &object, format);
    return out;
}

/// All members of T and of what is inside, depth first.
template <class T>
std::vector<Row> document() {
    return detail::document(type_of<T>);
}

} // namespace davit::json
