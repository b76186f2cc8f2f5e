// SPDX-License-Identifier: Apache-2.0
// shim/containerd/messages.h - all of containerd's messages but statistics. Runs in: shim.
#pragma once

#include "containerd/boot_messages.h"
#include "containerd/event_messages.h"
#include "containerd/sandbox_messages.h"
#include "containerd/task_messages.h"
