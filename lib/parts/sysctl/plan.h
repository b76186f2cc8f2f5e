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
/// '.' or '/' of a key is its separator; the other character stands for a '.' in a name.
std::string path_of(std::string_view key);

/// The type of namespace that a sysctl belongs to; nothing if it belongs to the whole host.
std::optional<spec::NamespaceType> namespace_of(std::string_view path);

/// Kind::config for a key that belongs to no namespace of the container's own.
Result<InitPlan> plan(spec::Linux const& linux, plan::Builder& builder);

void print(InitPlan const& inside, plan::View view, std::string& out);

} // namespace davit::sysctl
