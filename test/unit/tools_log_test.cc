// SPDX-License-Identifier: Apache-2.0
// unit/tools_log_test.cc - records of --log: tools/log.h. Their shapes are runc's, which containerd
// and Podman parse.
#include "catch.h"
#include <string>

#include "log.h"

using namespace davit::cli;

namespace {

std::string json_message(std::string const& message) {
    auto const record = log_record(Level::error, LogFormat::json, message, 0);
    auto const begin = record.find("\"msg\":") + 6;
    return record.substr(begin, record.find(",\"time\"") - begin);
}

} // namespace

TEST_CASE("a record has level, message and time") {
    CHECK(log_record(Level::error, LogFormat::json, "container does not exist", 1785585600)
          == "{\"level\":\"error\",\"msg\":\"container does not exist\","
             "\"time\":\"2026-08-01T12:00:00Z\"}\n");
    CHECK(log_record(Level::warning, LogFormat::text, "say \"x\"", 1785585600)
          == "time=\"2026-08-01T12:00:00Z\" level=warning msg=\"say \\\"x\\\"\"\n");
}

TEST_CASE("JSON stays JSON whatever is written into it") {
    CHECK(json_message("a\"b\\c") == R"("a\"b\\c")");
    CHECK(json_message("a\nb\tc\rd\x1b\x7f")
          == R"("a\nb\tc\rd\u001B)"
             "\xef\xbf\xbd\"");
    CHECK(json_message("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\xa2")
          == "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\xa2\"");
    auto const* replaced = "\"\xef\xbf\xbd\"";
    CHECK(json_message("\xff") == replaced);
    CHECK(json_message("\x7f") == replaced);     // DEL
    CHECK(json_message("\xc3") == replaced);     // cut off
    CHECK(json_message("\xc2\x9b") == replaced); // a terminal's CSI
    CHECK(json_message("\xc0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    CHECK(json_message("\xed\xa0\x80").size() == 2 + 3 * 3); // a surrogate
    CHECK(json_message(std::string("a\0b", 3)) == R"("a\u0000b")");
}

TEST_CASE("a message for a terminal can't control it") {
    CHECK(plain_message("a \"b\"\n\tc") == "a \"b\"\n\tc");
    CHECK(plain_message("\x1b[2J\r") == "\\x1b[2J\\x0d");
}
