// SPDX-License-Identifier: Apache-2.0
// init/steps.cc - the order in which a container comes to be, or a process joins it. Runs in: init.
//
// A row's comment says what breaks when it stands elsewhere.
#include <iterator>

#include "init/init.h"

namespace davit::init {

namespace {

using launch::StepId;
using plan::InitPlan;
using plan::Who;

constexpr auto always = [](InitPlan const&) { return true; };

constexpr Step steps[] = {
    // While /proc is the host's: in a joined user namespace we may make no procfs of our own, and
    // the one that is found there then is the container's.
    {StepId::labels_outside, Who::exec,
     [](InitPlan const& p) { return p.lsm.apparmor_exec || p.lsm.selinux; }, lsm::set_labels},
    // Before all that works in them. (What clone3 made is there since our first instruction.)
    {StepId::join_namespaces, Who::both,
     [](InitPlan const& p) { return p.namespaces.join.count > 0; }, namespaces::join},
    // From here on paths mean the container's.
    {StepId::join_root, Who::exec,
     [](InitPlan const& p) { return p.rootfs.host_mounts != 0 || p.terminal.wanted != 0; },
     rootfs::join_root},
    // A cgroup namespace alone: its root is the group that we are in, where we were born or have
    // moved ourselves. Before the mounts: a cgroup file system shows what its maker's namespace
    // shows.
    {StepId::make_namespaces, Who::create, [](InitPlan const& p) { return p.namespaces.make != 0; },
     namespaces::make},
    {StepId::raise_loopback, Who::create,
     [](InitPlan const& p) { return p.namespaces.loopback_up != 0; }, namespaces::raise_loopback},
    {StepId::set_names, Who::create,
     [](InitPlan const& p) { return p.namespaces.hostname || p.namespaces.domainname; },
     namespaces::set_names},
    // After the names: kernel.domainname is one, too. While /proc is still the host's, should it
    // have to serve.
    {StepId::sysctl, Who::create, [](InitPlan const& p) { return p.sysctl.settings.count > 0; },
     sysctl::set_all},
    // Cuts our mounts off the host's first: nothing mounted later may be seen there.
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
    // After /dev/pts is mounted, before /dev is sealed: /dev/console appears in it.
    {StepId::terminal, Who::both, [](InitPlan const& p) { return p.terminal.wanted != 0; },
     terminal::make_terminal},
    // All that config.json wants mounted is there, and a hook may still write to it. Its file is
    // the host's, which is out of reach from enter_root on.
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
    // The last change below the root is made.
    {StepId::seal_root, Who::create, [](InitPlan const& p) { return p.rootfs.readonly != 0; },
     rootfs::seal_root},
    // After the hooks of create, which are the host's programs: the labels are for the next execve.
    // Before the keyring, which gets one; while /proc is still the host's, should it have to serve.
    {StepId::labels, Who::create,
     [](InitPlan const& p) { return p.lsm.apparmor_exec || p.lsm.selinux; }, lsm::set_labels},
    // From here on paths mean the container's.
    {StepId::enter_root, Who::create, always, rootfs::enter_root},
    {StepId::keyring, Who::both, [](InitPlan const& p) { return bool(p.process.keyring); },
     process::join_keyring},
    // While we may still raise them.
    {StepId::limits, Who::both, [](InitPlan const& p) { return p.process.limits.count > 0; },
     process::set_limits},
    // Needs CAP_SETPCAP, which the user may not keep.
    {StepId::bounding, Who::both, always, caps::drop_bounding},
    {StepId::own_stdio, Who::both, [](InitPlan const& p) { return p.process.stdio_owner != 0; },
     process::own_stdio},
    // With all of root's capabilities (CAP_SYS_NICE), and late: what follows is slow at a low
    // priority. After the cgroup allows it (cpu.rt_runtime_us, cpuset.mems).
    {StepId::attributes, Who::both, [](InitPlan const& p) { return p.attributes.wanted != 0; },
     process::set_attributes},
    {StepId::keep_capabilities, Who::both, [](InitPlan const& p) { return p.process.uid != 0; },
     caps::keep_across_user},
    // Entered with root's rights, as users expect of a private home; become_user comes after.
    {StepId::enter_cwd, Who::both, always, process::enter_cwd},
    {StepId::become_user, Who::both, always, process::become_user},
    {StepId::capabilities, Who::both, always, caps::set_all},
    {StepId::find_home, Who::both, [](InitPlan const& p) { return p.process.find_home != 0; },
     process::find_home},
    // As the user: whether it may be executed is a question of the user's rights.
    {StepId::find_program, Who::both, [](InitPlan const& p) { return p.process.argv.count > 1; },
     process::find_program},
    {StepId::forget_caller, Who::both, always, process::forget_caller},
    // With the last use of CAP_SYS_ADMIN. After the lookups, which an old profile needn't allow;
    // docs/decisions/seccomp.md says what it must.
    {StepId::seccomp_early, Who::both,
     [](InitPlan const& p) { return p.seccomp.when == seccomp::When::early; }, seccomp::load_early},
    // Nothing of the host is left in us, and no capability that the container doesn't have: others
    // live in that namespace, who may look into us and trace us.
    {StepId::enter_pid_namespace, Who::both,
     [](InitPlan const& p) { return p.namespaces.join_pid != 0 && !p.namespaces.second; },
     namespaces::enter_pid_namespace},
    // By the process that leads the session for good.
    {StepId::control_terminal, Who::both, [](InitPlan const& p) { return p.terminal.wanted != 0; },
     terminal::control},
    {StepId::wait, Who::create, always, wait_at_gate},
    {StepId::report, Who::exec, always, wait_for_parent},
    // RLIMIT_NOFILE below what we need ourselves. Before the late filter; an early one that goes
    // with so low a limit has to allow prlimit64.
    {StepId::last_limits, Who::both, [](InitPlan const& p) { return p.process.late_limits != 0; },
     process::lower_limits},
    {StepId::no_new_privileges, Who::both,
     [](InitPlan const& p) { return p.process.no_new_privileges != 0; },
     process::forbid_new_privileges},
    // Before what the image's programs may do.
    {StepId::seccomp_before_hooks, Who::create,
     [](InitPlan const& p) { return p.seccomp.when == seccomp::When::before_hooks; },
     seccomp::load_late},
    // Under all restrictions of the program: what a hook leaves behind lives on beside it.
    {StepId::start_hooks, Who::create,
     [](InitPlan const& p) { return p.hooks.start_container.hooks.count > 0; },
     hooks::run_start_hooks},
    // All that can be done before the filter.
    {StepId::announce, Who::both, always, process::announce},
    {StepId::seccomp, Who::both,
     [](InitPlan const& p) { return p.seccomp.when == seccomp::When::late; }, seccomp::load_late},
    {StepId::execute, Who::both, always, process::execute},
};

// take_plan comes before the table.
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
    // A seccomp filter of our own may forbid sendmsg, but hardly write.
    struct {
        std::uint16_t tag = launch::Failed::tag;
        std::byte body[sizeof failed];
    } message;
    std::memcpy(message.body, &failed, sizeof failed);
    // Whoever isn't there any more needs no news.
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
