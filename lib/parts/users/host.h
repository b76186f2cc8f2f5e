// SPDX-License-Identifier: Apache-2.0
// parts/users/host.h - user namespaces and what their ids mean outside. Runs in: parent.
#pragma once

#include "base/result.h"
#include "davit/fd.h"
#include "parts/users/users.h"
#include "safe/procfs.h"

namespace davit::users {

/// Writes the maps of the user namespace of process `pid`. The kernel lets each be written once.
/// Kind::denied without CAP_SETUID and CAP_SETGID over the ids that they name.
Result<> write_id_maps(safe::Procfs const& proc, int pid, IdMaps const& maps);

/// Kind::config if the user namespace of process `pid` has other maps than these.
Result<> check_id_maps(safe::Procfs const& proc, int pid, IdMaps const& maps);

/// A user namespace without a process: mount_setattr(2) takes the maps of an idmapped mount in this
/// form. Thread-safe; forks once, and the caller's SIGCHLD handler doesn't see it.
Result<NsFd> make_user_namespace(IdMaps const& maps);

} // namespace davit::users
