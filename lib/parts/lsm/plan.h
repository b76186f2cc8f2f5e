// SPDX-License-Identifier: Apache-2.0
// parts/lsm/plan.h - the labels of the process. Runs in: parent, pure.
#pragma once

#include <string>

#include "base/result.h"
#include "davit/spec.h"
#include "parts/lsm/lsm.h"
#include "plan/builder.h"

namespace davit::lsm {

/// Kind::unsupported if config.json has a label and the kernel lacks the module, or hasn't enabled
/// it.
Result<InitPlan> plan(spec::Process const& process, bool new_keyring, Facts const& facts,
                      plan::Builder& builder);

void print(InitPlan const& inside, plan::View view, std::string& out);

} // namespace davit::lsm
