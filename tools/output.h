// SPDX-License-Identifier: Apache-2.0
// tools/output.h - writes to stdout, and new files.
#pragma once

#include <string>
#include <string_view>

#include "davit/result.h"

namespace davit::cli {

/// To stdout. A full disk or a closed pipe is a failure of the command.
[[nodiscard]] Result<> print(std::string_view text);

/// Whether write_file() may find a file of that name.
enum class Existing { refused, overwritten };

/// A refused one is Kind::exists. A new file has the mode 0666 less the umask.
[[nodiscard]] Result<> write_file(std::string const& path, std::string_view text,
                                  Existing existing);

/// Opens /dev/null as 0, 1 or 2 where those are closed. Otherwise a file of davit's own would get
/// that number, and output for the user, or the container's, would go into it.
void open_missing_stdio();

} // namespace davit::cli
