// SPDX-License-Identifier: Apache-2.0
// base/version.h - what this build is: lib/base/version.cc.in. Runs in: tools, shim.
//
// The values are in a source of their own: with each commit, only that one is compiled anew.
#pragma once

namespace davit {

extern char const version[];  ///< "0.1.0"
extern char const commit[];   ///< of the source, with "-dirty" if it was changed; or "unknown"
extern char const left_out[]; ///< parts that an option of the build left out, "" if it is whole

} // namespace davit
