// SPDX-License-Identifier: Apache-2.0
// shim/core/process.cc - which verb goes with which phase. pidfd_send_signal(2).
#include "core/process.h"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "base/result.h"

namespace davit::shim {

namespace {

/// nullptr: allowed. In the order of Phase.
struct Row {
    Verb verb;
    bool is_exec;
    char const *created, *running, *stopped, *paused;
};
constexpr Row rows[] = {
    {Verb::start, false, nullptr, "cannot start a running process",
     "cannot start a stopped process", "cannot start a paused process"},
    {Verb::remove, false, nullptr, "cannot delete a running process", nullptr,
     "cannot delete a paused process"},
    {Verb::pause, false, "cannot pause task in created state", nullptr,
     "cannot pause a stopped container", "cannot pause a paused container"},
    {Verb::resume, false, "cannot resume task in created state", "cannot resume a running process",
     "cannot resume a stopped container", nullptr},
    {Verb::exec, false, nullptr, nullptr, "cannot exec in a stopped state",
     "cannot exec in a paused state"},
    {Verb::update, false, nullptr, nullptr, "cannot update a stopped container", nullptr},
    {Verb::start, true, nullptr, "cannot start a running process", "cannot start a stopped process",
     nullptr},
    {Verb::remove, true, nullptr, "cannot delete a running process", nullptr, nullptr},
};

char const* refusal(Row const& row, Phase phase) {
    switch (phase) {
    case Phase::created: return row.created;
    case Phase::running: return row.running;
    case Phase::stopped: return row.stopped;
    case Phase::paused:
    case Phase::pausing: return row.paused;
    }
    return nullptr;
}

} // namespace

Result<> allowed(Verb verb, Phase phase, bool is_exec) {
    for (auto const& row : rows)
        if (row.verb == verb && row.is_exec == is_exec)
            if (char const* const no = refusal(row, phase)) return fail(Kind::state, no);
    return {};
}

Result<> Process::make_cancel() {
    cancel = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!cancel) return fail_errno(Errno{errno}, "make an eventfd");
    return {};
}

void Process::give_up() {
    if (!starting) return;
    given_up = true;
    if (cancel) (void)::eventfd_write(cancel.number(), 1);
}

Result<> Process::signal(int number) const {
    if (ended) return fail(Kind::not_found, "process already finished");
    if (!handle) return fail(Kind::state, "process not created");
    if (::syscall(SYS_pidfd_send_signal, handle.number(), number, nullptr, 0) == 0) return {};
    if (errno == ESRCH) return fail(Kind::not_found, "process already finished");
    if (errno == EINVAL) return fail(Kind::config, "unknown signal ", number);
    return fail_errno(Errno{errno}, "send signal ", number, " to process ", pid);
}

} // namespace davit::shim
