// SPDX-License-Identifier: Apache-2.0
// parts/terminal/init.cc - a pseudo terminal from the container's own devpts. Runs in: init.
//
// init sends the master to the parent. The slave becomes stdin, stdout, stderr and the controlling
// terminal; for the first process also /dev/console. init opens the slave through the master
// (TIOCGPTPEER), never by a path that another process could change. ioctl_tty(2).
#include <linux/magic.h>
#include <sys/ioctl.h>

#include "base/try.h"
#include "init/init.h"

namespace davit::terminal {

using launch::Detail;

namespace {

Sys<> make_console(init::Init& init, Fd const& slave) {
    init.doing(Detail::target);
    auto const target = TRY(init::file_for(init, "/dev/console", init::Judged::no));
    init.doing(Detail::attach);
    return sys::move_mount(TRY(sys::open_tree_clone(slave.number(), "", AT_EMPTY_PATH)),
                           target.number());
}

} // namespace

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
    if (plan.is_console)
        TRY(make_console(init, slave));
    else
        init.root = safe::Root(); // exec needs the root only up to here
    init.doing(Detail::node);
    for (int fd = 0; fd < 3; ++fd) TRY(sys::dup3(slave.number(), fd, 0));
    return init.parent.send(launch::TakeConsole{}, master.number());
}

Sys<> control(init::Init&) {
    TRY(sys::ioctl(0, TIOCSCTTY, 0L));
    return {};
}

} // namespace davit::terminal
