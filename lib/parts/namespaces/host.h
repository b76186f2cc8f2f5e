// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/host.h - the namespaces that a container joins. Runs in: parent.
#pragma once

#include "base/result.h"
#include "davit/fd.h"
#include "davit/spec.h"

namespace davit::namespaces {

/// Opens a namespace's file. Kind::config if it is none, or of another type than asked for.
Result<NsFd> open(spec::NamespaceType type, std::string const& path);

} // namespace davit::namespaces
