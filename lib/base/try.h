// SPDX-License-Identifier: Apache-2.0
// base/try.h - TRY(expression): the value of an expected, or return its error. Runs in: both.
//
// The project's only macro: g++ 12 has no monadic members of std::expected yet, and they would
// not read as straight-line code anyway.
#pragma once

#include <expected>
#include <utility>

#define TRY(...)                                                                                   \
    ({                                                                                             \
        auto&& try_result = (__VA_ARGS__);                                                         \
        if (!try_result) [[unlikely]]                                                              \
            return std::unexpected(std::move(try_result).error());                                 \
        *std::move(try_result);                                                                    \
    })
