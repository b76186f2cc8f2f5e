// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_freezer.cc - freezing and thawing all processes of the container.
//
// Runs in: parent. Kernel interface: cgroup-v2.rst (cgroup.freeze, cgroup.events), v1
// freezer-subsystem.rst. If there is a v2 group, even beside v1 ones, davit freezes that.
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "sys/deadline.h"
#include "sys/file.h"
#include "sys/filesystem.h"

namespace davit::cgroup {

namespace {

using namespace std::chrono_literals;

/// The words of v1 and of v2.
struct Words {
    char const* file; ///< to be written
    char const *frozen, *thawed;
    char const* state; ///< to be read
    char const *is_frozen, *is_thawed;
};
constexpr Words v2_words{"cgroup.freeze", "1", "0", "cgroup.events", "frozen 1", "frozen 0"};
constexpr Words v1_words{"freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN", "THAWED"};

Words const& words_of(Place const& place) { return place.v2 ? v2_words : v1_words; }

bool can_freeze(Place const& place) { return place.v2 || is_freezer(place); }

Result<> write(Place const& place, int directory, char const* value) {
    auto const* const file = words_of(place).file;
    return context(put(directory, file, value), "write ", quoted(value), " to ",
                   quoted_file(place, file));
}

Result<> too_late(Place const& place, char const* state) {
    return fail(Kind::system, quoted_file(place, words_of(place).state), " didn't become ",
                quoted(state), " in time");
}

/// v2: polls for priority data on the open file that it has read. In a group without a process
/// nothing is frozen, whatever the kernel says: "frozen 1" was seen to stay for seconds when all
/// processes had ended while they were thawed.
Result<> wait_for_events(Place const& place, int directory, char const* line,
                         sys::Deadline const& until) {
    auto const story = [&] { return text("read ", quoted_file(place, "cgroup.events")); };
    auto const file = TRY(context(sys::openat(directory, "cgroup.events", O_RDONLY), story()));
    for (;;) {
        char buffer[256];
        auto const size =
            TRY(context(sys::pread(file.number(), buffer, sizeof buffer, 0), story()));
        if (has_line({buffer, size}, line)) return {};
        if (line == std::string_view(v2_words.is_thawed) && has_line({buffer, size}, "populated 0"))
            return {};
        if (until.passed()) return too_late(place, line);
        until.within(100ms).wait(file.number(), POLLPRI);
    }
}

/// v1: the kernel doesn't notify, and a task that is migrating into the group can turn the state
/// back to FREEZING; writing again helps.
Result<> insist(Place const& place, int directory, char const* state, sys::Deadline const& until) {
    for (auto pause = 50us;; pause = std::min<std::chrono::microseconds>(pause * 2, 10ms)) {
        TRY(write(place, directory, state));
        auto const now = TRY(
            context(get(directory, "freezer.state"), "read ", quoted_file(place, "freezer.state")));
        if (has_line(now, state)) return {};
        if (until.passed()) return too_late(place, state);
        until.sleep(pause);
    }
}

Result<> reach(Place const& place, int directory, bool frozen, sys::Deadline const& until) {
    auto const& words = words_of(place);
    if (!place.v2) return insist(place, directory, frozen ? words.frozen : words.thawed, until);
    TRY(write(place, directory, frozen ? words.frozen : words.thawed));
    return wait_for_events(place, directory, frozen ? words.is_frozen : words.is_thawed, until);
}

/// Thaws a group of v1, and those below it.
Sys<> open_freezers(int directory) {
    TRY(put(directory, v1_words.file, v1_words.thawed));
    // The directory has two links, and one for each group below: usually there are none.
    if (auto const st = sys::fstat(directory); st && st->st_nlink == 2) return {};
    return each_group_below(directory, [](int parent, std::string const& name) -> Sys<> {
        auto const done = put(parent, text(name, '/', v1_words.file).c_str(), v1_words.thawed);
        return !done && has_gone(done.error()) ? Sys<>{} : done;
    });
}

} // namespace

Result<bool> is_frozen(std::vector<Place> const& places) {
    for (auto const& place : places) {
        if (!can_freeze(place)) continue;
        auto const& words = words_of(place);
        auto const path = text(place.mount, place.path, '/', words.state);
        auto const file = sys::openat(sys::cwd, path.c_str(), O_RDONLY | O_NOFOLLOW);
        char buffer[256];
        auto const size = file ? sys::read(file->number(), buffer, sizeof buffer)
                               : Sys<std::size_t>(std::unexpected(file.error()));
        if (size && has_line({buffer, *size}, words.is_frozen)) return true;
        if (!size && !has_gone(size.error()))
            return fail_errno(size.error(), "read ", quoted_file(place, words.state));
    }
    return false;
}

Result<> thaw_killed(std::vector<Place> const& places) {
    for (auto const& place : places) {
        if (!is_freezer(place)) continue;
        auto const group = sys::openat<CgroupFd>(sys::cwd, (place.mount + place.path).c_str(),
                                                 O_PATH | O_DIRECTORY | O_NOFOLLOW);
        auto const done =
            group ? open_freezers(group->number()) : Sys<>(std::unexpected(group.error()));
        if (!done && !has_gone(done.error()))
            return fail_errno(done.error(), "thaw ", quoted_file(place));
    }
    return {};
}

Result<> Groups::freeze(Milliseconds patience) const {
    auto const i = tracker();
    if (i >= places_.size() || !can_freeze(places_[i]))
        return fail(Kind::unsupported, "the container has no cgroup that can be frozen");
    auto const directory = directories_[i].number();
    auto done = reach(places_[i], directory, true, sys::Deadline(patience));
    if (done) return done;
    // Half-frozen would be worse: thaws all.
    done.error().story += describe_processes();
    auto const thawed = write(places_[i], directory, words_of(places_[i]).thawed);
    done.error().story += thawed ? "; all of them run again" : text("; ", thawed.error().story);
    return done;
}

Result<> Groups::thaw(Milliseconds patience) const {
    sys::Deadline const until(patience);
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (!directories_[i] || !can_freeze(places_[i])) continue;
        auto const done = reach(places_[i], directories_[i].number(), false, until);
        if (done || has_gone({done.error().errnum})) continue;
        if (done.error().errnum != 0) return done;
        return fail(Kind::state, done.error().story, ": is a group above it frozen?");
    }
    return {};
}

} // namespace davit::cgroup
