// SPDX-License-Identifier: Apache-2.0
// tools/says_ready.h - what a message of sd_notify(3) says. Any process of the container sends it.
#pragma once

#include <string_view>

namespace davit::cli {

/// One of the lines is READY=1. (READY=0 means nothing.)
constexpr bool says_ready(std::string_view message) {
    while (!message.empty()) {
        auto const end = message.find('\n');
        if (message.substr(0, end) == "READY=1") return true;
        message.remove_prefix(end == message.npos ? message.size() : end + 1);
    }
    return false;
}

} // namespace davit::cli
