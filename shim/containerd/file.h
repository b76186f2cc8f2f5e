// SPDX-License-Identifier: Apache-2.0
// shim/containerd/file.h - small files, read and written whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "davit/result.h"

namespace davit::shim::containerd {

/// Kind::config if it is longer than `most` bytes, or no regular file; ENOENT stays in errnum.
[[nodiscard]] Result<std::string> read_file(std::string const& path, std::size_t most);

/// All that comes from `fd` up to its end.
[[nodiscard]] Result<std::string> read_all(int fd, std::size_t most, std::string const& name);

/// A new file of mode 0600 in place of what was there: readers find the whole text, or the old one.
[[nodiscard]] Result<> replace_file(std::string const& path, std::string_view text);

/// For files of the kernel: they take a value in one write.
[[nodiscard]] Result<> write_value(std::string const& path, std::string_view value);

/// Writes all of `text` to a pipe or a file. 0 or an errno.
[[nodiscard]] int write_all(int fd, std::string_view text);

} // namespace davit::shim::containerd
