// SPDX-License-Identifier: Apache-2.0
// shim/wire/status.h - how a call ends: google.rpc.Code, and a message for people. Runs in: shim.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace davit::shim::wire {

/// google/rpc/code.proto. containerd's errdefs are made from these numbers alone.
enum class Code : std::int32_t {
    ok = 0,
    canceled = 1,
    unknown = 2,
    invalid_argument = 3,
    deadline_exceeded = 4,
    not_found = 5,
    already_exists = 6,
    permission_denied = 7,
    resource_exhausted = 8,
    failed_precondition = 9,
    aborted = 10,
    out_of_range = 11,
    unimplemented = 12, ///< errdefs: ErrNotImplemented
    internal = 13,
    unavailable = 14,
    data_loss = 15,
    unauthenticated = 16,
};

/// Why a call failed.
struct Status {
    Code code = Code::unknown;
    std::string message;
    bool operator==(Status const&) const = default;
};

/// The encoded answer of a call, or why there is none.
using Reply = std::expected<std::string, Status>;

} // namespace davit::shim::wire
