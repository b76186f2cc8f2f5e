// SPDX-License-Identifier: Apache-2.0
// davit/spec/text.h - the two collections of text that many sections use.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace davit::spec {

using Texts = std::vector<std::string>;
using TextMap = std::map<std::string, std::string>; ///< written in the order of its keys

} // namespace davit::spec
