// SPDX-License-Identifier: Apache-2.0
// safe/whole_file.h - reads and writes whole files, pipes and streams. Runs in: parent, tools,
// shim.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/errno.h"
#include "davit/result.h"

namespace davit::safe {

inline constexpr std::size_t most_of_a_file = 8U << 20; ///< bytes: many times what is read here

/// All that comes from `fd` up to its end. Kind::config if that is more than `most` bytes. Errors
/// begin with "read NAME".
[[nodiscard]] Result<std::string> read_all(int fd, std::size_t most, std::string_view name);

/// Reads a regular file; those of /proc and /sys are regular. It never waits for the writer of a
/// FIFO. Kind::config if it is no regular file, or has more than `most` bytes. The errno stays in
/// the Error.
[[nodiscard]] Result<std::string> read_file(std::string const& path,
                                            std::size_t most = most_of_a_file);

/// Reads what a user names: also a FIFO or a shell's "<(...)", whose writer it waits for, as any
/// program does. Kind::config if it is a directory or a block device, or has more than `most`
/// bytes. The errno stays in the Error.
[[nodiscard]] Result<std::string> read_input(std::string const& path,
                                             std::size_t most = most_of_a_file);

/// Writes all of `text`. Waits for a full pipe also if that is O_NONBLOCK. If the reader is gone:
/// EPIPE, never a signal.
[[nodiscard]] Sys<> write_all(int fd, std::string_view text);

/// A new file in place of what was there: readers find the whole new text, or the whole old one.
/// Its mode is `mode` less the umask.
[[nodiscard]] Result<> replace_file(std::string const& path, std::string_view text, unsigned mode);

} // namespace davit::safe
