// SPDX-License-Identifier: Apache-2.0
// tools/etc_file.h - changing another program's configuration file: a reader never finds half of
// it, and its author can have the old one back.
#pragma once

#include <string>

#include "davit/result.h"

namespace davit::cli {

/// What was read, and must be unchanged when the file is replaced.
struct EtcFile {
    std::string path;
    std::string text;
    bool exists = false;
    unsigned mode = 0644, uid = 0, gid = 0;
    unsigned long long inode = 0;
    long long changed_ns = 0; ///< its mtime
};

/// Kind::config for what isn't a regular file: a symbolic link belongs to the user who made it, so
/// davit names it and doesn't follow it. A missing file is empty.
[[nodiscard]] Result<EtcFile> read_etc_file(std::string const& path);

/// Gives it another text. Keeps mode and owner, makes the directory if it is missing, and keeps the
/// old text in backup_name() unless an older one is kept there. "" removes the file. Kind::state if
/// it was changed since it was read.
[[nodiscard]] Result<> replace_etc_file(EtcFile const& old, std::string const& text);

[[nodiscard]] std::string backup_name(std::string const& path);

} // namespace davit::cli
