// SPDX-License-Identifier: Apache-2.0
// fuzz/shim_message_fuzz.cc - protobuf: decodes any bytes as every message; an accepted one is
// written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "../shim/all_messages.h"

using namespace davit::shim;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const& row = all_messages[data[0] % std::size(all_messages)];
    auto const message = row.make(), again = row.make();
    if (!decoded(row, bytes, message.get())) return 0;
    auto const written = encoded(row, message.get());
    if (!decoded(row, written, again.get()) || encoded(row, again.get()) != written) std::abort();
    return 0;
}
