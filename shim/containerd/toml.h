// SPDX-License-Identifier: Apache-2.0
// shim/containerd/toml.h - the flat part of a TOML document: "Key = value" lines.
//
// What containerd writes of a table of options (go-toml): no table headers, values on one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "davit/result.h"

namespace davit::shim::containerd {

struct TomlValue {
    std::string key;
    std::string_view raw;            ///< as written; points into the document
    std::optional<std::string> text; ///< if it is a string: its content
};

/// The values before the first table, whose keys mean something else. Kind::config "line 3: …".
[[nodiscard]] Result<std::vector<TomlValue>> read_toml_values(std::string_view document);

} // namespace davit::shim::containerd
