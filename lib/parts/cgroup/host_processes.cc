// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_processes.cc - the processes in the container's cgroups: list, freeze, kill.
//
// Runs in: parent. Kernel interface: cgroup-v2.rst (cgroup.kill, cgroup.freeze, cgroup.events), v1
// freezer-subsystem.rst. Where there is a v2 group, also beside v1 ones, it does all of this.
#include <signal.h>

#include <algorithm>
#include <set>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "sys/file.h"
#include "sys/filesystem.h"
#include "sys/process.h"

namespace davit::cgroup {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t nowhere = ~std::size_t{0};

/// ENODEV: the group was removed after it was opened. EOPNOTSUPP: a threaded group, whose
/// processes stand in the group above.
bool has_no_processes(Errno e) {
    return e.value == ENOENT || e.value == ENODEV || e.value == EOPNOTSUPP;
}

Sys<> collect_in(int directory, std::string const& file, std::vector<int>& pids) {
    auto const content = get(directory, file.c_str());
    if (!content)
        return has_no_processes(content.error()) ? Sys<>{} : std::unexpected(content.error());
    for (auto const line : split(*content, '\n'))
        // A process of another pid namespace is 0 here, and no signal may ever be sent to 0.
        if (auto const pid = parse<int>(line); pid && *pid > 0) pids.push_back(*pid);
    return {};
}

Sys<> collect(int directory, std::vector<int>& pids) {
    TRY(collect_in(directory, "cgroup.procs", pids));
    return each_group_below(directory, [&](int parent, std::string const& name) {
        return collect_in(parent, name + "/cgroup.procs", pids);
    });
}

bool is_freezer(Place const& place) {
    auto const& names = place.controllers;
    return !place.v2 && std::find(names.begin(), names.end(), "freezer") != names.end();
}

bool says(std::string_view content, std::string_view line) {
    auto const lines = split(content, '\n');
    return std::find(lines.begin(), lines.end(), line) != lines.end();
}

Result<> wait_for_events(Place const& place, int directory, std::string_view line, Until until) {
    // Priority data is polled for on the open file that was read.
    auto const story = [&] { return text("read ", quoted_file(place, "cgroup.events")); };
    auto const file = TRY(context(sys::openat(directory, "cgroup.events", O_RDONLY), story()));
    for (;;) {
        char buffer[256];
        auto const size =
            TRY(context(sys::pread(file.number(), buffer, sizeof buffer, 0), story()));
        if (says({buffer, size}, line)) return {};
        if (until.passed())
            return fail(Kind::system, quoted_file(place), " didn't become ", quoted(line),
                        " in time");
        until.wait(100ms, file.number());
    }
}

/// v1: a task that is on its way into the group can make the state fall back to FREEZING; writing
/// again helps.
Result<> reach_state(Place const& place, int directory, std::string_view state, Until until) {
    for (auto pause = 50us;; pause = std::min<std::chrono::microseconds>(pause * 2, 10ms)) {
        TRY(context(put(directory, "freezer.state", state), "write ", quoted(state), " to ",
                    quoted_file(place, "freezer.state")));
        auto const now = TRY(
            context(get(directory, "freezer.state"), "read ", quoted_file(place, "freezer.state")));
        if (says(now, state)) return {};
        if (until.passed())
            return fail(Kind::system, quoted_file(place), " didn't become ", state, " in time");
        until.wait(pause);
    }
}

void send(int pid, int signal) {
    // A process that exited meanwhile is no failure; another one with its pid isn't possible while
    // the group is frozen, and the pidfd keeps that window to nothing otherwise.
    if (auto const process = sys::pidfd_open(pid)) (void)sys::pidfd_send_signal(*process, signal);
}

} // namespace

/// The group that knows the processes: v2, else the freezer's, else any. Its index.
std::size_t Groups::tracker() const {
    std::size_t best = nowhere;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (!directories_[i]) continue;
        if (places_[i].v2) return i;
        if (best == nowhere || is_freezer(places_[i])) best = i;
    }
    return best;
}

Result<std::vector<int>> Groups::processes() const {
    std::vector<int> pids;
    if (auto const i = tracker(); i != nowhere)
        TRY(context(collect(directories_[i].number(), pids), "list the processes of ",
                    quoted_file(places_[i])));
    return pids;
}

/// What an existing group must fulfil to take a new container.
Result<> Groups::check_fit(std::size_t i) const {
    auto const directory = directories_[i].number();
    std::vector<int> pids;
    TRY(context(collect(directory, pids), "list the processes of ", quoted_file(places_[i])));
    if (!pids.empty())
        return fail(Kind::state, "container's cgroup is not empty: ", pids.size(),
                    " process(es) found in ", quoted_file(places_[i]));
    auto const v2 = get(directory, "cgroup.events"), v1 = get(directory, "freezer.state");
    if ((v2 && says(*v2, "frozen 1")) || (v1 && !says(*v1, "THAWED")))
        return fail(Kind::state,
                    "container's cgroup unexpectedly frozen: ", quoted_file(places_[i]));
    return {};
}

Result<bool> Groups::frozen() const {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (!directories_[i]) continue;
        auto const v2 = places_[i].v2;
        auto const content = get(directories_[i].number(), v2 ? "cgroup.events" : "freezer.state");
        if (content && says(*content, v2 ? "frozen 1" : "FROZEN")) return true;
        if (!content && !has_no_processes(content.error()))
            return fail_errno(content.error(), "read the state of ", quoted_file(places_[i]));
    }
    return false;
}

Result<> Groups::freeze(Deadline deadline) const {
    Until const until(deadline);
    auto const i = tracker();
    if (i == nowhere) return fail(Kind::unsupported, "the container has no cgroup to freeze");
    auto const directory = directories_[i].number();
    if (!places_[i].v2) return reach_state(places_[i], directory, "FROZEN", until);
    TRY(context(put(directory, "cgroup.freeze", "1"), "write \"1\" to ",
                quoted_file(places_[i], "cgroup.freeze")));
    auto done = wait_for_events(places_[i], directory, "frozen 1", until);
    if (!done) (void)put(directory, "cgroup.freeze", "0"); // half-frozen would be worse
    return done;
}

Result<> Groups::thaw(Deadline deadline) const {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (!directories_[i] || !(places_[i].v2 || is_freezer(places_[i]))) continue;
        auto const directory = directories_[i].number();
        auto const file = places_[i].v2 ? "cgroup.freeze" : "freezer.state";
        auto const value = places_[i].v2 ? "0" : "THAWED";
        auto const done = put(directory, file, value);
        if (!done && !has_no_processes(done.error()))
            return fail_errno(done.error(), "write ", quoted(value), " to ",
                              quoted_file(places_[i], file));
        // It goes fast, unless a group above is frozen: then this was all that could be done here.
        if (done && places_[i].v2)
            (void)wait_for_events(places_[i], directory, "frozen 0",
                                  Until(std::min<Deadline>(deadline, 1s)));
    }
    return {};
}

Result<> Groups::kill_all(int signal, Deadline deadline) const {
    Until const until(deadline);
    auto const i = tracker();
    if (i == nowhere) return {};
    if (signal == SIGKILL && places_[i].v2) {
        auto const killed = put(directories_[i].number(), "cgroup.kill", "1");
        if (!killed && !has_no_processes(killed.error()))
            return fail_errno(killed.error(), "write \"1\" to ",
                              quoted_file(places_[i], "cgroup.kill"));
        // A v1 freezer that somebody else closed would keep the dead from leaving.
        for (std::size_t v1 = 0; v1 < places_.size(); ++v1)
            if (directories_[v1] && is_freezer(places_[v1]))
                (void)put(directories_[v1].number(), "freezer.state", "THAWED");
        return {};
    }
    // Frozen processes can't fork away from under the list. Without a freezer (ENOENT), or with
    // one that doesn't get there, the rounds below make up for it.
    bool const was_frozen = TRY(frozen());
    bool const froze = !was_frozen && freeze(std::min<Deadline>(deadline, 500ms)).has_value();
    std::set<int> seen;
    bool found = true;
    while (found && !until.passed()) {
        found = false;
        auto const pids = TRY(processes());
        for (auto const pid : pids) {
            if (!seen.insert(pid).second) continue;
            send(pid, signal);
            found = true;
        }
    }
    // SIGKILL ends a container that its user froze as well: v1 keeps frozen tasks from dying.
    if (froze || (was_frozen && signal == SIGKILL)) TRY(thaw(deadline));
    if (found)
        return fail(Kind::system, quoted_file(places_[i]),
                    ": processes fork faster than they can be signalled");
    return {};
}

} // namespace davit::cgroup
