// SPDX-License-Identifier: Apache-2.0
// tools/log.h - davit's messages beside its output: --log, --log-format, --debug, stderr.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "davit/fd.h"
#include "davit/result.h"

namespace davit::cli {

enum class Level { debug, warning, error };

enum class LogFormat { text, json };

/// One line, as runc writes it and its callers read it.
[[nodiscard]] std::string log_record(Level level, LogFormat format, std::string_view message,
                                     std::time_t when);

/// For a JSON document that a terminal may show: U+FFFD in place of bytes that aren't UTF-8, and of
/// the terminal controls that JSON doesn't escape.
[[nodiscard]] std::string printable(std::string_view text);

/// A message for a terminal: shows its control characters, so that the terminal doesn't obey them.
[[nodiscard]] std::string plain_message(std::string_view message);

class Log {
  public:
    /// To stderr, as text.
    Log() = default;

    /// Appends to the file at `path`, or stderr if that is empty.
    static Result<Log> open(std::string const& path, LogFormat format, Level least);

    /// Without a file, writes to stderr: a record if JSON is wanted or the message is for
    /// debugging, else plain words. With a file, writes errors to stderr as well, in plain words.
    /// Leaves out what is below the least level.
    void write(Level level, std::string_view message) const;

    /// The same, only for a user who wants more: to the file, or to stderr with --debug.
    void note(Level level, std::string_view message) const;

    [[nodiscard]] bool debug() const { return least_ == Level::debug; }

  private:
    Fd file_;
    LogFormat format_ = LogFormat::text;
    Level least_ = Level::warning;
};

} // namespace davit::cli
