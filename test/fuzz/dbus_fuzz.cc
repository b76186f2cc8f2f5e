// SPDX-License-Identifier: Apache-2.0
// fuzz/dbus_fuzz.cc - a bus's messages and an annotation's words: no crash, no more memory than the
// bytes allow, and what is accepted is stable.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dbus/message.h"

using namespace davit;

namespace {

void read_message(std::string_view bytes) {
    if (bytes.size() >= dbus::head_size) (void)dbus::size_of(bytes.substr(0, dbus::head_size));
    auto const message = dbus::decode(bytes);
    if (!message) {
        if (message.error().kind != Kind::system) std::abort();
        return;
    }
    auto const again = dbus::decode(dbus::encode(*message));
    if (!again || *again != *message) std::abort();
}

void read_text(std::string_view text) {
    auto const value = dbus::parse_text(text);
    if (!value) {
        if (value.error().kind != Kind::config) std::abort();
        return;
    }
    auto const printed = dbus::to_text(*value);
    auto const again = dbus::parse_text(printed);
    // Not the values: no NaN equals another.
    if (!again || dbus::to_text(*again) != printed) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const rest(reinterpret_cast<char const*>(data) + 1, size - 1);
    data[0] & 1 ? read_message(rest) : read_text(rest);
    return 0;
}
