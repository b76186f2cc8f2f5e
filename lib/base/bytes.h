// SPDX-License-Identifier: Apache-2.0
// base/bytes.h - what init needs of C strings beyond what the compiler brings. Runs in: both.
#pragma once

namespace davit {

/// The last "/" of `path`, or null.
constexpr char const* last_slash(char const* path) {
    char const* found = nullptr;
    for (; *path; ++path)
        if (*path == '/') found = path;
    return found;
}

} // namespace davit
