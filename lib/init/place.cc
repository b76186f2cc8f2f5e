// SPDX-License-Identifier: Apache-2.0
// init/place.cc - where init puts mounts, devices and the console. Runs in: init.
//
// A link of the image may lead a place to the root itself, where a mount would hide the container's
// root, or into a procfs, where it would hide what programs trust (CVE-2019-19921). So init checks
// the file that it found, not its name. statx(2), statfs(2).
#include <linux/magic.h>

#include "base/try.h"
#include "init/init.h"

namespace davit::init {

using launch::Detail;

namespace {

Sys<bool> is_root(Init const& init, PathFd const& place) {
    auto const here = TRY(sys::fstat(place.number()));
    auto const root = TRY(sys::fstat(init.root.number()));
    if (here.st_ino != root.st_ino || here.st_dev != root.st_dev) return false;
    return TRY(sys::mount_id(place.number(), "", AT_EMPTY_PATH))
           == TRY(sys::mount_id(init.root.number(), "", AT_EMPTY_PATH));
}

std::unexpected<Errno> refuse(Init& init, Detail why) {
    init.doing(why);
    return std::unexpected(Errno{EPERM});
}

Sys<> check_procfs(Init& init, PathFd const& place) {
    if (TRY(sys::fstatfs(place.number())).f_type != PROC_SUPER_MAGIC) return {};
    return refuse(init, Detail::inside_proc);
}

/// `by_link`: the path may have had a link. Without one it can't lead to the root, and the check is
/// saved.
Sys<PathFd> checked(Init& init, Judged judged, bool by_link, PathFd place) {
    if (judged == Judged::yes) return place;
    TRY(check_procfs(init, place));
    if (by_link && TRY(is_root(init, place))) return refuse(init, Detail::on_root);
    return place;
}

} // namespace

Judged judged(char const* destination) {
    if (!destination[1]) return Judged::yes; // "/"
    char const* at = destination;
    for (char const* proc = "/proc"; *proc; ++proc, ++at)
        if (*at != *proc) return Judged::no;
    return *at == '/' || !*at ? Judged::yes : Judged::no;
}

Sys<PathFd> found_for(Init& init, char const* path, Judged judged, int flags) {
    return checked(init, judged, true, TRY(init.root.find(path, flags)));
}

Sys<PathFd> directory_for(Init& init, char const* path, Judged judged) {
    bool by_link = false;
    auto place = TRY(init.root.make_directories(path, 0755, &by_link));
    return checked(init, judged, by_link, std::move(place));
}

Sys<PathFd> file_for(Init& init, char const* path, Judged judged) {
    auto real = init.root.find_real(path);
    bool const is_real = real.has_value();
    auto place = TRY(is_real ? std::move(real) : init.root.make_file(path));
    return checked(init, judged, !is_real, std::move(place));
}

Sys<safe::Place> place_for(Init& init, char const* path) {
    auto place = TRY(init.root.place(path));
    TRY(check_procfs(init, place.directory));
    return place;
}

} // namespace davit::init
