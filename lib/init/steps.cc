// SPDX-License-Identifier: Apache-2.0
// init/steps.cc - the order in which init makes a container, or joins one. Runs in: init.
//
// A row's comment says what breaks in another order.
#include <iterator>

#include "init/init.h"

namespace davit::init {

namespace {

using launch::StepId;
using plan::InitPlan;
using plan::Who;

constexpr auto always = [](InitPlan const&) { return true; };

constexpr Step steps[] = {
    // While /proc is the host's: in a joined user namespace init may make no procfs of its own, and
    // then finds only the container's.
    {StepId::labels_outside, Who::exec,
     [](InitPlan const& p) { return p.lsm.apparmor_exec || p.lsm.selinux; }, lsm::set_labels},
    // Before every step that works in them. (Those of clone3 exist since init's first instruction.)
    {StepId::join_namespaces, Who::both,
     [](InitPlan const& p) { return p.namespaces.join.count > 0; }, namespaces::join},
    // From here on paths are the container's.
    {StepId::join_root, Who::exec,
     [](InitPlan const& p) { return p.rootfs.host_mounts != 0 || p.terminal.wanted != 0; },
     rootfs::join_root},
    // Only a cgroup namespace: its root is the group that init was born in or has moved to. Before
    // the mounts: a new cgroup file system shows what the namespace of its maker shows.
    {StepId::make_namespaces, Who::create, [](InitPlan const& p) { return p.namespaces.make != 0; },
     namespaces::make},
    {StepId::raise_loopback, Who::create,
     [](InitPlan const& p) { return p.namespaces.loopback_up != 0; }, namespaces::raise_loopback},
    {StepId::set_names, Who::create,
     [](InitPlan const& p) { return p.namespaces.hostname || p.namespaces.domainname; },
     namespaces::set_names},
    // After the names: kernel.domainname is a sysctl, too. While /proc is still the host's: init
    // may have to use it.
    {StepId::sysctl, Who::create, [](InitPlan const& p) { return p.sysctl.settings.count > 0; },
     sysctl::set_all},
    // Cuts init's mounts off the host's first: the host must see none of the later mounts.
    {StepId::open_root, Who::create, always, rootfs::open_root},
    {StepId::mounts, Who::create, [](InitPlan const& p) { return p.mounts.mounts.count > 0; },
     mounts::mount_all},
    // Before the root is made read-only.
    {StepId::make_cwd, Who::create, always, process::make_cwd},
    // After the mounts: /dev is one of them.
    {StepId::devices, Who::create, [](InitPlan const& p) { return p.devices.devices.count > 0; },
     devices::make_devices},
    {StepId::device_links, Who::create, [](InitPlan const& p) { return p.devices.links.count > 0; },
     devices::make_links},
    // After /dev/pts is mounted, before /dev is sealed: init puts /dev/console there.
    {StepId::terminal, Who::both, [](InitPlan const& p) { return p.terminal.wanted != 0; },
     terminal::make_terminal},
    // Everything is mounted, and a hook may still write to it. A hook's program is the host's: init
    // can't reach it after enter_root.
    {StepId::create_hooks, Who::create,
     [](InitPlan const& p) { return p.hooks.stop_for_parent != 0; }, hooks::run_create_hooks},
    {StepId::seal_mounts, Who::create, [](InitPlan const& p) { return p.rootfs.sealed.count > 0; },
     mounts::seal_mounts},
    // After everything that could mount over a protected path.
    {StepId::protect_paths, Who::create,
     [](InitPlan const& p) { return p.rootfs.read_only.count > 0; }, rootfs::protect_paths},
    // After the read-only paths: a mask below one of them must cover its read-only copy.
    {StepId::mask_paths, Who::create, [](InitPlan const& p) { return p.rootfs.masked.count > 0; },
     rootfs::mask_paths},
    // After the last change below the root.
    {StepId::seal_root, Who::create, [](InitPlan const& p) { return p.rootfs.readonly != 0; },
     rootfs::seal_root},
    // After the hooks of create, which are the host's programs: the labels hold from the next
    // execve on. Before the keyring, which gets one; while /proc is still the host's: init may have
    // to use it.
    {StepId::labels, Who::create,
     [](InitPlan const& p) { return p.lsm.apparmor_exec || p.lsm.selinux; }, lsm::set_labels},
    // From here on paths are the container's.
    {StepId::enter_root, Who::create, always, rootfs::enter_root},
    {StepId::keyring, Who::both, [](InitPlan const& p) { return bool(p.process.keyring); },
     process::join_keyring},
    // While init may still raise them.
    {StepId::limits, Who::both, [](InitPlan const& p) { return p.process.limits.count > 0; },
     process::set_limits},
    // Needs CAP_SETPCAP; the user may lose it.
    {StepId::bounding, Who::both, always, caps::drop_bounding},
    {StepId::own_stdio, Who::both, [](InitPlan const& p) { return p.process.stdio_owner != 0; },
     process::own_stdio},
    // With all of root's capabilities (CAP_SYS_NICE), and late: at a low priority later steps are
    // slow. After the cgroup allows it (cpu.rt_runtime_us, cpuset.mems).
    {StepId::attributes, Who::both, [](InitPlan const& p) { return p.attributes.wanted != 0; },
     process::set_attributes},
    {StepId::keep_capabilities, Who::both, [](InitPlan const& p) { return p.process.uid != 0; },
     caps::keep_across_user},
    // With root's rights, as users expect of a private home; become_user comes later.
    {StepId::enter_cwd, Who::both, always, process::enter_cwd},
    {StepId::become_user, Who::both, always, process::become_user},
    {StepId::capabilities, Who::both, always, caps::set_all},
    {StepId::find_home, Who::both, [](InitPlan const& p) { return p.process.find_home != 0; },
     process::find_home},
    // As the user: the user's rights decide whether it may be executed.
    {StepId::find_program, Who::both, [](InitPlan const& p) { return p.process.argv.count > 1; },
     process::find_program},
    {StepId::forget_caller, Who::both, always, process::forget_caller},
    // The last use of CAP_SYS_ADMIN. After the lookups: an old profile need not allow these;
    // docs/decisions/seccomp.md says what it must allow.
    {StepId::seccomp_early, Who::both,
     [](InitPlan const& p) { return p.seccomp.when == seccomp::When::early; }, seccomp::load_early},
    // init has dropped everything of the host by now, and every capability that the container
    // doesn't have: other processes of that namespace may look into init and trace it.
    {StepId::enter_pid_namespace, Who::both,
     [](InitPlan const& p) { return p.namespaces.join_pid != 0 && !p.namespaces.second; },
     namespaces::enter_pid_namespace},
    // In the process that leads the session from now on.
    {StepId::control_terminal, Who::both, [](InitPlan const& p) { return p.terminal.wanted != 0; },
     terminal::control},
    {StepId::wait, Who::create, always, wait_at_gate},
    {StepId::report, Who::exec, always, wait_for_parent},
    // Sets an RLIMIT_NOFILE that is too low for init's own work. Before the late filter; an early
    // one must allow prlimit64 if the limit is so low.
    {StepId::last_limits, Who::both, [](InitPlan const& p) { return p.process.late_limits != 0; },
     process::lower_limits},
    {StepId::no_new_privileges, Who::both,
     [](InitPlan const& p) { return p.process.no_new_privileges != 0; },
     process::forbid_new_privileges},
    // Before the image's programs run.
    {StepId::seccomp_before_hooks, Who::create,
     [](InitPlan const& p) { return p.seccomp.when == seccomp::When::before_hooks; },
     seccomp::load_late},
    // Under all restrictions of the program: children of a hook may live on beside it.
    {StepId::start_hooks, Who::create,
     [](InitPlan const& p) { return p.hooks.start_container.hooks.count > 0; },
     hooks::run_start_hooks},
    // Before the late filter: the filter need not allow what this step calls.
    {StepId::announce, Who::both, always, process::announce},
    {StepId::seccomp, Who::both,
     [](InitPlan const& p) { return p.seccomp.when == seccomp::When::late; }, seccomp::load_late},
    {StepId::execute, Who::both, always, process::execute},
};

// take_plan stands before the table.
constexpr bool steps_are_in_order() {
    for (std::size_t i = 0; i < std::size(steps); ++i)
        if (steps[i].id != static_cast<StepId>(i + 1)) return false;
    return std::size(steps) + 1 == static_cast<std::size_t>(StepId::count_);
}
static_assert(steps_are_in_order(), "one row for each StepId but take_plan, in their order");

constexpr bool is_for(Who step, Who plan) {
    return (static_cast<std::uint64_t>(step) & static_cast<std::uint64_t>(plan)) != 0;
}

void tell_failure(Init const& init, StepId step, Errno e) {
    launch::Failed failed;
    failed.step = step;
    failed.detail = init.detail;
    failed.item = init.item;
    failed.part = init.part;
    failed.errnum = e.value;
    std::memcpy(failed.words, init.words, sizeof failed.words);
    if (init.parent.send(failed)) return;
    // init's own seccomp filter may forbid sendmsg, but hardly write.
    struct {
        std::uint16_t tag = launch::Failed::tag;
        std::byte body[sizeof failed];
    } message;
    std::memcpy(message.body, &failed, sizeof failed);
    // If the other end is gone, no process needs this message.
    (void)sys::write_once(init.parent.number(), &message, sizeof message);
}

} // namespace

void run_steps(Init& init) {
    launch::Timings timings;
    for (auto const& step : steps) {
        if (!is_for(step.who, init.plan().who) || !step.wanted(init.plan())) continue;
        init.doing(launch::Detail::none);
        init.item = init.part = 0;
        bool const waits = step.id == StepId::wait || step.id == StepId::report;
        if (init.trace && waits) (void)init.parent.send(timings);
        auto const begin = init.trace ? sys::monotonic_ns() : 0;
        if (auto const done = step.run(init); !done) {
            tell_failure(init, step.id, done.error());
            if (step.id == StepId::execute) process::tell_flaw(init, done.error());
            return;
        }
        if (init.trace)
            timings.steps[static_cast<std::size_t>(step.id)] = {begin, sys::monotonic_ns()};
    }
}

} // namespace davit::init
