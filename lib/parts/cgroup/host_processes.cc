// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_processes.cc - the processes in the container's cgroups: listing and killing.
//
// Runs in: parent. Kernel interface: cgroup-v2.rst (cgroup.procs, cgroup.threads, cgroup.kill),
// proc(5). If there is a v2 group, even beside v1 ones, davit uses that.
#include <signal.h>

#include <algorithm>
#include <set>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "safe/child.h"
#include "safe/procfs.h"
#include "sys/deadline.h"
#include "sys/file.h"
#include "sys/process.h"

namespace davit::cgroup {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t no_group = ~std::size_t{0};
constexpr std::size_t most_named = 8; ///< processes in a story

/// A file of /proc/PID; empty if the process has ended.
std::string of_process(safe::Procfs const& proc, int pid, char const* name) {
    auto const file = proc.open_file(pid, name, O_RDONLY);
    char content[1024];
    auto const size = file ? sys::read(file->number(), content, sizeof content)
                           : Sys<std::size_t>(std::unexpected(file.error()));
    return size ? std::string(content, *size) : std::string();
}

/// The process of a thread; nothing if it has ended.
std::optional<int> process_of(safe::Procfs const& proc, int thread) {
    constexpr std::string_view name = "\nTgid:\t";
    auto const status = of_process(proc, thread, "status");
    auto const at = status.find(name);
    if (at == status.npos) return {};
    auto const begin = at + name.size();
    return parse<int>(std::string_view(status).substr(begin, status.find('\n', begin) - begin));
}

/// A process of another pid namespace reads as 0 here; davit must never send a signal to 0.
std::vector<int> numbers(std::string_view content) {
    std::vector<int> out;
    for (auto const line : split(content, '\n'))
        if (auto const n = parse<int>(line); n && *n > 0) out.push_back(*n);
    return out;
}

/// `group` is "", or a name and a slash.
Sys<> collect(int directory, std::string const& group, std::vector<int>& pids) {
    auto content = get(directory, (group + "cgroup.procs").c_str());
    if (content) {
        auto const found = numbers(*content);
        pids.insert(pids.end(), found.begin(), found.end());
        return {};
    }
    // A threaded group lists no processes: the nearest group above that isn't threaded lists them.
    // It may lie above the container's own, if the container has made this one threaded.
    bool const threaded = content.error().value == EOPNOTSUPP;
    if (threaded) content = get(directory, (group + "cgroup.threads").c_str());
    if (!content) return has_gone(content.error()) ? Sys<>{} : std::unexpected(content.error());
    auto const proc = TRY(safe::Procfs::open());
    for (auto const thread : numbers(*content))
        if (auto const pid = process_of(proc, thread)) pids.push_back(*pid);
    return {};
}

void send(int pid, int signal) {
    // A process that exited meanwhile is no failure. While the group is frozen no other process can
    // get its pid; otherwise the pidfd keeps that race window minimal.
    if (auto const process = sys::pidfd_open(pid)) (void)sys::pidfd_send_signal(*process, signal);
}

} // namespace

Sys<std::vector<int>> processes_below(int directory) {
    std::vector<int> pids;
    TRY(collect(directory, "", pids));
    TRY(each_group_below(directory, [&](int parent, std::string const& name) {
        return collect(parent, name + '/', pids);
    }));
    std::set<int> seen;
    std::erase_if(pids, [&](int pid) { return !seen.insert(pid).second; });
    return pids;
}

std::string describe_processes(int directory) {
    auto const pids = processes_below(directory);
    auto const proc = safe::Procfs::open();
    if (!pids || pids->empty() || !proc) return {};
    std::vector<std::string> stuck, others;
    for (auto const pid : *pids) {
        auto const stat = of_process(*proc, pid, "stat"); // "7 (any thing) D …"
        auto const open = stat.find('('), close = stat.rfind(')');
        if (close == stat.npos || close + 2 >= stat.size()) continue;
        auto const state = stat[close + 2];
        auto const name = quoted(std::string_view(stat).substr(open + 1, close - open - 1));
        (state == 'D' ? stuck : others)
            .push_back(text("process ", pid, " (", name, ") in state ", state));
    }
    stuck.insert(stuck.end(), others.begin(), others.end());
    std::string story;
    for (std::size_t i = 0; i < std::min(stuck.size(), most_named); ++i)
        story += text(i == 0 ? ": " : ", ", stuck[i]);
    if (stuck.size() > most_named) story += text(" and ", stuck.size() - most_named, " more");
    return story;
}

/// The index of the group that lists the processes: v2, else the freezer's, else any.
std::size_t Groups::tracker() const {
    std::size_t best = no_group;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (!directories_[i]) continue;
        if (places_[i].v2) return i;
        if (best == no_group || is_freezer(places_[i])) best = i;
    }
    return best;
}

Result<std::vector<int>> Groups::processes() const {
    auto const i = tracker();
    if (i == no_group) return std::vector<int>{};
    return context(processes_below(directories_[i].number()), "list the processes of ",
                   quoted_file(places_[i]));
}

/// What an existing group must fulfil for a new container.
Result<> Groups::check_fit(std::size_t i) const {
    auto const directory = directories_[i].number();
    auto const pids =
        TRY(context(processes_below(directory), "list the processes of ", quoted_file(places_[i])));
    if (!pids.empty())
        return fail(Kind::state, "container's cgroup is not empty: ", pids.size(),
                    " process(es) found in ", quoted_file(places_[i]),
                    cgroup::describe_processes(directory));
    return check_thawed(i);
}

Result<> Groups::check_thawed(std::size_t i) const {
    auto const v2 = places_[i].v2;
    auto const state = get(directories_[i].number(), v2 ? "cgroup.events" : "freezer.state");
    // FREEZING counts as well. Other v1 hierarchies have no such file.
    if (!state || (v2 ? !has_line(*state, "frozen 1") : has_line(*state, "THAWED"))) return {};
    return fail(Kind::state, "container's cgroup unexpectedly frozen: ", quoted_file(places_[i]));
}

std::string Groups::describe_processes() const {
    auto const i = tracker();
    return i == no_group ? std::string() : cgroup::describe_processes(directories_[i].number());
}

namespace {

/// Sends it in rounds, until a round finds no process without it; true if more may exist.
Result<bool> signal_each(Groups const& groups, int signal, sys::Deadline const& until) {
    std::set<int> seen;
    bool found = true;
    while (found && !until.passed()) {
        found = false;
        for (auto const pid : TRY(groups.processes())) {
            if (!seen.insert(pid).second) continue;
            send(pid, signal);
            found = true;
        }
    }
    return found;
}

} // namespace

Result<> Groups::kill_all(int signal, Milliseconds patience) const {
    sys::Deadline const until(patience);
    auto const i = tracker();
    if (i == no_group) return {};
    bool const deadly = signal == SIGKILL;
    if (deadly && places_[i].v2) {
        auto const killed = put(directories_[i].number(), "cgroup.kill", "1");
        // cgroup.kill doesn't work on a threaded group: see collect().
        bool const threaded = !killed && killed.error().value == EOPNOTSUPP;
        if (!killed && !threaded && !has_gone(killed.error()))
            return fail_errno(killed.error(), "write \"1\" to ",
                              quoted_file(places_[i], "cgroup.kill"));
        if (!threaded) return thaw_killed(places_);
    }
    // Frozen processes can't fork while davit reads the list. Without a freezer, or if freezing
    // fails, the rounds below make up for it.
    bool const was_frozen = TRY(is_frozen(places_));
    safe::Undisturbed const undisturbed; // if davit were killed now, they would stay frozen
    bool const froze =
        signal != 0 && !was_frozen && freeze(std::min<Milliseconds>(patience, 500ms)).has_value();
    auto const left = signal_each(*this, signal, until);
    if (froze) TRY(thaw());
    // SIGKILL must also end a container that its user froze.
    if (deadly) TRY(thaw_killed(places_));
    if (!left) return std::unexpected(left.error());
    if (*left)
        return fail(Kind::system, quoted_file(places_[i]),
                    ": processes fork faster than they can be signalled", describe_processes());
    return {};
}

} // namespace davit::cgroup
