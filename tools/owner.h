// SPDX-License-Identifier: Apache-2.0
// tools/owner.h - names of users.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace davit::cli {

/// The name of `uid` in the text of a passwd(5) file; "#" and the number if there is none.
[[nodiscard]] std::string user_name(std::string_view passwd, uid_t uid);

/// The text of /etc/passwd, or "". getpwuid(3) would need the C library's plugins, which a static
/// program doesn't have.
[[nodiscard]] std::string read_passwd();

} // namespace davit::cli
