// SPDX-License-Identifier: Apache-2.0
// json/similar.h - whether one name may be another one, misspelt. Runs in: parent.
#pragma once

#include <string_view>

namespace davit::json {

/// They differ by the case of letters alone; or by one letter more, less or other; or, from six
/// letters on, by two. Never true of names that are one.
bool are_similar(std::string_view written, std::string_view known);

} // namespace davit::json
