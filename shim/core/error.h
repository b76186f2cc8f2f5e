// SPDX-License-Identifier: Apache-2.0
// shim/core/error.h - making errors, in the library's style: what was tried on which object.
#pragma once

#include <cerrno>
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "davit/result.h"

namespace davit::shim {

namespace detail {
inline void append(std::string& out, std::string_view s) { out.append(s); }
inline void append(std::string& out, char c) { out.push_back(c); }
template <std::integral I>
    requires(!std::same_as<I, char>)
void append(std::string& out, I n) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}
} // namespace detail

/// The parts joined: strings and integers.
template <class... Parts>
std::string words(Parts const&... parts) {
    std::string out;
    (detail::append(out, parts), ...);
    return out;
}

/// Not named `quoted`: for a std::string, overload resolution prefers that of <iomanip>.
inline std::string in_quotes(std::string_view text) { return words('"', text, '"'); }

/// "permission denied" for 13.
std::string errno_words(int errnum);

template <class... Parts>
std::unexpected<Error> fail(Kind kind, Parts const&... parts) {
    return std::unexpected(Error{kind, 0, words(parts...)});
}

/// A failed system call: `parts` say what was tried, the errno's words end the story.
template <class... Parts>
std::unexpected<Error> fail_errno(int errnum, Parts const&... parts) {
    auto const kind = errnum == EPERM || errnum == EACCES ? Kind::denied : Kind::system;
    return std::unexpected(Error{kind, errnum, words(parts..., ": ", errno_words(errnum))});
}

/// The error of a result, for `return` in a function of another type.
template <class T>
std::unexpected<Error> passed_on(Result<T>&& failed) {
    return std::unexpected(std::move(failed).error());
}

/// Puts `prefix` before the story of a failed result.
template <class T>
Result<T> behind(std::string_view prefix, Result<T> result) {
    if (!result) result.error().story.insert(0, prefix);
    return result;
}

} // namespace davit::shim
