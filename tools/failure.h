// SPDX-License-Identifier: Apache-2.0
// tools/failure.h - how the binary's own code makes an Error.
#pragma once

#include <cstring>
#include <expected>
#include <string>
#include <utility>

#include "davit/result.h"

namespace davit::cli {

[[nodiscard]] inline std::unexpected<Error> failure(Kind kind, std::string story) {
    return std::unexpected(Error{kind, 0, std::move(story)});
}

/// "no such file or directory" for 2: in lower case, as in all of davit's messages.
[[nodiscard]] inline std::string errno_words(int errnum) {
    std::string words = std::strerror(errnum);
    bool const is_word = words.size() > 1 && words[1] >= 'a' && words[1] <= 'z'; // not "RPC", "I/O"
    if (is_word && words[0] >= 'A' && words[0] <= 'Z') words[0] |= 0x20;
    return words;
}

/// A failed system call: `what` davit was doing, `errnum` why it failed.
[[nodiscard]] inline std::unexpected<Error> system_failure(std::string const& what, int errnum) {
    return std::unexpected(Error{Kind::system, errnum, what + ": " + errno_words(errnum)});
}

[[nodiscard]] inline std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}
// Declared as std::quoted() is: otherwise a file that has <iomanip> would find that one, by its
// argument.
[[nodiscard]] inline std::string quoted(std::string const& text) {
    return quoted(std::string_view(text));
}
[[nodiscard]] inline std::string quoted(std::string& text) {
    return quoted(std::string_view(text));
}
[[nodiscard]] inline std::string quoted(char const* text) { return quoted(std::string_view(text)); }

} // namespace davit::cli
