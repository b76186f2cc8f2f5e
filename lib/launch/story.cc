// SPDX-License-Identifier: Apache-2.0
// launch/story.cc - turns the step, the element and the errno of a failure into a sentence. Runs
// in: parent.
//
// Only the parent can tell: it owns the plan that the numbers refer to.
// lint: a table may be long
#include "launch/story.h"

#include <unistd.h>

#include <cstring>
#include <iterator>

#include "base/result.h"
#include "davit/contract.h"
#include "parts/hooks/host.h"
#include "parts/mounts/lockable.h"
#include "parts/mounts/plan.h"
#include "parts/namespaces/plan.h"
#include "parts/seccomp/denied.h"
#include "plan/init_plan.h"
#include "spec/names.h"
#include "sys/file.h"

namespace davit::launch {

namespace {

struct Teller {
    Failed const& failed;
    plan::View view;
    plan::InitPlan const& inside;

    [[nodiscard]] std::string quote(plan::Text t) const {
        return t ? quoted(view.text(t)) : "\"\"";
    }
    [[nodiscard]] std::string argument(plan::List<std::uint64_t> const& argv) const {
        auto const slots = view.list(argv);
        return slots.size() < 2 ? "" : view.text({static_cast<std::uint32_t>(slots[0]), 0});
    }
    /// The element of a list that failed, or an empty one.
    template <class T>
    [[nodiscard]] T element(plan::List<T> const& list) const {
        return failed.item < list.count ? view.list(list)[failed.item] : T{};
    }
};

std::string_view words_of(Failed const& failed) {
    return {failed.words, strnlen(failed.words, sizeof failed.words)};
}

std::string of_start(Teller const& t) {
    switch (t.failed.detail) {
    case Detail::group:
        return text("move davit's init to the container's cgroups: write \"0\" to ",
                    quoted(words_of(t.failed)));
    case Detail::time: return "make the time namespace (config.json: /linux/timeOffsets)";
    case Detail::affinity:
        return text("config.json: /process/execCPUAffinity/", t.failed.item ? "final" : "initial",
                    ": run on these CPUs (are they online, and in the cgroup's cpuset?)");
    case Detail::user: return "become root of the user namespace (does it map id 0?)";
    default: return "start davit's init";
    }
}

std::string of_namespace(Teller const& t) {
    if (t.inside.who == plan::Who::exec)
        return t.failed.detail == Detail::user ? "become root of the container's user namespace"
                                               : "join the container's namespaces";
    if (t.failed.item >= t.inside.namespaces.join.count) // all were joined
        return t.inside.namespaces.second
                   ? t.failed.detail == Detail::user
                         ? "become root of the user namespace (does it map id 0?)"
                         : "make the other namespaces"
                   : "start a process in the joined pid namespace";
    auto const join = t.element(t.inside.namespaces.join);
    return text("join the ", namespaces::file_name(static_cast<spec::NamespaceType>(join.type)),
                " namespace ", t.quote(join.path));
}

/// Where a link of the image leads a place of config.json; "" if that isn't the reason.
std::string misled(Teller const& t) {
    switch (t.failed.detail) {
    case Detail::inside_proc: return ": a symbolic link leads it into /proc";
    case Detail::on_root: return ": a symbolic link leads it to the container's root";
    default: return "";
    }
}

std::string of_mount(Teller const& t) {
    auto const& mount = t.element(t.inside.mounts.mounts);
    auto const story = mounts::name_of(t.view, t.inside.mounts.mounts, t.failed.item);
    switch (t.failed.detail) {
    case Detail::source: return story + ": open the source";
    case Detail::locked:
        return story + ": in a user namespace, a source with mounts below takes \"rbind\"";
    case Detail::type: return story + ": file system type";
    case Detail::parameter: {
        auto const parameters = t.view.list(mount.parameters);
        if (t.failed.part >= parameters.size()) return story + ": option";
        auto const& parameter = parameters[t.failed.part];
        return text(story, ": option ",
                    parameter.value ? quoted(text(t.view.text(parameter.key), "=",
                                                  t.view.text(parameter.value)))
                                    : t.quote(parameter.key));
    }
    case Detail::create: return story + ": make the file system";
    case Detail::target: return story + ": open the destination in the container's root";
    case Detail::attributes: return story + ": set the mount's attributes";
    case Detail::propagation: return story + ": set the mount's propagation";
    case Detail::remount:
        return story + (t.failed.errnum == EINVAL ? ": nothing is mounted there, or not so" : "");
    case Detail::old_options: return text(story, ": options ", t.quote(mount.data));
    case Detail::content: return story + ": copy what the image has there";
    case Detail::label: return text(story, ": set the label ", t.quote(mount.label));
    case Detail::not_proc: return story + ": it is not of type proc";
    case Detail::locked_flag: {
        if (t.failed.part >= std::size(mounts::lockable)) return story;
        auto const& flag = mounts::lockable[t.failed.part];
        return text(story, ": in a user namespace the host's ", flag.flag, " stays",
                    flag.option ? text(" (option ", quoted(flag.option), ")") : "");
    }
    case Detail::file_on_directory:
        return story + ": the source is a file, the destination is a directory";
    case Detail::directory_on_file:
        return story
               + (mount.action == mounts::Action::bind ? ": the source is a directory"
                                                       : ": a mount")
               + ", the destination is a file";
    case Detail::root_closed:
        return text("config.json: /root/path: enter the root ", t.quote(t.inside.rootfs.path),
                    ": its owner and mode must let the container's user 0 in");
    default: return story + misled(t);
    }
}

std::string of_sysctl(Teller const& t) {
    if (t.failed.detail == Detail::source) return "make a proc file system for the sysctls";
    auto const setting = t.element(t.inside.sysctl.settings);
    auto const story = text("config.json: /linux/sysctl: set ", t.quote(setting.key), " to ",
                            t.quote(setting.value));
    if (t.failed.detail == Detail::target && t.failed.errnum == ENOENT)
        return story + ": the kernel has no such sysctl, or this namespace hasn't";
    return story;
}

std::string of_device(Teller const& t) {
    auto const& device = t.element(t.inside.devices.devices);
    if (t.failed.detail == Detail::mismatch)
        return text("make device ", t.quote(device.path), ": something else is there");
    if (t.failed.detail == Detail::source)
        return text("make device ", t.quote(device.path),
                    " in a user namespace: open the host's node of this path and number");
    return text(t.failed.detail == Detail::owner ? "set the owner of device " : "make device ",
                t.quote(device.path), misled(t));
}

/// The first directory of `path` that this process may not enter.
std::string closed_on_the_way(std::string const& path) {
    for (std::size_t end = 0; end != path.npos;) {
        end = path.find('/', end + 1);
        auto directory = path.substr(0, end);
        auto const entered = sys::faccessat2(sys::cwd, directory.c_str(), X_OK, AT_EACCESS);
        if (!entered && entered.error() == Errno{EACCES}) return directory;
    }
    return {};
}

std::string of_root(Teller const& t) {
    switch (t.failed.detail) {
    case Detail::propagation: return "cut the container's mounts off the host's";
    case Detail::node: return "open the host's \"/dev/null\" (character device 1:3)";
    default: break;
    }
    auto const story = "config.json: /root/path: open the root " + t.quote(t.inside.rootfs.path);
    if (t.failed.errnum != EACCES || !t.inside.rootfs.path) return story;
    auto const closed = closed_on_the_way(t.view.text(t.inside.rootfs.path));
    return closed.empty() ? story
                          : text(story, ": davit may not enter the directory ", quoted(closed));
}

std::string of_labels(Teller const& t) {
    auto const& labels = t.inside.lsm;
    switch (t.failed.detail) {
    case Detail::apparmor: {
        auto story =
            text("config.json: /process/apparmorProfile: apply the apparmor profile (",
                 t.quote(labels.apparmor_exec), ") by ", contract::attribute, "apparmor/exec`");
        if (t.failed.errnum == ENOENT) story += ": the profile isn't loaded";
        return story;
    }
    case Detail::selinux:
        return text("config.json: /process/selinuxLabel: set the label ", t.quote(labels.selinux),
                    " by ", contract::attribute, "exec`");
    case Detail::selinux_key:
        return text("config.json: /process/selinuxLabel: set the session keyring's label ",
                    t.quote(labels.selinux_key), " by ", contract::attribute, "keycreate`");
    default: return "make a proc file system for the labels";
    }
}

std::string of_terminal(Teller const& t) {
    switch (t.failed.detail) {
    case Detail::source:
        return "open \"/dev/pts/ptmx\" of the container's devpts (a terminal needs one)";
    case Detail::target:
    case Detail::inside_proc:
    case Detail::on_root:
    case Detail::attach: return "put the terminal at \"/dev/console\"" + misled(t);
    default: return "make the container's terminal";
    }
}

std::string of_user(Teller const& t) {
    auto const& process = t.inside.process;
    // The kernel's errno for an id that a user namespace doesn't map.
    bool const unmapped = t.failed.errnum == EINVAL;
    auto const is_mapped = [&](std::string_view maps) {
        return unmapped ? text(" (is it in /linux/", maps, "?)") : std::string();
    };
    switch (t.failed.detail) {
    case Detail::groups:
        return text("set the additional groups (config.json: /process/user/additionalGids)",
                    is_mapped("gidMappings"),
                    t.failed.errnum == EPERM
                        ? ", which a user namespace doesn't allow whose maker had no right to"
                        : "");
    case Detail::group: return text("become group ", process.gid, is_mapped("gidMappings"));
    default: return text("become user ", process.uid, is_mapped("uidMappings"));
    }
}

std::string of_attributes(Teller const& t) {
    auto const& attributes = t.inside.attributes;
    switch (t.failed.detail) {
    case Detail::memory_policy: {
        std::string story = "config.json: /linux/memoryPolicy: set the memory policy";
        if (t.failed.errnum == EINVAL) story += " (are its nodes online and in the cpuset?)";
        return story;
    }
    case Detail::personality: return "config.json: /linux/personality: set the personality";
    case Detail::io_priority: return "config.json: /process/ioPriority: set the I/O priority";
    case Detail::forks:
        return "config.json: /process/scheduler: SCHED_DEADLINE and SCHED_FLAG_RESET_ON_FORK don't "
               "outlive the fork that entering a joined pid namespace takes";
    default: break;
    }
    auto const policy = static_cast<spec::SchedulerPolicy>(attributes.scheduler.policy);
    auto story = text("config.json: /process/scheduler: set ", json::name_of(policy));
    using enum spec::SchedulerPolicy;
    if (t.failed.errnum == EPERM && (policy == fifo || policy == rr))
        story +=
            " (it needs CAP_SYS_NICE, and of a cgroup v1 /linux/resources/cpu/realtimeRuntime)";
    if (t.failed.errnum == EPERM && policy == deadline)
        story += " (it needs CAP_SYS_NICE, and a cpuset with all CPUs)";
    if (t.failed.errnum == EBUSY) story += " (the CPUs have no such bandwidth left)";
    return story;
}

std::string of_cwd(Teller const& t) {
    if (t.failed.detail == Detail::outside)
        return text("config.json: /process/cwd: enter the working directory ",
                    t.quote(t.inside.process.cwd), ": it is outside of the container");
    return text("config.json: /process/cwd: enter the working directory ",
                t.quote(t.inside.process.cwd));
}

// Three forms that callers search for: davit/contract.h.
/// `name` without the bytes that could end the line of a log.
std::string on_one_line(std::string_view name) {
    std::string line(name);
    for (auto& c : line)
        if (static_cast<unsigned char>(c) < ' ') c = '?';
    return line;
}

std::string of_program(Teller const& t) {
    auto const name = t.argument(t.inside.process.argv);
    if (name.find('/') != name.npos && t.failed.errnum == ENOENT)
        return text(contract::exec_story, quoted(name), ": stat ", on_one_line(name));
    return text(contract::exec_story, quoted(name));
}

std::string of_filter(Teller const& t) {
    switch (t.failed.detail) {
    case Detail::raise: return "raise CAP_SYS_ADMIN, to load the seccomp filter";
    case Detail::drop: return "drop CAP_SYS_ADMIN after the seccomp filter was loaded";
    case Detail::attach: return "hand over the seccomp listener";
    default:
        return text("load the seccomp filter (", t.inside.seccomp.program.count, " instructions)");
    }
}

struct Row {
    StepId id;
    char const* name; ///< for the trace
    std::string (*story)(Teller const&);
};

constexpr Row rows[] = {
    {StepId::take_plan, "take plan", of_start},
    {StepId::labels_outside, "labels", of_labels},
    {StepId::join_namespaces, "join namespaces", of_namespace},
    {StepId::join_root, "join root",
     [](auto const&) -> std::string { return "enter the container's root"; }},
    {StepId::make_namespaces, "make namespaces",
     [](auto const&) -> std::string { return "make the namespaces"; }},
    {StepId::raise_loopback, "raise loopback",
     [](auto const&) -> std::string { return "bring up the loopback interface"; }},
    {StepId::set_names, "set names",
     [](auto const&) -> std::string { return "set hostname and domainname"; }},
    {StepId::sysctl, "sysctl", of_sysctl},
    {StepId::open_root, "open root", of_root},
    {StepId::mounts, "mounts", of_mount},
    {StepId::make_cwd, "make cwd",
     [](auto const& t) -> std::string {
         return text("config.json: /process/cwd: make the working directory ",
                     t.quote(t.inside.process.cwd));
     }},
    {StepId::devices, "devices", of_device},
    {StepId::device_links, "device links",
     [](auto const& t) -> std::string {
         return text("link ", t.quote(t.element(t.inside.devices.links).path), misled(t));
     }},
    {StepId::terminal, "terminal", of_terminal},
    // tell() says more about hooks.
    {StepId::create_hooks, "create hooks",
     [](auto const&) -> std::string { return "attach the root over the host's"; }},
    {StepId::seal_mounts, "seal mounts",
     [](auto const& t) -> std::string {
         return text("make the mount at ", t.quote(t.element(t.inside.rootfs.sealed)),
                     " read-only");
     }},
    {StepId::protect_paths, "protect paths",
     [](auto const& t) -> std::string {
         return text("config.json: /linux/readonlyPaths: make ",
                     t.quote(t.element(t.inside.rootfs.read_only)), " read-only");
     }},
    {StepId::mask_paths, "mask paths",
     [](auto const& t) -> std::string {
         return text("config.json: /linux/maskedPaths: mask ",
                     t.quote(t.element(t.inside.rootfs.masked)));
     }},
    {StepId::seal_root, "seal root",
     [](auto const&) -> std::string { return "make the root read-only"; }},
    {StepId::labels, "labels", of_labels},
    {StepId::enter_root, "enter root",
     [](auto const& t) -> std::string {
         if (t.failed.detail == Detail::propagation) return "set the root's propagation";
         return t.inside.rootfs.no_pivot ? "move the root"
                                         : "change the root (pivot_root; on a ramfs: --no-pivot)";
     }},
    {StepId::keyring, "keyring",
     [](auto const& t) -> std::string {
         return text("join the session keyring ", t.quote(t.inside.process.keyring));
     }},
    {StepId::limits, "limits",
     [](auto const& t) -> std::string {
         auto const limit = t.element(t.inside.process.limits);
         return text("set the resource limit config.json: /process/rlimits/", t.failed.item,
                     " (soft ", limit.soft, ", hard ", limit.hard, ")");
     }},
    {StepId::bounding, "bounding set",
     [](auto const&) -> std::string { return "drop capabilities"; }},
    {StepId::own_stdio, "own stdio",
     [](auto const&) -> std::string { return "give stdio to the user"; }},
    {StepId::attributes, "attributes", of_attributes},
    {StepId::keep_capabilities, "keep capabilities",
     [](auto const&) -> std::string { return "keep capabilities"; }},
    {StepId::enter_cwd, "enter cwd", of_cwd},
    {StepId::become_user, "become user", of_user},
    {StepId::capabilities, "capabilities",
     [](auto const&) -> std::string { return "set the capabilities"; }},
    {StepId::find_home, "find home",
     [](auto const&) -> std::string { return "find the user's home"; }},
    {StepId::find_program, "find program", of_program},
    {StepId::forget_caller, "forget caller",
     [](auto const&) -> std::string { return "close what came with the caller"; }},
    {StepId::seccomp_early, "seccomp (early)", of_filter},
    {StepId::enter_pid_namespace, "enter pid namespace",
     [](auto const&) -> std::string { return "start a process in the joined pid namespace"; }},
    {StepId::control_terminal, "control terminal",
     [](auto const&) -> std::string { return "make the terminal the controlling one"; }},
    {StepId::wait, "wait", [](auto const&) -> std::string { return "wait for the start"; }},
    {StepId::report, "report", [](auto const&) -> std::string { return "wait for davit's word"; }},
    {StepId::last_limits, "last limits",
     [](auto const&) -> std::string { return "lower the resource limits"; }},
    {StepId::no_new_privileges, "no new privileges",
     [](auto const&) -> std::string { return "set no_new_privs"; }},
    {StepId::seccomp_before_hooks, "seccomp (before hooks)", of_filter},
    {StepId::start_hooks, "start hooks",
     [](auto const&) -> std::string { return "run the startContainer hooks"; }},
    {StepId::announce, "announce", [](auto const&) -> std::string { return "unblock signals"; }},
    {StepId::seccomp, "seccomp", of_filter},
    {StepId::execute, "execute",
     [](auto const& t) -> std::string {
         return text("exec ", quoted(t.argument(t.inside.process.argv)));
     }},
};

constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < std::size(rows); ++i)
        if (rows[i].id != static_cast<StepId>(i)) return false;
    return std::size(rows) == static_cast<std::size_t>(StepId::count_);
}
static_assert(rows_are_in_order(), "one row for each step, in the order of StepId");

/// A hook that failed, or couldn't be run.
Error of_hook(hooks::When when, std::string_view path, Failed const& failed) {
    safe::Ending ending{static_cast<safe::How>(failed.part), failed.errnum, {}};
    std::memcpy(ending.words, failed.words, sizeof ending.words);
    return hooks::tell(when, failed.item, path, ending);
}

} // namespace

char const* step_name(StepId step) {
    return step < StepId::count_ ? rows[static_cast<std::size_t>(step)].name : "?";
}

Error tell_after_gate(Failed const& failed, spec::Hooks const& hooks) {
    if (failed.step == StepId::start_hooks) {
        auto const& list = hooks.start_container;
        return of_hook(hooks::When::start_container,
                       failed.item < list.size() ? list[failed.item].path : "", failed);
    }
    if (failed.step == StepId::execute)
        return fail_errno(Errno{failed.errnum}, "exec ", quoted(words_of(failed))).error();
    return fail_errno(Errno{failed.errnum}, "start the program: ", step_name(failed.step)).error();
}

std::string seccomp_remedy(plan::View view) {
    auto const calls = seccomp::denied_to_init(view);
    return calls.empty() ? ""
                         : text("; the profile doesn't allow ", calls,
                                ": allow that in /linux/seccomp/syscalls, or set "
                                "/process/noNewPrivileges, with which the filter is loaded last");
}

Error tell(Failed const& failed, plan::View view) {
    if (failed.step >= StepId::count_)
        return {Kind::internal, EPROTO, "davit's init reported an unknown step"};
    Teller const teller{failed, view, view.header<plan::InitPlan>()};
    if (failed.step == StepId::create_hooks && failed.detail == Detail::none) {
        auto const hook = teller.element(teller.inside.hooks.create_container.hooks);
        return of_hook(hooks::When::create_container, hook.path ? view.text(hook.path) : "",
                       failed);
    }
    auto story = rows[static_cast<std::size_t>(failed.step)].story(teller);
    // A lookup along PATH has no errno of its own.
    if (failed.step == StepId::find_program && failed.errnum == ENOENT
        && story.find(": stat ") == story.npos)
        return {Kind::system, failed.errnum, text(story, ": ", contract::not_in_path)};
    auto error = fail_errno(Errno{failed.errnum}, story).error();
    // runc's words; Podman knows no others for exit code 126.
    if (failed.step == StepId::find_program && failed.errnum == EISDIR)
        error.story += ": " + errno_text(EACCES);
    if (teller.inside.seccomp.when == seccomp::When::early && failed.step >= StepId::seccomp_early
        && failed.detail != Detail::raise)
        error.story += text(" (config.json: /linux/seccomp filters davit's init from here on",
                            seccomp_remedy(view), ")");
    // Their words are the names of the program and the cgroup: the story has them already.
    if (failed.step == StepId::execute || failed.step == StepId::take_plan) return error;
    error.story += kernel_says(words_of(failed));
    return error;
}

} // namespace davit::launch
