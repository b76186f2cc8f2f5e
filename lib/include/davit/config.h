// SPDX-License-Identifier: Apache-2.0
// davit/config.h - config.json: reading, checking, writing, and the example of `davit spec`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "davit/result.h"
#include "davit/spec.h"

namespace davit {

/// The version of the specification that davit implements.
inline constexpr char oci_version[] = "1.3.0";

/// The oldest one whose config.json it reads; those between are read as well.
inline constexpr char oldest_oci_version[] = "1.0.0";

/// Reads, parses and validates the file at `path`, of at most 8 MiB. A FIFO or a pipe is read to
/// its end. Kind::config if the user did something wrong (a missing file too: errnum is ENOENT);
/// denied and system if the kernel fails. `doubts` gets a line for each unknown member that may be
/// a misspelt known one. Thread-safe, like all functions here.
[[nodiscard]] Result<spec::Config> read_config(char const* path,
                                               std::vector<std::string>* doubts = nullptr);

/// Parses and validates a text; `file_name` is how stories name it ("config.json").
[[nodiscard]] Result<spec::Config> parse_config(std::string_view text, std::string_view file_name,
                                                std::vector<std::string>* doubts = nullptr);

/// A `process` object in a document of its own (`davit exec --process`), validated as well.
[[nodiscard]] Result<spec::Process> read_process(char const* path,
                                                 std::vector<std::string>* doubts = nullptr);
[[nodiscard]] Result<spec::Process> parse_process(std::string_view text, std::string_view file_name,
                                                  std::vector<std::string>* doubts = nullptr);

/// A `linux.resources` object in a document of its own (`davit update --resources`), the same way.
[[nodiscard]] Result<spec::Resources> read_resources(char const* path);
[[nodiscard]] Result<spec::Resources> parse_resources(std::string_view text,
                                                      std::string_view file_name,
                                                      std::vector<std::string>* doubts = nullptr);

/// Checks the rules of the specification that don't depend on the host. Kind::config; the story
/// starts with the JSON pointer of the wrong member: `/process/cwd: must be an absolute path, found
/// "tmp"`.
[[nodiscard]] Result<> validate(spec::Config const& config);

/// Indented with tabs, no newline at the end.
[[nodiscard]] std::string write_config(spec::Config const& config);

/// The state as `davit state` prints and hooks read it: indented by two spaces, or in one line.
[[nodiscard]] std::string write_state(spec::State const& state, bool pretty);

/// Indented by four spaces, as runc does.
[[nodiscard]] std::string write_features(spec::Features const& features);

/// The document of `davit spec`. `unified_cgroups` adds a cgroup namespace. A rootless document has
/// a user namespace that maps its root to `uid` and `gid`, and asks for nothing that needs the
/// host's root.
[[nodiscard]] spec::Config example_config(bool rootless, bool unified_cgroups, std::uint32_t uid,
                                          std::uint32_t gid);

} // namespace davit
