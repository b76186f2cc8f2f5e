// SPDX-License-Identifier: Apache-2.0
// shim/core/with_container.h - a library call on a container, on a thread of its own.
//
// It opens the container anew each time: a handle serves one thread at a time, and would cost an
// idle shim an fd.
#pragma once

#include "base/result.h"
#include "core/blocking.h"
#include "core/task.h"

namespace davit::shim {

template <class Work>
auto Task::with_container(Work work) const {
    return blocking(
        [this, work = std::move(work)]() mutable -> decltype(work(std::declval<Container&>())) {
            auto runtime = TRY(Runtime::open({.root = request_.root}));
            auto container = TRY(runtime.find(request_.id));
            return work(container);
        });
}

} // namespace davit::shim
