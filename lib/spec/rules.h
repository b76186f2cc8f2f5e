// SPDX-License-Identifier: Apache-2.0
// spec/rules.h - what the files of validate() share. Runs in: parent.
//
// A rule is one `if` below a comment that names its section; its text says "must …" about the value
// at a Path. Rules that depend on the host (does the path exist, does the kernel know it) are
// elsewhere.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "json/path.h"

namespace davit::spec {

using json::Path;

/// Kind::config "/process/cwd: must be an absolute path", and what was found where that helps.
std::unexpected<Error> wrong(Path const& at, std::string_view rule);
std::unexpected<Error> wrong(Path const& at, std::string_view rule, std::string_view found);
std::unexpected<Error> wrong(Path const& at, std::string_view rule, std::int64_t found);

Result<> absolute(Path const& at, std::string_view path);
Result<> absolute(Path const& at, Texts const& paths);

/// A device number as the kernel has it: 12 bits of major, 20 bits of minor.
Result<> device_number(Path const& at, std::int64_t major, std::int64_t minor);

/// The map of a user namespace or an id-mapped mount, as user_namespaces(7) wants it.
Result<> id_mappings(Path const& at, std::vector<IdMapping> const& mappings);

/// A list that number_ranges() can read.
Result<> number_list(Path const& at, std::string_view list);

bool has_namespace(Linux const& linux, NamespaceType type);

// validate_process.cc
Result<> validate_process(Process const& process, Path const& at);
// validate_mounts.cc
Result<> validate_mounts(Config const& config);
Result<> validate_hooks(Hooks const& hooks);
// validate_linux.cc
Result<> validate_linux(Linux const& linux);
// validate_devices.cc
Result<> validate_devices(Linux const& linux);
// validate_resources.cc
Result<> validate_resources(Resources const& resources, Path const& at);
Result<> validate_intel_rdt(IntelRdt const& rdt);
Result<> validate_memory_policy(MemoryPolicy const& policy);
// validate_seccomp.cc
Result<> validate_seccomp(Seccomp const& seccomp);

} // namespace davit::spec
