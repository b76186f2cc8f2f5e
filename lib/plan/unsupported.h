// SPDX-License-Identifier: Apache-2.0
// plan/unsupported.h - requests that davit understands and can't fulfil yet. Runs in: parent.
#pragma once

#include "base/result.h"
#include "davit/spec.h"

namespace davit::plan {

/// Kind::unsupported with the JSON pointer of the first such request: a restriction that the user
/// asked for and doesn't get is a security hole, so the whole container is refused.
Result<> refuse_unsupported(spec::Config const& config);

} // namespace davit::plan
