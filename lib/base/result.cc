// SPDX-License-Identifier: Apache-2.0
// base/result.cc - the words for an errno, and the kernel's own. Runs in: parent.
#include "base/result.h"

#include <cstring>

namespace davit {

std::string errno_text(int errnum) {
    auto const* const words = strerrordesc_np(errnum);
    std::string text = words ? words : "unknown error";
    // Lower case as in Go's messages, which callers search for; "RPC …" and "I/O …" stay.
    if (text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a')
        text[0] = static_cast<char>(text[0] + ('a' - 'A'));
    return text;
}

std::string kernel_says(std::string_view words) {
    words = stripped(words);
    if (words.size() > 2 && words[1] == ' ') words.remove_prefix(2);
    return words.empty() ? "" : text(" (the kernel says ", quoted(words), ")");
}

std::unexpected<Error> fail_joined(Kind kind, std::initializer_list<Piece> parts) {
    return std::unexpected(Error{kind, 0, joined(parts)});
}

std::unexpected<Error> fail_errno_joined(Errno e, std::initializer_list<Piece> parts) {
    auto const kind = e.value == EPERM || e.value == EACCES ? Kind::denied : Kind::system;
    return std::unexpected(Error{kind, e.value, text(joined(parts), ": ", errno_text(e.value))});
}

} // namespace davit
