// SPDX-License-Identifier: Apache-2.0
// base/bytes.h - what init needs of C strings and the compiler doesn't bring. Runs in: both.
#pragma once

#include <span>

namespace davit {

/// The last "/" of `path`, or null.
constexpr char const* last_slash(char const* path) {
    char const* found = nullptr;
    for (; *path; ++path)
        if (*path == '/') found = path;
    return found;
}

/// The decimal digits of `n`, in `into`, with a NUL behind them.
constexpr std::span<char const> decimal(unsigned n, char (&into)[12]) {
    char* at = into + sizeof into - 1;
    *at = '\0';
    do *--at = static_cast<char>('0' + n % 10);
    while (n /= 10);
    return {at, into + sizeof into - 1};
}

} // namespace davit
