// SPDX-License-Identifier: Apache-2.0
// unit/tools_signal_names_test.cc - signals as users write them: tools/signal_names.h.
#include "catch.h"
#include <csignal>
#include <cstring>

#include "signal_names.h"

using davit::cli::signal_number;

TEST_CASE("a signal is a number or a name in any case, with or without SIG") {
    CHECK(signal_number("9") == SIGKILL);
    CHECK(signal_number("0") == 0);
    CHECK(signal_number("64") == 64);
    for (auto const* text : {"TERM", "SIGTERM", "term", "sigterm", "SigTerm"}) {
        INFO(text);
        CHECK(signal_number(text) == SIGTERM);
    }
    CHECK(signal_number("WINCH") == SIGWINCH);
    CHECK(signal_number("CLD") == SIGCHLD);
    CHECK(signal_number("POLL") == SIGIO);
}

TEST_CASE("every signal that the C library can name is known") {
    for (int number = 1; number < 32; ++number) {
        auto const* name = ::sigabbrev_np(number);
        INFO(number);
        if (name != nullptr) CHECK(signal_number(name) == number);
    }
}

TEST_CASE("real-time signals count from both ends") {
    CHECK(signal_number("RTMIN") == 34);
    CHECK(signal_number("SIGRTMIN+3") == 37);
    CHECK(signal_number("rtmin+30") == 64);
    CHECK(signal_number("RTMAX") == 64);
    CHECK(signal_number("RTMAX-30") == 34);
}

TEST_CASE("what is no signal is refused") {
    for (auto const* text :
         {"", "SIG", "65", "-9", "+9", "9 ", "0x9", "KIL", "SIGSIGKILL", "RTMIN-1", "RTMIN+31",
          "RTMIN+", "RTMIN+-1", "RTMAX+1", "RTMAX-31", "RTMINX"}) {
        INFO(text);
        CHECK_FALSE(signal_number(text));
    }
}
