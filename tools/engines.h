// SPDX-License-Identifier: Apache-2.0
// tools/engines.h - how each engine's configuration names davit: the table of `davit setup` and
// `davit doctor`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "davit/result.h"

namespace davit::cli {

struct Wish {
    std::string davit; ///< the program's path
    bool by_default = false;
    std::string shim = {}; ///< the path of davit's own shim, if containerd is to use that one
};

/// Texts are whole files. Both functions return their argument if there is nothing to change, and
/// "" if nothing of the file would be left. Kind::config if they can't parse it; the story names
/// the file and the fault.
struct Engine {
    std::string_view name;
    std::string_view program;
    std::string_view file;
    Result<std::string> (*add)(std::string const& text, Wish const& wish);
    Result<std::string> (*remove)(std::string const& text);
    std::string_view usage;              ///< lines: the commands that follow
    std::string_view usage_of_shim = {}; ///< the same where containerd gets davit's own shim
};

[[nodiscard]] std::span<Engine const> engines();

// For the engines whose file also has other content.
[[nodiscard]] Result<std::string> add_to_containerd(std::string const& text, Wish const& wish);
[[nodiscard]] Result<std::string> remove_from_containerd(std::string const& text);
[[nodiscard]] Result<std::string> add_to_docker(std::string const& text, Wish const& wish);
[[nodiscard]] Result<std::string> remove_from_docker(std::string const& text);

inline constexpr char containerd_file[] = "/etc/containerd/config.toml";
inline constexpr char docker_file[] = "/etc/docker/daemon.json";

} // namespace davit::cli
