// SPDX-License-Identifier: Apache-2.0
// tools/input.h - reading whole files.
#pragma once

#include <string>

#include "davit/result.h"

namespace davit::cli {

/// Reads a regular file of at most 8 MiB. (Those of /proc and /sys are regular.) The errno stays in
/// the Error.
[[nodiscard]] Result<std::string> read_file(std::string const& path);

/// Reads all of a file, of a pipe (a shell's "<(...)"), or of stdin for "-": at most 8 MiB.
[[nodiscard]] Result<std::string> read_input(std::string const& path);

} // namespace davit::cli
