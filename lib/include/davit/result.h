// SPDX-License-Identifier: Apache-2.0
// davit/result.h - what every function of libdavit that can fail returns.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace davit {

/// The sort of failure: decides the exit code of `davit`, the C code and the ttrpc status.
enum class Kind {
    config,      ///< what the user wrote is wrong (config.json, a command line)
    state,       ///< the container is not in a state that allows this ("container not running")
    not_found,   ///< no such container
    exists,      ///< a container of that name exists
    unsupported, ///< a valid request that this kernel, host or version of davit can't fulfil
    denied,      ///< the kernel refused: the caller lacks a privilege
    system,      ///< a system call failed
    internal,    ///< a bug in davit: please report it
};

/// A failure: the kind for machines, the errno where a system call failed (else 0), the story for
/// people (lower case, objects in double quotes, errno text last, no newline).
struct Error {
    Kind kind = Kind::internal;
    int errnum = 0;
    std::string story;
};

/// A value, or the Error of the function that failed to make it.
template <class T = void>
using Result = std::expected<T, Error>;

} // namespace davit
