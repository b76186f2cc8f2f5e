// SPDX-License-Identifier: Apache-2.0
// test/host/mount_seen.h - a mount as a container reports it, and a temporary one of the host.
#pragma once

#include <sys/mount.h>
#include <sys/stat.h>

#include <sstream>
#include <string>

#include "catch.h"
#include "container.h"

namespace host {

/// The mount at `target`; an empty object if there is none.
inline Json mount_at(Report const& report, std::string const& target) {
    auto const mounts = report["mounts"];
    for (size_t i = mounts.size(); i-- > 0;) {
        auto const at = "/" + std::to_string(i);
        if (mounts.text(at + "/target") == target) return Json(mounts.dump(at));
    }
    return Json("{}");
}

/// Whether `word` is one of a comma separated list.
inline bool listed(std::string const& commas, std::string const& word) {
    std::istringstream words(commas);
    for (std::string one; std::getline(words, one, ',');)
        if (one == word) return true;
    return false;
}

/// A member of such a mount lists these words.
inline void has(Json const& mount, char const* member, std::initializer_list<char const*> words) {
    for (auto const* word : words) {
        INFO(word << " in " << mount.dump());
        CHECK(listed(mount.text(std::string("/") + member), word));
    }
}

/// A directory of the host, beside the bundle, with a file in it.
struct HostDirectory {
    explicit HostDirectory(Bundle const& bundle) : path(bundle.path() + "/source") {
        ::mkdir(path.c_str(), 0755);
        write_file(path + "/file", "from the host");
    }
    std::string path;
};

/// A mount of the host; the destructor unmounts it.
struct Mounted {
    Mounted(std::string const& source, std::string at, unsigned long flags = 0)
        : place(std::move(at)) {
        REQUIRE(::mount(source.c_str(), place.c_str(), "tmpfs", flags, nullptr) == 0);
    }
    Mounted(Mounted const&) = delete;
    Mounted& operator=(Mounted const&) = delete;
    ~Mounted() { ::umount2(place.c_str(), MNT_DETACH); }
    std::string place;
};

} // namespace host
