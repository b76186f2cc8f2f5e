// SPDX-License-Identifier: Apache-2.0
// launch/conversation.h - the parent's half of protocol.h. Runs in: parent.
#pragma once

#include <vector>

#include "davit/trace.h"
#include "launch/start.h"
#include "plan/plan.h"

namespace davit::launch {

/// Waits for the second process of `StartOptions::join`, which is init from then on.
Result<> hear_second(Started& init, plan::Plan const& plan);

/// What init needs to begin, each a message: the plan, the namespaces it joins, its gate (empty: it
/// goes on at Commit). That init is gone is no error here: hear_until_ready() tells why.
Result<> brief(Started const& init, plan::Plan const& plan, std::vector<NsFd> const& joined,
               Fd const& gate, bool trace);

/// Listens until init is Ready: the result is the terminal's master, if it has made one. An init
/// that fails or dies is an Error that tells why. Waits as long as init lives.
Result<Fd> hear_until_ready(Started& init, plan::Plan const& plan, Trace* trace);

/// A starter's half: opens the gate and listens until the program was executed. An Error tells why
/// it couldn't be.
Result<> open_gate(Channel const& gate);

} // namespace davit::launch
