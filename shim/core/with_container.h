// SPDX-License-Identifier: Apache-2.0
// shim/core/with_container.h - a library call on a container, on a thread of its own.
//
// It opens the container anew each time: a handle serves one thread at a time, and would cost an
// idle shim an fd.
#pragma once

#include "core/blocking.h"
#include "core/error.h"
#include "core/task.h"

namespace davit::shim {

template <class Work>
auto Task::with_container(Work work) const {
    return blocking(
        [this, work = std::move(work)]() mutable -> decltype(work(std::declval<Container&>())) {
            auto runtime = Runtime::open({.root = request_.root});
            if (!runtime) return passed_on(std::move(runtime));
            auto container = runtime->find(request_.id);
            if (!container) return passed_on(std::move(container));
            return work(*container);
        });
}

} // namespace davit::shim
