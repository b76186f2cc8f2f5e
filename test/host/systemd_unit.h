// SPDX-License-Identifier: Apache-2.0
// test/host/systemd_unit.h - a container's unit, as the host's systemd shows it.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

#include "catch.h"
#include "container.h"

namespace host {

/// Over the bus: the private socket doesn't answer a systemctl in another pid namespace.
inline Outcome systemctl(Words words) {
    words.insert(words.begin(), {"env", "SYSTEMCTL_FORCE_BUS=1", "systemctl"});
    return host::run(words);
}

/// An older systemd takes only a pid, which here is one of the suite's pid namespace; test/vm/walk
/// is outside of that.
inline bool takes_pidfd() {
    auto const version = systemctl({"show", "--property", "Version", "--value"}).out;
    auto const digits = std::min(version.find_first_of("0123456789"), version.size());
    return std::atoi(version.c_str() + digits) >= 255;
}

inline bool absent() {
    static bool const runs = exists("/run/systemd/system") && exists("/run/systemd/private");
    static bool const is_new = runs && takes_pidfd();
    return skip_unless(runs, "systemd isn't process 1 here")
           || skip_unless(is_new, "systemd takes no pidfd before 255")
           || skip_unless(suite().is_davit && suite().cgroups == Cgroups::unified,
                          "for davit, where there is cgroup2 alone");
}

/// "7" of "TasksMax=7".
inline std::string property(std::string const& unit, std::string const& name) {
    auto text = systemctl({"show", "--property", name, "--value", unit}).out;
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

/// A bundle whose unit is known; the destructor removes both, whatever state they are in.
struct Unit : Bundle {
    std::string name, group, id;
    Unit() {
        id = unique_name();
        name = "test-" + id + ".scope";
        group = "/sys/fs/cgroup/system.slice/" + name;
        set("/linux/cgroupsPath", json_quote("system.slice:test:" + id));
    }
    ~Unit() {
        CHECK(property(name, "LoadState") == "not-found");
        CHECK_FALSE(exists(group));
    }
    Unit(Unit const&) = delete;
    Unit& operator=(Unit const&) = delete;

    Outcome davit(Words const& verb) {
        write();
        Words words = {"--systemd-cgroup"};
        words.insert(words.end(), verb.begin(), verb.end());
        return host::run(host::davit(words));
    }
    Outcome create() { return davit({"create", "--bundle", path(), id}); }
    Outcome remove_by_force() { return davit({"delete", "--force", id}); }
    [[nodiscard]] std::string file(std::string const& file_name) const {
        return read_file(group + "/" + file_name);
    }
};

} // namespace host
