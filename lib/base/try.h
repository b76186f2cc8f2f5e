// SPDX-License-Identifier: Apache-2.0
// base/try.h - TRY(expression): the value of an expected, or return its error. Runs in: both.
//
// CO_TRY is the same in a coroutine. Its expression has no co_await: g++ 12 fails on one there.
//
// The project's only macros: g++ 12 has no monadic members of std::expected yet, and they would
// not read as straight-line code anyway.
#pragma once

#include <expected>
#include <utility>

#define TRY_OR(RETURN, ...)                                                                        \
    ({                                                                                             \
        auto&& try_result = (__VA_ARGS__);                                                         \
        if (!try_result) [[unlikely]]                                                              \
            RETURN std::unexpected(std::move(try_result).error());                                 \
        *std::move(try_result);                                                                    \
    })
#define TRY(...) TRY_OR(return, __VA_ARGS__)
#define CO_TRY(...) TRY_OR(co_return, __VA_ARGS__)
