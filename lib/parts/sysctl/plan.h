// SPDX-License-Identifier: Apache-2.0
// parts/sysctl/plan.h - which sysctls a container may set. Runs in: parent, pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/sysctl/sysctl.h"
#include "plan/builder.h"

namespace davit::sysctl {

/// "net/ipv4/ip_forward" for "net.ipv4.ip_forward" and for itself, by sysctl(8)'s rule: the first
/// separator of a key, '.' or '/', separates, and the other one stands for a '.' in a name.
std::string path_of(std::string_view key);

/// The namespace whose own a sysctl is; nothing if it is the whole host's.
std::optional<spec::NamespaceType> namespace_of(std::string_view path);

/// Kind::config for a key of which the container has no namespace of its own.
Result<InitPlan> plan(spec::Linux const& linux, plan::Builder& builder);

void print(InitPlan const& inside, plan::View view, std::string& out);

} // namespace davit::sysctl
