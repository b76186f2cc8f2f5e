// SPDX-License-Identifier: Apache-2.0
// dbus/keywords.h - how GVariant's text calls D-Bus's simple types. Runs in: parent; pure.
#pragma once

#include <string_view>

namespace davit::dbus {

struct Keyword {
    std::string_view word;
    char type;
};
inline constexpr Keyword keywords[] = {
    {"byte", 'y'},   {"boolean", 'b'}, {"int16", 'n'},      {"uint16", 'q'},
    {"int32", 'i'},  {"uint32", 'u'},  {"int64", 'x'},      {"uint64", 't'},
    {"double", 'd'}, {"string", 's'},  {"objectpath", 'o'}, {"signature", 'g'},
};

} // namespace davit::dbus
