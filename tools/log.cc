// SPDX-License-Identifier: Apache-2.0
// tools/log.cc - davit's messages beside its output: --log, --log-format, --debug, stderr.
#include "log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/result.h"
#include "davit/contract.h"
#include "output.h"

namespace davit::cli {

namespace {

std::string_view level_name(Level level) {
    switch (level) {
    case Level::debug: return "debug";
    case Level::warning: return "warning";
    case Level::error: break;
    }
    return contract::level_error;
}

// UTC: people read a container's log on other machines, and davit needn't open a time zone file.
std::string rfc3339(std::time_t when) {
    std::tm utc{};
    ::gmtime_r(&when, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

// The length of the UTF-8 character at the beginning of `text`, 0 if there is none. Arguments and
// file names are any bytes, but no parser reads a JSON document with other bytes.
std::size_t utf8_length(std::string_view text) {
    auto const first = static_cast<unsigned char>(text[0]);
    std::size_t const length = first < 0x80                    ? 1
                               : first >= 0xc2 && first < 0xe0 ? 2
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    if (length == 0 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
    if (length < 3) return length;
    auto const second = static_cast<unsigned char>(text[1]);
    bool const too_long = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    bool const no_character = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    return too_long || no_character ? 0 : length;
}

// Escapes control characters: by `code`, a printf format, or as C and JSON do in a string literal.
// `quotes`: also escapes quotes and backslashes.
std::string escaped(std::string_view text, char const* code, bool quotes) {
    std::string result;
    while (!text.empty()) {
        auto const length = utf8_length(text);
        auto const c = text[0];
        // The terminal controls U+0080 to U+009F are part of no intended name.
        bool const control = length == 2 && text.substr(0, 2) < "\xc2\xa0";
        if (length == 0 || control) {
            result += "\xef\xbf\xbd"; // U+FFFD
        } else if (quotes && (c == '"' || c == '\\')) {
            result += {'\\', c};
        } else if (c == '\n' || c == '\t') {
            if (quotes)
                result += {'\\', c == '\n' ? 'n' : 't'};
            else
                result += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            char digits[8];
            std::snprintf(digits, sizeof digits, code, static_cast<unsigned>(c));
            result += digits;
        } else {
            result += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return result;
}

} // namespace

std::string log_record(Level level, LogFormat format, std::string_view message, std::time_t when) {
    using namespace contract;
    bool const json = format == LogFormat::json;
    auto const time = rfc3339(when);
    auto const text = json ? json_text(message) : '"' + escaped(message, "\\x%02x", true) + '"';
    if (json)
        return "{" + quoted(record_level) + ":" + quoted(level_name(level)) + ","
               + quoted(record_message) + ":" + text + "," + quoted(record_time) + ":"
               + quoted(time) + "}\n";
    return std::string(record_time) + "=" + quoted(time) + " " + std::string(record_level) + "="
           + std::string(level_name(level)) + " " + std::string(record_message) + "=" + text + "\n";
}

std::string json_text(std::string_view text) { return '"' + escaped(text, "\\u%04x", true) + '"'; }

std::string plain_message(std::string_view message) { return escaped(message, "\\x%02x", false); }

Result<Log> Log::open(std::string const& path, LogFormat format, Level least) {
    Log log;
    log.format_ = format;
    log.least_ = least;
    if (path.empty()) return log;
    log.file_ = Fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (!log.file_) return fail_errno(Errno{errno}, "open the log ", quoted(path));
    return log;
}

void Log::write(Level level, std::string_view message) const {
    if (level < least_) return;
    auto const record = log_record(level, format_, message, std::time(nullptr));
    // davit can't do anything about a log that it can't write: the exit code still tells.
    if (file_) (void)write_all(file_.number(), record);
    // Messages below a warning are for programs and for a user who looks for a fault, not to be
    // passed on.
    if (!file_ && (format_ == LogFormat::json || level == Level::debug)) {
        (void)write_all(STDERR_FILENO, record);
    } else if (!file_ || level == Level::error) {
        // People read it, also through engines that pass it on: "Error: OCI runtime error: …".
        auto const mark = level == Level::error ? "" : std::string(level_name(level)) + ": ";
        (void)write_all(STDERR_FILENO, mark + plain_message(message) + "\n");
    }
}

void Log::note(Level level, std::string_view message) const {
    if (file_ || debug()) write(level, message);
}

} // namespace davit::cli
