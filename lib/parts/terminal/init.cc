// SPDX-License-Identifier: Apache-2.0
// parts/terminal/init.cc - a pseudo terminal from the container's own devpts. Runs in: init.
//
// The master goes to the parent, the slave becomes stdin, stdout, stderr, /dev/console and the
// controlling terminal. The slave is opened through the master (TIOCGPTPEER), never by a path that
// somebody could have changed. ioctl_tty(2).
#include <linux/magic.h>
#include <sys/ioctl.h>

#include "base/try.h"
#include "init/init.h"

namespace davit::terminal {

using launch::Detail;

Sys<> make_terminal(init::Init& init) {
    auto const& plan = init.plan().terminal;
    init.doing(Detail::source);
    auto const master = TRY(init.root.open("/dev/pts/ptmx", O_RDWR | O_NOCTTY));
    if (TRY(sys::fstatfs(master.number())).f_type != DEVPTS_SUPER_MAGIC)
        return std::unexpected(Errno{ENODEV});
    init.doing(Detail::create);
    int unlocked = 0;
    TRY(sys::ioctl(master.number(), TIOCSPTLCK, &unlocked));
    auto const slave = Fd(static_cast<int>(
        TRY(sys::ioctl(master.number(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC))));
    if (plan.height || plan.width) {
        winsize size{plan.height, plan.width, 0, 0};
        TRY(sys::ioctl(slave.number(), TIOCSWINSZ, &size));
    }
    init.doing(Detail::target);
    auto const target = TRY(init.root.make_file("/dev/console"));
    init.doing(Detail::attach);
    TRY(sys::move_mount(TRY(sys::open_tree_clone(slave.number(), "", AT_EMPTY_PATH)),
                        target.number()));

    init.doing(Detail::node);
    for (int fd = 0; fd < 3; ++fd) TRY(sys::dup3(slave.number(), fd, 0));
    return init.parent.send(launch::TakeConsole{}, master.number());
}

Sys<> control(init::Init&) {
    TRY(sys::ioctl(0, TIOCSCTTY, 0L));
    return {};
}

} // namespace davit::terminal
