// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/plan.cc - config.json's profile: what to filter. Runs in: parent, pure.
// config-linux.md#seccomp.
#include "parts/seccomp/plan.h"

#include <errno.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <set>

namespace davit::seccomp {

namespace {

using spec::SeccompAction;

/// Until the agent has the listener, no process answers: a call that asks the agent would wait for
/// ever. The agent learns the container's pid: if init joins a pid namespace, it has forked by
/// then.
constexpr std::string_view before_the_agent_and_fork[] = {"clone",   "close",      "exit_group",
                                                          "sendmsg", "socketpair", "write"};

/// The hooks of the container's namespaces are the image's programs, and their children may live on
/// beside the user's program: the same filter holds for them.
When when(spec::Config const& config) {
    if (!config.process || !config.process->no_new_privileges) return When::early;
    return config.hooks.start_container.empty() ? When::late : When::before_hooks;
}

Result<> check_notify(spec::Config const& config, When when) {
    auto const& profile = *config.linux.seccomp;
    if (profile.default_action == SeccompAction::notify)
        return fail(Kind::config, "config.json: /linux/seccomp/defaultAction: SCMP_ACT_NOTIFY: the "
                                  "container would wait for an agent that no process can call");
    if (!profile.listener_path.starts_with('/'))
        return fail(Kind::config,
                    "config.json: /linux/seccomp/listenerPath: must be absolute, "
                    "found ",
                    quoted(profile.listener_path));
    bool const forks =
        when == When::early
        && std::ranges::any_of(config.linux.namespaces, [](spec::Namespace const& n) {
               return n.type == spec::NamespaceType::pid && !n.path.empty();
           });
    if (!forks) return {};
    auto const& ours = before_the_agent_and_fork;
    for (std::size_t i = 0; i < profile.syscalls.size(); ++i)
        for (auto const& name : profile.syscalls[i].names)
            if (profile.syscalls[i].action == SeccompAction::notify
                && std::ranges::find(ours, name) != std::end(ours))
                return fail(Kind::config, "config.json: /linux/seccomp/syscalls/", i,
                            ": SCMP_ACT_NOTIFY for ", quoted(name),
                            ": davit itself calls it before the agent can be asked");
    return {};
}

bool runs_it(SeccompAction action) {
    return action == SeccompAction::allow || action == SeccompAction::log;
}

/// Whether the filter allows every sendmsg(2): init sends the listener by it.
bool lets_send(spec::Seccomp const& profile) {
    bool lets = runs_it(profile.default_action);
    for (auto const& rule : profile.syscalls) {
        if (std::ranges::find(rule.names, "sendmsg") == rule.names.end()) continue;
        if (!runs_it(rule.action)) return false;
        lets = lets || rule.args.empty();
    }
    return lets;
}

bool is_real_time(std::optional<spec::Scheduler> const& scheduler) {
    using enum spec::SchedulerPolicy;
    return scheduler
           && (scheduler->policy == fifo || scheduler->policy == rr
               || scheduler->policy == deadline);
}

} // namespace

Result<InitPlan> plan(spec::Config const& config) {
    InitPlan inside;
    if (!config.linux.seccomp) return inside;
    auto const& profile = *config.linux.seccomp;
    inside.when = when(config);
    for (auto const flag : profile.flags)
        // init has one thread, and the kernel doesn't take TSYNC together with a listener.
        if (flag != spec::SeccompFlag::tsync) inside.flags |= static_cast<std::uint32_t>(flag);
    if (notifies(profile)) {
        TRY(check_notify(config, inside.when));
        inside.flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
        inside.courier = !lets_send(profile);
        // While a real-time init waits for the other thread, that may never run.
        if (inside.courier && config.process && is_real_time(config.process->scheduler))
            return fail(Kind::unsupported, "config.json: /process/scheduler/policy: a real-time "
                                           "policy, with a profile that notifies and doesn't allow "
                                           "\"sendmsg\"");
    } else if (inside.flags & static_cast<std::uint32_t>(spec::SeccompFlag::wait_killable_recv)) {
        return fail(Kind::config, "config.json: /linux/seccomp/flags: "
                                  "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with "
                                  "SCMP_ACT_NOTIFY");
    }
    return inside;
}

void doubts(spec::Seccomp const& profile, std::vector<std::string>& warnings) {
    auto const check = [&](std::string_view member, SeccompAction action,
                           std::optional<std::uint32_t> errnum) {
        if (errnum && action != SeccompAction::errno_ && action != SeccompAction::trace)
            warnings.push_back(text("config.json: /linux/seccomp/", member,
                                    ": is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE only"));
    };
    check("defaultErrnoRet", profile.default_action, profile.default_errno_ret);
    for (std::size_t i = 0; i < profile.syscalls.size(); ++i)
        check(text("syscalls/", i, "/errnoRet"), profile.syscalls[i].action,
              profile.syscalls[i].errno_ret);
}

bool notifies(spec::Seccomp const& profile) {
    return profile.default_action == SeccompAction::notify
           || std::ranges::any_of(profile.syscalls, [](spec::Syscall const& rule) {
                  return rule.action == SeccompAction::notify;
              });
}

std::uint32_t errno_of(std::optional<std::uint32_t> wanted) { return wanted.value_or(EPERM); }

bool is_default(spec::Seccomp const& profile, spec::Syscall const& rule) {
    constexpr auto plain = [](SeccompAction a) {
        return a == SeccompAction::kill ? SeccompAction::kill_thread : a;
    };
    if (plain(rule.action) != plain(profile.default_action)) return false;
    return (rule.action != SeccompAction::errno_ && rule.action != SeccompAction::trace)
           || errno_of(rule.errno_ret) == errno_of(profile.default_errno_ret);
}

bool hides_newer(spec::Seccomp const& profile) {
    return profile.default_action == SeccompAction::errno_
           && errno_of(profile.default_errno_ret) != ENOSYS;
}

std::vector<std::vector<spec::SeccompArg>> alternatives(std::vector<spec::SeccompArg> const& args) {
    std::set<std::uint32_t> arguments;
    for (auto const& condition : args) arguments.insert(condition.index);
    if (arguments.size() == args.size()) return {args};
    std::vector<std::vector<spec::SeccompArg>> each;
    for (auto const& condition : args) each.push_back({condition});
    return each;
}

std::string key(spec::Seccomp const& profile, std::string_view maker) {
    std::string out;
    auto const number = [&](std::uint64_t n) {
        out.append(reinterpret_cast<char const*>(&n), sizeof n);
    };
    auto const word = [&](std::string_view s) {
        out.append(s);
        out.push_back('\0'); // no string of config.json holds it
    };
    auto const what = [&](SeccompAction action, std::optional<std::uint32_t> errnum) {
        number(static_cast<std::uint64_t>(action));
        number(errno_of(errnum));
    };
    word(maker);
    what(profile.default_action, profile.default_errno_ret);
    number(profile.architectures.size());
    for (auto const arch : profile.architectures) number(static_cast<std::uint64_t>(arch));
    number(profile.syscalls.size());
    for (auto const& rule : profile.syscalls) {
        what(rule.action, rule.errno_ret);
        number(rule.args.size());
        for (auto const& a : rule.args) {
            number(a.index);
            number(a.value);
            number(a.value_two);
            number(static_cast<std::uint64_t>(a.op));
        }
        number(rule.names.size());
        for (auto const& name : rule.names) word(name);
    }
    return out;
}

} // namespace davit::seccomp
