// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/host.h - the namespaces that a container joins. Runs in: parent.
#pragma once

#include "base/result.h"
#include "davit/fd.h"
#include "davit/spec.h"
#include "safe/procfs.h"

namespace davit::namespaces {

/// Opens a namespace's file. Kind::config if it is none, or of another type than asked for.
Result<NsFd> open(spec::NamespaceType type, std::string const& path);

/// Whether two files are of one namespace: they have one inode.
Result<bool> is_same(NsFd const& one, NsFd const& other);

/// Whether it is the namespace of that type that we live in.
Result<bool> is_own(spec::NamespaceType type, NsFd const& one);

/// Whether process `pid` lives in another namespace of that type than we do; no if the kernel has
/// no such type.
Result<bool> is_others(safe::Procfs const& proc, int pid, spec::NamespaceType type);

/// CLONE_NEW* of those namespaces of process `pid` that we don't live in ourselves. Of the types
/// in `known` that isn't asked, but for the user namespace: they are among the result.
Result<std::uint64_t> others(safe::Procfs const& proc, int pid, std::uint64_t known);

} // namespace davit::namespaces
