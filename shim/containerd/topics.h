// SPDX-License-Identifier: Apache-2.0
// shim/containerd/topics.h - the core's events in the form that containerd publishes.
#pragma once

#include <string_view>

#include "containerd/event_messages.h"
#include "core/events.h"

namespace davit::shim::containerd {

struct Publication {
    std::string_view topic; ///< "/tasks/start"
    Any event;
};

[[nodiscard]] Publication publication(Event const& event);

} // namespace davit::shim::containerd
