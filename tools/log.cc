// SPDX-License-Identifier: Apache-2.0
// tools/log.cc - davit's messages beside its output: --log, --log-format, --debug, stderr.
#include "log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/result.h"
#include "base/utf8.h"
#include "davit/contract.h"
#include "json/fields.h"
#include "json/json.h"
#include "safe/whole_file.h"

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

// Arguments and file names are any bytes, but no parser reads a JSON document with other bytes than
// UTF-8. The terminal controls U+007F to U+009F, which JSON doesn't escape, are part of no intended
// name.
bool can_be_shown(std::string_view text, std::size_t length) {
    return length != 0 && text[0] != 0x7f && (length != 2 || text.substr(0, 2) >= "\xc2\xa0");
}

// Calls `take` with each character.
void each_shown(std::string_view text, auto const& take) {
    while (!text.empty()) {
        auto const length = utf8_length(text);
        bool const shown = can_be_shown(text, length);
        take(shown ? text.substr(0, length) : std::string_view("\xef\xbf\xbd")); // U+FFFD
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
}

// Control characters as \xNN, or with `quotes` as C does in a string literal, which also escapes
// quotes and backslashes.
std::string escaped(std::string_view text, bool quotes) {
    std::string result;
    each_shown(text, [&](std::string_view character) {
        auto const c = character[0];
        if (quotes && (c == '"' || c == '\\')) {
            result += {'\\', c};
        } else if (c == '\n' || c == '\t') {
            if (quotes)
                result += {'\\', c == '\n' ? 'n' : 't'};
            else
                result += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char digits[8];
            std::snprintf(digits, sizeof digits, "\\x%02x", static_cast<unsigned>(c));
            result += digits;
        } else {
            result += character;
        }
    });
    return result;
}

struct LogRecord {
    std::string level;
    std::string message;
    std::string time;
};

} // namespace
} // namespace davit::cli

namespace davit::json {
template <>
inline constexpr auto fields<cli::LogRecord> = list({
    field<&cli::LogRecord::level>(contract::record_level, "how bad it is", Need::always),
    field<&cli::LogRecord::message>(contract::record_message, "the words", Need::always),
    field<&cli::LogRecord::time>(contract::record_time, "when it was said, UTC", Need::always),
});
} // namespace davit::json

namespace davit::cli {

std::string log_record(Level level, LogFormat format, std::string_view message, std::time_t when) {
    using namespace contract;
    auto const time = rfc3339(when);
    if (format == LogFormat::json)
        return json::write(LogRecord{std::string(level_name(level)), printable(message), time})
               + "\n";
    return std::string(record_time) + "=" + quoted(time) + " " + std::string(record_level) + "="
           + std::string(level_name(level)) + " " + std::string(record_message) + "=\""
           + escaped(message, true) + "\"\n";
}

std::string printable(std::string_view text) {
    std::string result;
    each_shown(text, [&](std::string_view character) { result += character; });
    return result;
}

std::string plain_message(std::string_view message) { return escaped(message, false); }

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
    if (file_) (void)safe::write_all(file_.number(), record);
    // Messages below a warning are for programs and for a user who looks for a fault, not to be
    // passed on.
    if (!file_ && (format_ == LogFormat::json || level == Level::debug)) {
        (void)safe::write_all(STDERR_FILENO, record);
    } else if (!file_ || level == Level::error) {
        // People read it, also through engines that pass it on: "Error: OCI runtime error: …".
        auto const mark = level == Level::error ? "" : std::string(level_name(level)) + ": ";
        (void)safe::write_all(STDERR_FILENO, mark + plain_message(message) + "\n");
    }
}

void Log::note(Level level, std::string_view message) const {
    if (file_ || debug()) write(level, message);
}

} // namespace davit::cli
