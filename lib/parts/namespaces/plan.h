// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/plan.h - which process makes and joins which namespace. Runs in: parent, pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/namespaces/namespaces.h"
#include "plan/builder.h"

namespace davit::namespaces {

struct Planned {
    InitPlan inside;
    std::uint64_t clone_flags = 0;           ///< CLONE_NEW* that clone3 makes
    std::vector<spec::Namespace> joined;     ///< in the order of inside.join
    std::optional<std::string> time_offsets; ///< there is a new time namespace
};

/// `privileged`: davit may enter namespaces without being root of a user namespace first.
Result<Planned> plan(spec::Config const& config, bool privileged, plan::Builder& builder);

/// "mnt", "net", …: the file below /proc/PID/ns.
std::string_view file_name(spec::NamespaceType type);

} // namespace davit::namespaces
