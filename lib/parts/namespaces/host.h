// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/host.h - the namespaces that a container joins. Runs in: parent.
#pragma once

#include "base/result.h"
#include "davit/fd.h"
#include "davit/spec.h"
#include "safe/procfs.h"

namespace davit::namespaces {

/// Opens a namespace's file. Kind::config if it is no namespace, or of another type than `type`.
Result<NsFd> open(spec::NamespaceType type, std::string const& path);

/// Whether two files mean the same namespace: they have the same inode.
Result<bool> is_same(NsFd const& one, NsFd const& other);

/// Whether it is the caller's own namespace of that type.
Result<bool> is_own(spec::NamespaceType type, NsFd const& one);

/// Whether process `pid` lives in another namespace of that type than the caller; false if the
/// kernel has no such type.
Result<bool> is_others(safe::Procfs const& proc, int pid, spec::NamespaceType type);

/// CLONE_NEW* of the namespaces of process `pid` in which the caller doesn't live. Types in `known`
/// are in the result without a look; the user namespace is always looked at.
Result<std::uint64_t> others(safe::Procfs const& proc, int pid, std::uint64_t known);

} // namespace davit::namespaces
