// SPDX-License-Identifier: Apache-2.0
// init/main.cc - from the first instruction to the step table. Runs in: init.
//
// launch/start.cc starts it with the channel's fd number as its only argument. All signals are
// blocked; stdin, stdout, stderr and the preserved fds are in their places; no other fd is open.
#include <sys/mman.h>

#include "base/try.h"
#include "init/init.h"

namespace davit::init {

namespace {

Sys<> take_plan(Init& init) {
    Fd block;
    auto const taken = TRY(init.parent.expect<launch::TakePlan>(&block));
    init.trace = taken.trace != 0;
    auto const address = TRY(sys::raw::call(SYS_mmap, nullptr, taken.size, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE, block.number(), 0));
    init.base = reinterpret_cast<std::byte*>(address);
    return {};
}

} // namespace

void forbid_tracing() {
    (void)sys::prctl(PR_SET_DUMPABLE, 0);
    (void)sys::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void main(int channel) {
    forbid_tracing(); // before anything else
    (void)sys::prctl(PR_SET_NAME, reinterpret_cast<unsigned long>("davit-init"));
    (void)sys::setsid(); // EPERM: it already leads a session
    sys::umask(0);       // init makes files with exact modes; become_user sets the user's umask
    Init init;
    init.parent = launch::Channel{Fd(channel)};
    (void)sys::fcntl(channel, F_SETFD, FD_CLOEXEC);
    if (take_plan(init)) run_steps(init);
    // The waiting process has been told, or has ended.
    sys::exit_group(1);
}

} // namespace davit::init
