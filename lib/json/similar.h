// SPDX-License-Identifier: Apache-2.0
// json/similar.h - whether one name may be another one, misspelt. Runs in: parent.
#pragma once

#include <string_view>

namespace davit::json {

/// They differ only in the case of letters; or in one letter (more, less or other); or, from six
/// letters on, in two. False for equal names.
bool are_similar(std::string_view written, std::string_view known);

} // namespace davit::json
