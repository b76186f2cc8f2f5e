// SPDX-License-Identifier: Apache-2.0
// spec/document.h - the text of a config.json. Runs in: parent.
#pragma once

#include <string>

#include "base/result.h"

namespace davit::spec {

/// The first half of read_config(); parse_config() is the second. A FIFO can be read only once.
Result<std::string> read_document(char const* path);

} // namespace davit::spec
