// SPDX-License-Identifier: Apache-2.0
// shim/wire/ttrpc.h - the messages in ttrpc's request and response frames. Runs in: shim.
//
// containerd/ttrpc request.proto and google/rpc/status.proto. Their texts point into the frame.
#pragma once

#include <vector>

#include "wire/well_known.h"

namespace davit::shim::wire {

struct KeyValue {
    std::string_view key;
    std::string_view value;
};
constexpr auto fields(Tag<KeyValue>) { return in_order<&KeyValue::key, &KeyValue::value>(); }

struct Request {
    std::string_view service;
    std::string_view method;
    std::string_view payload;
    std::int64_t timeout_nano = 0; ///< from when it was sent; 0: none
    std::vector<KeyValue> metadata;
};
constexpr auto fields(Tag<Request>) {
    return list({field<&Request::service>(1), field<&Request::method>(2),
                 bytes<&Request::payload>(3), field<&Request::timeout_nano>(4),
                 field<&Request::metadata>(5)});
}

/// google.rpc.Status
struct RpcStatus {
    Code code = Code::ok;
    std::string_view message;
    std::vector<Any> details;
};
constexpr auto fields(Tag<RpcStatus>) {
    return in_order<&RpcStatus::code, &RpcStatus::message, &RpcStatus::details>();
}

struct Response {
    std::optional<RpcStatus> status;
    std::string_view payload;
};
constexpr auto fields(Tag<Response>) {
    return list({field<&Response::status>(1), bytes<&Response::payload>(2)});
}

/// The bytes before a payload that is the last field of a request or response: so the payload
/// needn't be copied into it. "" for an empty payload, which is left out.
inline constexpr std::uint32_t request_payload = 3, response_payload = 2; ///< the fields' numbers
std::string before_payload(std::uint32_t field, std::size_t size);

/// The failure of a call, as a response frame carries it.
std::string encode_failure(Status const& status);
/// "message length N exceed maximum message size of 4194304", as ttrpc's own server words it.
Status too_long(std::size_t size);

} // namespace davit::shim::wire
