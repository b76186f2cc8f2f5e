// SPDX-License-Identifier: Apache-2.0
// json/write.h - the spelling of single values. Runs in: parent.
#pragma once

#include <string>

namespace davit::json {

/// The shortest text that reads back as the same number; 0 for infinity and NaN, which JSON lacks.
std::string number_text(double number);

} // namespace davit::json
