// SPDX-License-Identifier: Apache-2.0
// shim/wire/ttrpc.cc - see ttrpc.h. Pure. Runs in: shim.
#include "wire/ttrpc.h"

#include <protozero/buffer_string.hpp>
#include <protozero/varint.hpp>

#include "wire/frame.h"

namespace davit::shim::wire {
namespace {

/// Bytes of a failure's message, which is for people: a frame has a limit.
constexpr std::size_t longest = 64 << 10;

} // namespace

std::string before_payload(std::uint32_t field, std::size_t size) {
    std::string bytes;
    if (size == 0) return bytes;
    bytes += static_cast<char>(field << 3 | 2); // length-delimited
    protozero::add_varint_to_buffer(&bytes, size);
    return bytes;
}

std::string encode_failure(Status const& status) {
    // To the peer, Code::ok is no failure.
    auto const code = status.code == Code::ok ? Code::unknown : status.code;
    auto const message = std::string_view(status.message).substr(0, longest);
    return encode(Response{.status = RpcStatus{code, message, {}}, .payload = {}});
}

Status too_long(std::size_t size) {
    return {Code::resource_exhausted, "message length " + std::to_string(size)
                                          + " exceed maximum message size of "
                                          + std::to_string(max_data)};
}

} // namespace davit::shim::wire
