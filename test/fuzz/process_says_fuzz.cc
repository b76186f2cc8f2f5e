// SPDX-License-Identifier: Apache-2.0
// fuzz/process_says_fuzz.cc - what a process of the container chooses, and davit reads: its name in
// /proc/PID/stat, and what it sends to NOTIFY_SOCKET. No name changes another field; only a line of
// its own says READY=1. The first byte chooses the reader.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../../tools/says_ready.h"
#include "safe/process_stat.h"

using namespace davit;

namespace {

/// The kernel writes no more of a name than 64 bytes; here it may be longer.
void read_stat_of(std::string_view name) {
    auto const line =
        "7 (" + std::string(name) + ") S 1 7 7 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 12345 0 0\n";
    auto const stat = safe::parse_stat(line);
    if (!stat || stat->state != 'S' || stat->flags != 4194304 || stat->start_time != 12345)
        std::abort();
}

bool has_line(std::string_view text, std::string_view line) {
    auto const all = "\n" + std::string(text) + "\n";
    return all.contains("\n" + std::string(line) + "\n");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const rest(reinterpret_cast<char const*>(data) + 1, size - 1);
    switch (data[0]) {
    case '0': read_stat_of(rest); break;
    case '1': (void)safe::parse_stat(rest); break;
    default:
        if (cli::says_ready(rest) != has_line(rest, "READY=1")) std::abort();
    }
    return 0;
}
