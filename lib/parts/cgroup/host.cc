// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host.cc - making the container's cgroups; the birth of its process in them.
//
// Runs in: parent, before init is started. Kernel interface: cgroups(7), clone3(2).
#include <linux/magic.h>

#include <utility>

#include "parts/cgroup/bpf.h"
#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/directories.h"
#include "parts/cgroup/files.h"
#include "sys/file.h"

namespace davit::cgroup {

namespace {

/// Writes lines in order. Keeps a file open while the next line is for it too.
class Writer {
  public:
    Writer(std::vector<Place> const& places, std::vector<CgroupFd> const& directories)
        : places_(places), directories_(directories) {}

    Result<> write(Write const& w) {
        if (skip(w)) return {};
        auto done = open(w);
        if (done) done = sys::write_once(file_.number(), w.value.data(), w.value.size());
        missing_ = !done && done.error().value == ENOENT && w.when == When::if_there;
        if (done || missing_) return {};
        return fail_errno(done.error(), w.member.empty() ? "" : "config.json: ", w.member,
                          w.member.empty() ? "" : ": ", "write ", quoted(w.value), " to ",
                          quoted_file(places_[w.group], w.file),
                          why_refused(directories_[w.group].number(), w.file, done.error()));
    }

  private:
    bool skip(Write const& w) {
        switch (w.when) {
        case When::reused: return places_[w.group].made;
        case When::instead: return !std::exchange(missing_, false);
        default: return false;
        }
    }
    Sys<> open(Write const& w) {
        if (file_ && last_ && last_->group == w.group && last_->file == w.file) return {};
        file_.reset();
        file_ = TRY(sys::openat(directories_[w.group].number(), w.file.c_str(), O_WRONLY));
        last_ = &w;
        return {};
    }

    std::vector<Place> const& places_;
    std::vector<CgroupFd> const& directories_;
    Fd file_;
    Write const* last_ = nullptr;
    bool missing_ = false;
};

} // namespace

Result<Groups> Groups::make(Plan const& plan, Filesystem filesystem) {
    Groups groups;
    auto built = groups.build(plan, filesystem);
    if (built) return groups;
    // In reverse: if the hierarchies are one, davit's sub-groups come last in the list.
    while (!groups.places_.empty()) {
        auto const& place = groups.places_.back();
        if (place.made)
            (void)sys::unlinkat(sys::cwd, (place.mount + place.path).c_str(), AT_REMOVEDIR);
        remove_made_parents(place);
        groups.places_.pop_back();
    }
    return std::unexpected(std::move(built).error());
}

Result<> Groups::build(Plan const& plan, Filesystem filesystem) {
    static std::vector<std::string> const none;
    if (plan.unit) return check_unused(plan);
    for (auto const& place : plan.groups) {
        places_.push_back(place);
        directories_.push_back(
            TRY(make_directory(places_.back(), place.v2 ? plan.needed : none, filesystem)));
    }
    for (std::size_t i = 0; i < places_.size(); ++i) {
        // A new group is frozen if one above it is. In v1 init couldn't even be killed there. In v2
        // it can: so the parent asks only after a long silence.
        bool const below = places_[i].path.rfind('/') > 0;
        if (!places_[i].made)
            TRY(check_fit(i));
        else if (below && is_freezer(places_[i]))
            TRY(check_thawed(i));
        // An earlier container's rules would decide as well. (Without BPF there are none.)
        if (!places_[i].made && places_[i].v2) (void)detach(directories_[i]);
    }
    return limit(plan);
}

/// systemd starts a scope in an existing group, and takes the processes in it along.
Result<> Groups::check_unused(Plan const& plan) {
    if (plan.unit->is_slice()) return {};
    auto const there = TRY(open(plan.groups));
    for (std::size_t i = 0; i < there.places_.size(); ++i)
        if (there.directories_[i]) TRY(there.check_fit(i));
    return {};
}

Result<> Groups::limit(Plan const& plan) {
    Writer writer(places_, directories_);
    for (auto const& w : plan.writes)
        if (w.when != When::born) TRY(writer.write(w));
    if (plan.owner) TRY(give_away(directories_.front(), places_.front(), *plan.owner));
    return {};
}

Result<> Groups::guard(Plan const& plan) const {
    if (!plan.guard) return {};
    auto const& [group, table] = *plan.guard;
    return within(attach(assemble(table), directories_[group]),
                  "config.json: /linux/resources/devices: ", quoted_file(places_[group]));
}

Result<CgroupFd> open_place(Place const& place, Filesystem filesystem) {
    auto group = TRY(context(sys::openat<CgroupFd>(sys::cwd, (place.mount + place.path).c_str(),
                                                   O_PATH | O_DIRECTORY | O_NOFOLLOW),
                             "open cgroup ", quoted_file(place)));
    if (filesystem == Filesystem::any) return group;
    auto const st = TRY(context(sys::fstatfs(group.number()), "inspect ", quoted_file(place)));
    if (st.f_type != (place.v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC))
        return fail(Kind::system, quoted_file(place), " is no cgroup");
    return group;
}

Result<Groups> Groups::open(std::vector<Place> places, Filesystem filesystem) {
    Groups groups;
    groups.places_ = std::move(places);
    for (auto const& place : groups.places_) {
        auto group = open_place(place, filesystem);
        if (!group && group.error().errnum != ENOENT) return std::unexpected(group.error());
        groups.directories_.push_back(group ? *std::move(group) : CgroupFd());
    }
    return groups;
}

Result<SpawnGroups> Groups::spawn_groups() const {
    SpawnGroups spawn_groups;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        auto const directory = directories_[i].number();
        auto const flags = places_[i].v2 ? O_PATH | O_DIRECTORY : O_WRONLY;
        auto const file = places_[i].v2 ? "." : "tasks";
        auto fd = TRY(
            context(sys::openat(directory, file, flags), "open ", quoted_file(places_[i], file)));
        if (places_[i].v2)
            spawn_groups.unified = std::move(fd).as<CgroupFd>();
        else
            spawn_groups.tasks.push_back(std::move(fd));
    }
    return spawn_groups;
}

Result<> Groups::settle(Plan const& plan) const {
    Writer writer(places_, directories_);
    for (auto const& w : plan.writes)
        if (w.when == When::born) TRY(writer.write(w));
    return {};
}

} // namespace davit::cgroup
