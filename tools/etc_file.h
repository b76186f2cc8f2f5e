// SPDX-License-Identifier: Apache-2.0
// tools/etc_file.h - changing a configuration file of somebody else's, so that nobody ever finds
// half of it and its author can have the old one back.
#pragma once

#include <string>

#include "davit/result.h"

namespace davit::cli {

/// What was read, and what has to be so still when it is replaced.
struct EtcFile {
    std::string path;
    std::string text;
    bool exists = false;
    unsigned mode = 0644, uid = 0, gid = 0;
    unsigned long long inode = 0;
    long long changed_ns = 0; ///< its mtime
};

/// Kind::config for what isn't a regular file: a symbolic link belongs to whoever made it, and is
/// shown, not followed. One that isn't there is empty.
[[nodiscard]] Result<EtcFile> read_etc_file(std::string const& path);

/// Gives it another text: mode and owner stay, its directory is made if it is missing, and the old
/// text is kept in backup_name() unless an older one is kept there. "" removes it. Kind::state if
/// it was changed since it was read.
[[nodiscard]] Result<> replace_etc_file(EtcFile const& old, std::string const& text);

[[nodiscard]] std::string backup_name(std::string const& path);

} // namespace davit::cli
