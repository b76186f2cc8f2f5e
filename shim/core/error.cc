// SPDX-License-Identifier: Apache-2.0
// shim/core/error.cc - the C library's words for an errno, in lower case.
#include "core/error.h"

#include <cstring>

namespace davit::shim {

std::string errno_words(int errnum) {
    char const* const known = ::strerrordesc_np(errnum);
    if (!known) return words("error ", errnum);
    std::string text(known);
    // "Input/output error", but "RFS specific error"
    if (text.size() > 1 && (text[1] < 'A' || text[1] > 'Z')) text[0] |= 0x20;
    return text;
}

} // namespace davit::shim
