// SPDX-License-Identifier: Apache-2.0
// base/errno.h - the bare failure of a system call, as sys/ returns it. Runs in: both.
#pragma once

#include <cerrno>
#include <expected>

namespace davit {

/// A positive errno. It says nothing of what was tried: see context() in base/result.h.
struct Errno {
    int value = 0;
    friend bool operator==(Errno, Errno) = default;
};

/// The result of a system call.
template <class T = void>
using Sys = std::expected<T, Errno>;

} // namespace davit
