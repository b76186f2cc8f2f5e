// SPDX-License-Identifier: Apache-2.0
// tools/exec.cc - `davit exec`: one more process in a container.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/result.h"
#include "child_end.h"
#include "davit/config.h"
#include "davit/contract.h"
#include "foreground.h"
#include "handover.h"
#include "listen.h"
#include "notify.h"
#include "terminal.h"
#include "tracing.h"
#include "verb.h"

namespace davit::cli {

namespace {

Receivers receivers;
std::string cwd, user, process_file, selinux_label, apparmor, trace;
std::vector<std::string> env, capabilities, cgroups;
std::vector<unsigned> additional_gids;
unsigned preserve_fds;
bool tty, detach, ignore_paused;
std::optional<bool> no_new_privileges;
std::optional<Result<spec::Process>> process_from_file;
std::size_t env_before, gids_before; ///< how many there were before the options' own

constinit Option const exec_options[] = {
    {"detach", 'd', "", "return as soon as the process runs, and leave it alone", &detach},
    {"tty", 't', "", "give the process a terminal", &tty},
    {"process", 'p', "FILE", "read the process from FILE, instead of config.json", &process_file},
    {"cwd", 0, "DIR", "its working directory, inside", &cwd},
    {"env", 'e', "NAME=VALUE", "add to its environment; may be given again", &env},
    {"user", 'u', "UID[:GID]", "its user and group, as numbers", &user},
    {"additional-gids", 'g', "GID", "one more of its groups; may be given again", &additional_gids},
    {"cap", 'c', "CAP", "one more of its capabilities; may be given again", &capabilities},
    {"no-new-privs", 0, "", "execve can't grant it privileges", &no_new_privileges},
    {"apparmor", 0, "PROFILE", "its AppArmor profile", &apparmor},
    {"process-label", 0, "LABEL", "its SELinux label", &selinux_label},
    {"cgroup", 0, "[CTRL,...:]PATH",
     "put it into a cgroup below the container's; with controllers of cgroup v1, may be given "
     "again",
     &cgroups},
    {"console-socket", 0, "PATH", "send its terminal to this unix socket",
     &receivers.console_socket},
    {"pidfd-socket", 0, "PATH", "send a pidfd of it to this unix socket", &receivers.pidfd_socket},
    {"pid-file", 0, "FILE", "write its pid to FILE", &receivers.pid_file},
    {"preserve-fds", 0, "N", "hand N more file descriptors, from 3 on, to it", &preserve_fds},
    {"ignore-paused", 0, "", "wait for the end of a pause instead of refusing", &ignore_paused},
    {"trace", 0, "FILE", trace_help, &trace},
};

/// Digits alone: davit never looks up a name (CVE-2016-3697), and reads nothing else as 0
/// (CVE-2026-30892). The library knows that 4294967295 means no id.
Result<std::uint32_t> id(std::string_view text) {
    if (auto const number = davit::parse<std::uint32_t>(text)) return *number;
    return fail(Kind::config, "wrong value ", quoted(user),
                " for --user: expected UID[:GID], two numbers");
}

Result<> set_user(spec::User& to) {
    auto const colon = user.find(':');
    to.uid = TRY(id(std::string_view(user).substr(0, colon)));
    if (colon == user.npos) return {};
    to.gid = TRY(id(std::string_view(user).substr(colon + 1)));
    return {};
}

void add_capabilities(spec::Process& process) {
    if (!process.capabilities) process.capabilities.emplace();
    auto& sets = *process.capabilities;
    for (auto const& name : capabilities) {
        for (auto* set : {&sets.bounding, &sets.effective, &sets.permitted}) set->push_back(name);
        // Never inheritable (CVE-2022-29162); ambient only if config.json made it so.
        if (std::ranges::find(sets.inheritable, name) != sets.inheritable.end())
            sets.ambient.push_back(name);
    }
}

/// Applies the command line to config.json's process.
Result<> change(spec::Process& process, Words const& arguments) {
    bool terminal = tty;
    if (process_from_file) {
        if (!*process_from_file) return std::unexpected(process_from_file->error());
        process = std::move(**process_from_file);
        terminal |= process.terminal;
    }
    process.terminal = terminal; // config.json's setting is for the first process
    // From its first instruction on, not only once davit relays.
    if (terminal && !detach)
        if (auto const size = terminal_size())
            process.console_size = spec::Box{size->ws_row, size->ws_col};
    auto const attachment = detach ? Attachment::detached : Attachment::attached;
    if (auto fits = check_terminal(terminal, receivers, attachment); !fits) return fits;
    if (!arguments.empty()) process.args.assign(arguments.begin(), arguments.end());
    if (!cwd.empty()) process.cwd = cwd;
    if (!selinux_label.empty()) process.selinux_label = selinux_label;
    if (!apparmor.empty()) process.apparmor_profile = apparmor;
    if (no_new_privileges) process.no_new_privileges = *no_new_privileges;
    env_before = process.env.size();
    process.env.insert(process.env.end(), env.begin(), env.end());
    auto& gids = process.user.additional_gids;
    gids_before = gids.size();
    gids.insert(gids.end(), additional_gids.begin(), additional_gids.end());
    if (!capabilities.empty()) add_capabilities(process);
    return user.empty() ? Result<>() : set_user(process.user);
}

/// "[controller,...:]path"
Result<std::vector<SubCgroup>> sub_cgroups() {
    std::vector<SubCgroup> groups;
    std::vector<std::string_view> seen;
    for (std::string_view text : cgroups) {
        auto const wrong = [&](std::string const& why) {
            return fail(Kind::config, "invalid --cgroup argument: ", text, " (", why, ")");
        };
        auto const colon = text.find(':');
        SubCgroup group{{}, std::string(text.substr(colon + 1))}; // npos + 1 is 0
        if (colon == text.npos && cgroups.size() > 1) return wrong("missing <controller>: prefix");
        for (std::size_t at = 0; colon != text.npos && at <= colon;) {
            auto const comma = std::min(text.find(',', at), colon);
            auto const controller = text.substr(at, comma - at);
            if (controller.empty()) return wrong("empty <controller> prefix");
            if (std::ranges::find(seen, controller) != seen.end())
                return wrong("controller " + std::string(controller) + " twice");
            seen.push_back(controller);
            group.controllers.emplace_back(controller);
            at = comma + 1;
        }
        groups.push_back(std::move(group));
    }
    return groups;
}

/// Whether "7: …" names an element that an option has added after the first `before` ones.
bool is_added(std::string_view index, std::size_t before, std::size_t added) {
    auto const n = davit::parse<std::size_t>(index.substr(0, index.find(':')));
    return n && *n >= before && *n < before + added;
}

/// The library names config.json; this names the option or --process where the value comes from.
std::string with_source(std::string story) {
    constexpr std::string_view process = "config.json: /process/";
    auto const at = story.find(process);
    if (at == story.npos) return story;
    auto const has_cap = [&] {
        return std::ranges::any_of(
            capabilities, [&](auto const& name) { return story.find(quoted(name)) != story.npos; });
    };
    auto const rest = std::string_view(story).substr(at + process.size());
    auto const behind = [&](std::string_view member) {
        return rest.substr(std::min(member.size(), rest.size()));
    };
    struct {
        std::string_view member;
        char const* option;
        bool given;
    } const options[] = {
        {"cwd:", "--cwd", !cwd.empty()},
        {"user/uid:", "--user", !user.empty()},
        {"user/gid:", "--user", user.find(':') != user.npos},
        {"user/additionalGids/", "--additional-gids",
         is_added(behind("user/additionalGids/"), gids_before, additional_gids.size())},
        {"env/", "--env", is_added(behind("env/"), env_before, env.size())},
        {"capabilities/", "--cap", has_cap()},
        {"apparmorProfile:", "--apparmor", !apparmor.empty()},
        {"selinuxLabel:", "--process-label", !selinux_label.empty()},
    };
    for (auto const& [member, option, given] : options)
        if (given && rest.starts_with(member))
            return story.replace(at, process.size() + rest.find(':'), option);
    if (!process_file.empty())
        story.replace(at, process.size(), process_file.substr(process_file.rfind('/') + 1) + ": /");
    return story;
}

/// Writes each warning once: one capability is in several sets, and unknown in each.
void warn(Log const& log, std::vector<std::string> const& warnings) {
    std::string last;
    for (auto const& warning : warnings) {
        auto text = with_source(warning);
        if (text != last) log.write(Level::warning, text);
        last = std::move(text);
    }
}

/// Runs the process and hands its terminal and pid over.
Result<Executed> execute(Call const& call, StdioPipes& pipes) {
    if (process_file.empty() && call.words.size() == 1)
        return fail(Kind::config, contract::no_process_args);
    Tracing tracing(trace, call.log);
    auto container = TRY(find_container(call));

    auto const listening = TRY(listen_fds());
    auto const fds = 0UL + listening.count + preserve_fds;
    TRY(check_preserved_fds(fds));
    auto const handover = TRY(Handover::connect(receivers));
    ExecOptions wanted;
    wanted.cgroups = TRY(sub_cgroups());
    wanted.preserve_fds = static_cast<unsigned>(fds);
    wanted.ignore_paused = ignore_paused;
    if (!detach) wanted.prepare_console = prepare_console;
    wanted.trace = tracing.trace();
    Words const arguments(call.words.begin() + 1, call.words.end());
    wanted.process = [&](spec::Process& process) {
        auto changed = change(process, arguments);
        auto const& more = listening.environment;
        process.env.insert(process.env.end(), more.begin(), more.end());
        if (!changed || detach || process.terminal) return changed;
        auto opened = pipes.open();
        if (opened) pipes.give(wanted.stdio);
        return opened;
    };
    auto executed = container.exec(wanted);
    pipes.keep_ours();
    if (!executed) {
        auto& story = executed.error().story;
        story = with_source(std::move(story));
        return executed;
    }
    warn(call.log, executed->warnings);
    auto const given =
        handover.give(executed->pid, executed->process, executed->console, contract::pidfd_of_exec);
    if (!given) {
        ::syscall(SYS_pidfd_send_signal, executed->process.number(), SIGKILL, nullptr, 0);
        reap_killed(executed->process);
        return std::unexpected(given.error());
    }
    return executed;
}

/// Whether the container's process is ending. As it exits, the kernel kills the others of its pid
/// namespace before davit can see anything else.
bool has_stopped(Call const& call, int patience_ms) {
    auto const container = find_container(call);
    auto const process = container ? container->process() : Result<PidFd>(PidFd());
    return !process || !*process || has_ended(*process, patience_ms);
}

Result<int> execute_and_wait(Call const& call) {
    // Before davit blocks signals, so that they still end it: the file may be a FIFO without a
    // writer.
    if (!process_file.empty()) {
        std::vector<std::string> doubts;
        process_from_file = read_process(process_file.c_str(), &doubts);
        for (auto const& doubt : doubts) call.log.write(Level::warning, doubt);
    }
    std::optional<SignalQueue> signals;
    if (!detach) {
        signals = TRY(SignalQueue::open());
    }
    StdioPipes pipes;
    auto executed = TRY(execute(call, pipes));
    if (detach) return 0;
    NotifyRelay nobody; // what exec starts isn't the container's service
    bool never = false;
    auto status = accompany({executed.pid, executed.process, executed.console, pipes, &never},
                            *signals, nobody);
    constexpr int killed = 128 + SIGKILL;
    // The program ran, perhaps for an hour: davit passes on its status, with the reason as a
    // warning.
    if (status && !never && *status == killed && has_stopped(call, 100))
        call.log.write(Level::warning, "the process was killed: it was in a stopped container");
    if (!status || !never) return status;
    return fail(Kind::state, has_stopped(call, 500)
                                 ? std::string(contract::exec_in_stopped)
                                 : "the process was killed before it could start the program "
                                   "(memory limit too low?)");
}

Result<int> run_exec(Call const& call) {
    auto status = execute_and_wait(call);
    if (!status) status.error().story.insert(0, contract::exec_failed);
    return status;
}

} // namespace

extern Verb const exec_verb;
constinit Verb const exec_verb = {
    .name = "exec",
    .synopsis = "ID [COMMAND] [ARGUMENT...]",
    .help = "run one more process in a container",
    .details =
        "The process is as config.json, when the container was created, described its own,\n"
        "except for what the options say. With --process it is as FILE says, a \"process\" object "
        "in JSON;\n"
        "then COMMAND need not be given. It has a terminal if --tty or FILE says so.\n"
        "\n"
        "The container has to be created or running. The process joins its namespaces, is born\n"
        "in its cgroup and ends with it. Signals that davit receives are passed on to it. Without "
        "a\n"
        "terminal it has pipes, between which and its own stdio davit passes what is read and\n"
        "written, until the process has ended. With --detach it has the stdio of davit itself.\n",
    .options = exec_options,
    .shared_options = {},
    .run = run_exec,
    .where = Options::before_first_word,
    .exit_status =
        "That of the process, or 128 plus the number of the signal that killed it. 255 with a\n"
        "message if it could not be started. With --detach, 0 once it runs.\n",
    .examples = "# a shell\n"
                "davit exec --tty demo sh\n"
                "\n"
                "# one command, as another user\n"
                "davit exec --user 1000:1000 --env LANG=C demo id\n",
    .see_also = "create run ps kill",
    .failure_status = contract::exec_failed_status,
};

} // namespace davit::cli
