// SPDX-License-Identifier: Apache-2.0
// base/result.h - making, passing on and enriching errors. Runs in: parent (init has only Errno).
#pragma once

#include <string>
#include <string_view>

#include "base/errno.h"
#include "base/text.h"
#include "base/try.h"
#include "davit/result.h"

namespace davit {

/// "permission denied" for 13: the C library's words, without its global state.
std::string errno_text(int errnum);

std::unexpected<Error> fail_joined(Kind kind, std::initializer_list<Piece> parts);
std::unexpected<Error> fail_errno_joined(Errno e, std::initializer_list<Piece> parts);

/// A failure of the given kind whose story is `parts` joined (strings and integers).
template <class... Parts>
std::unexpected<Error> fail(Kind kind, Parts const&... parts) {
    return fail_joined(kind, {Piece(parts)...});
}

/// A failed system call: the kind follows from the errno, its text ends the story.
/// `parts` say what was tried, with the object in quotes: fail_errno(e, "open ", quoted(path)).
template <class... Parts>
std::unexpected<Error> fail_errno(Errno e, Parts const&... parts) {
    return fail_errno_joined(e, {Piece(parts)...});
}

/// " (the kernel says …)" behind a story; "" if `words` is empty. Drops the end of the line, and
/// the "e " that marks an error in the log of fsopen(2).
std::string kernel_says(std::string_view words);

/// Turns the bare errno of a sys:: function into an Error that says what was tried.
/// TRY(context(sys::mkdirat(dir, name, 0700), "make directory ", quoted(name)));
template <class T, class... Parts>
Result<T> context(Sys<T>&& result, Parts const&... parts) {
    if (!result) [[unlikely]]
        return fail_errno(result.error(), parts...);
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return *std::move(result);
}

/// Puts "parts: " before the story of a failed result.
template <class T, class... Parts>
Result<T> within(Result<T>&& result, Parts const&... parts) {
    if (!result) [[unlikely]]
        result.error().story = text(parts..., ": ", result.error().story);
    return std::move(result);
}

} // namespace davit
