// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_oom.cc - learning that a group runs out of memory.
//
// Runs in: parent. Kernel interface: v1 memory.rst ("OOM Control": an eventfd, registered in
// cgroup.event_control), cgroup-v2.rst (memory.events and cgroup.events, which inotify(7) watches).
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "sys/file.h"
#include "sys/notify.h"

namespace davit {

/// v1: `notifier` is the eventfd. v2: an inotify of two files; the counter in `events` decides.
struct OomWatch::Impl {
    cgroup::Place place;
    CgroupFd group;
    Fd notifier;
    std::uint64_t seen = 0; ///< v2: the counter at the last read
    bool ended = false;

    [[nodiscard]] Result<News> read_v1();
    [[nodiscard]] Result<News> read_v2();
};

namespace cgroup {

namespace {

constexpr auto memory_events = "memory.events";
constexpr auto cgroup_events = "cgroup.events";
constexpr auto oom_control = "memory.oom_control";

/// The number after `key` in a file with lines "key value"; 0 without such a line.
Sys<std::uint64_t> number_in(CgroupFd const& group, char const* file, std::string_view key) {
    auto const content = TRY(get(group.number(), file));
    for (auto const line : split(content, '\n'))
        if (line.starts_with(key) && line.substr(key.size()).starts_with(' '))
            return parse<std::uint64_t>(line.substr(key.size() + 1)).value_or(0);
    return 0;
}

// If the group runs out of memory at this moment, the kernel signals at once: nothing is missed.
Result<> begin_v1(OomWatch::Impl& watch) {
    auto const directory = watch.group.number();
    auto const full = [&] { return quoted_file(watch.place, oom_control); };
    auto const file = TRY(context(sys::openat(directory, oom_control, O_RDONLY), "open ", full()));
    watch.notifier = TRY(context(sys::eventfd(EFD_NONBLOCK), "eventfd"));
    auto const line = text(watch.notifier.number(), ' ', file.number());
    return context(put(directory, "cgroup.event_control", line), "watch ", full());
}

Result<> begin_v2(OomWatch::Impl& watch) {
    watch.notifier = TRY(context(sys::inotify(IN_NONBLOCK), "inotify"));
    for (auto const file : {memory_events, cgroup_events}) {
        auto const path = text(watch.place.mount, watch.place.path, '/', file);
        TRY(context(sys::inotify_add_watch(watch.notifier.number(), path.c_str(), IN_MODIFY),
                    "watch ", quoted(path)));
    }
    // After the watch has begun: from here on each count is also signalled.
    watch.seen = TRY(context(number_in(watch.group, memory_events, "oom_kill"), "read ",
                             quoted_file(watch.place, memory_events)));
    return {};
}

} // namespace

Result<OomWatch> Groups::watch_oom() const {
    auto const has_memory = [](Place const& place) {
        return std::ranges::find(place.controllers, "memory") != place.controllers.end();
    };
    auto const found = std::ranges::find_if(places_, has_memory);
    if (found == places_.end())
        return fail(Kind::unsupported, "there is no memory cgroup controller that could tell when "
                                       "the container runs out of memory");
    auto const& directory = directories_[static_cast<std::size_t>(found - places_.begin())];
    auto watch = std::make_unique<OomWatch::Impl>();
    watch->place = *found;
    watch->group = TRY(context(sys::openat<CgroupFd>(directory.number(), ".", O_PATH | O_DIRECTORY),
                               "open cgroup ", quoted_file(*found)));
    TRY(found->v2 ? begin_v2(*watch) : begin_v1(*watch));
    return OomWatch(std::move(watch));
}

} // namespace cgroup

OomWatch::OomWatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OomWatch::OomWatch(OomWatch&&) noexcept = default;
OomWatch& OomWatch::operator=(OomWatch&&) noexcept = default;
OomWatch::~OomWatch() = default;

int OomWatch::fd() const { return impl_->notifier.number(); }

Result<OomWatch::News> OomWatch::read() {
    if (impl_->ended) return News{0, true};
    auto news = impl_->place.v2 ? impl_->read_v2() : impl_->read_v1();
    if (news) impl_->ended = news->ended;
    return news;
}

// The kernel signals once more at the group's removal, some time after the path has vanished.
Result<OomWatch::News> OomWatch::Impl::read_v1() {
    std::uint64_t count = 0;
    auto const got = sys::read(notifier.number(), &count, sizeof count);
    if (!got && got.error().value == EAGAIN) return News{};
    if (!got) return fail_errno(got.error(), "read the eventfd of ", cgroup::quoted_file(place));
    auto const is_there = sys::faccessat2(group.number(), cgroup::oom_control, F_OK, 0);
    if (is_there) return News{count, false};
    return News{count - 1, true};
}

// Notifications may come late, merged, or for another line of the files.
Result<OomWatch::News> OomWatch::Impl::read_v2() {
    alignas(inotify_event) char told[1024];
    while (sys::read(notifier.number(), told, sizeof told)) {
    } // until the queue is empty
    News news;
    auto const populated = cgroup::number_in(group, cgroup::cgroup_events, "populated");
    // Read after that: the processes that have ended are counted by now.
    auto const kills = cgroup::number_in(group, cgroup::memory_events, "oom_kill");
    for (auto const* number : {&populated, &kills})
        if (!*number && !cgroup::has_gone(number->error()))
            return fail_errno(number->error(), "read the events of ", cgroup::quoted_file(place));
    news.ended = !populated || !kills || *populated == 0;
    if (kills) news.count = *kills - std::exchange(seen, *kills);
    return news;
}

} // namespace davit
