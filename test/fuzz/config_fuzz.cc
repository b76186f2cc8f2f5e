// SPDX-License-Identifier: Apache-2.0
// fuzz/config_fuzz.cc - config.json from a stranger: no crash, and what is accepted is stable.
//
// clang++-19 -std=c++23 -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -Ilib/include …
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "davit/config.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const config =
        davit::parse_config({reinterpret_cast<char const*>(data), size}, "config.json");
    if (!config) {
        if (config.error().kind != davit::Kind::config) std::abort();
        if (!config.error().story.starts_with("config.json")) std::abort();
        return 0;
    }
    auto const again = davit::parse_config(davit::write_config(*config), "config.json");
    if (!again || *again != *config) std::abort();
    return 0;
}
