// SPDX-License-Identifier: Apache-2.0
// base/result.cc - the words for an errno. Runs in: parent.
#include "base/result.h"

#include <cstring>

namespace davit {

std::string_view errno_text(int errnum) {
    auto const* const words = strerrordesc_np(errnum);
    return words ? words : "unknown error";
}

} // namespace davit
