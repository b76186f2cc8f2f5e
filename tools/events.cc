// SPDX-License-Identifier: Apache-2.0
// tools/events.cc - `davit events`: what a container uses, repeatedly, and when it runs out of
// memory. Ends with the container, with its reader, or by a signal.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"
#include "davit/oom.h"
#include "davit/stats.h"
#include "safe/whole_file.h"
#include "verb.h"

namespace davit::cli {

namespace {

std::chrono::nanoseconds interval = std::chrono::seconds(5);
bool once;

constexpr Option events_options[] = {
    {"interval", 0, "DURATION",
     "time between two lines of statistics, as 1m30s or 500ms (default: 5s)", Duration{&interval}},
    {"stats", 0, "", "print the statistics once", &once},
};

using Clock = std::chrono::steady_clock;

/// Writes whole lines, so that a reader never gets a part; false when the reader is gone.
Result<bool> tell(std::string const& line) {
    auto const written = safe::write_all(STDOUT_FILENO, line + "\n");
    if (!written && written.error() == Errno{EPIPE}) return false;
    TRY(context(Sys<>(written), "write to stdout"));
    return true;
}

class Watcher {
  public:
    Watcher(Container& container, PidFd process, std::optional<OomWatch> oom, Log const& log)
        : container_(container), process_(std::move(process)), oom_(std::move(oom)), log_(log) {}

    Result<int> watch(std::chrono::nanoseconds every) {
        every = std::min<std::chrono::nanoseconds>(every, std::chrono::hours(1'000'000));
        for (auto next = Clock::now() + every;;) {
            auto const turn = TRY(wait(next));
            auto goes_on = oom_ ? tell_oom() : Result<bool>(true);
            if (goes_on && *goes_on && turn == Turn::statistics) {
                goes_on = tell_statistics();
                next = std::max(next + every, Clock::now()); // a slow reader gets fewer lines
            }
            if (!goes_on) return std::unexpected(goes_on.error());
            if (!*goes_on || turn == Turn::end) return 0;
        }
    }

  private:
    enum class Turn { event, statistics, end };

    Result<Turn> wait(Clock::time_point until) {
        pollfd ready[] = {
            {process_.number(), POLLIN, 0},
            {oom_ ? oom_->fd() : -1, POLLIN, 0},
            {STDOUT_FILENO, 0, 0}, // only to see whether its reader is gone
        };
        auto const left = std::max(std::chrono::nanoseconds(0), until - Clock::now());
        auto const seconds = std::chrono::floor<std::chrono::seconds>(left);
        timespec const timeout{seconds.count(), (left - seconds).count()};
        auto const events = ::ppoll(ready, std::size(ready), &timeout, nullptr);
        if (events < 0 && errno != EINTR) return fail_errno(Errno{errno}, "wait for the container");
        if (events <= 0) return events == 0 ? Turn::statistics : Turn::event;
        if (ready[0].revents != 0 || ready[2].revents != 0) return Turn::end;
        return Turn::event;
    }

    Result<bool> tell_oom() {
        auto const news = TRY(oom_->read());
        if (news.ended) oom_.reset();
        for (std::uint64_t i = 0; i < news.count; ++i)
            if (auto told = tell(write_oom_event(container_.id())); !told || !*told) return told;
        return true;
    }

    // One failed reading doesn't stop the later ones.
    Result<bool> tell_statistics() {
        auto const stats = container_.stats();
        if (stats) return tell(write_stats_event(container_.id(), *stats));
        log_.write(Level::error, stats.error().story);
        return true;
    }

    Container& container_;
    PidFd process_;
    std::optional<OomWatch> oom_;
    Log const& log_;
};

Result<int> run_events(Call const& call) {
    auto container = TRY(find_container(call));
    auto process = TRY(container.process());
    if (!process) return fail(Kind::state, "container with id ", container.id(), " is not running");

    if (once) {
        auto const stats = TRY(container.stats());
        TRY(tell(write_stats_event(container.id(), stats)));
        return 0;
    }
    auto oom = container.watch_oom();
    if (!oom && oom.error().kind != Kind::unsupported) return std::unexpected(oom.error());
    if (!oom) call.log.write(Level::debug, oom.error().story);
    return Watcher(container, std::move(process),
                   oom ? std::optional(*std::move(oom)) : std::nullopt, call.log)
        .watch(interval);
}

} // namespace

extern Verb const events_verb;
constinit Verb const events_verb = {
    .name = "events",
    .synopsis = "ID",
    .help = "print what a container uses, and that its memory ran out, as JSON",
    .details =
        "Each line is one object. {\"type\":\"stats\",...} comes once in each interval, the first\n"
        "after one interval; {\"type\":\"oom\",...} when the kernel finds no memory left in the\n"
        "container's cgroup. The command ends with the container, or with its reader.\n"
        "\n"
        "Times are in nanoseconds, sizes in bytes. What the kernel or the container's cgroup\n"
        "doesn't have is left out, and so is most of what is 0. On cgroup v2, \"swap\" is memory\n"
        "and swap together, as on v1.\n",
    .options = events_options,
    .shared_options = {},
    .run = run_events,
    .examples = "# How much memory it uses now\n"
                "davit events --stats demo | jq .data.memory.usage.usage\n",
    .see_also = "ps state",
};

} // namespace davit::cli
