// SPDX-License-Identifier: Apache-2.0
// shim/containerd/surroundings.cc - where the server lives: core scheduling, OOM score, cgroup.
#include "containerd/surroundings.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

#include "base/result.h"
#include "davit/fd.h"
#include "safe/whole_file.h"

#ifndef PR_SCHED_CORE // Linux 5.14
#define PR_SCHED_CORE 62
#endif

namespace davit::shim::containerd {

namespace {

constexpr int share_create = 1;  // PR_SCHED_CORE_CREATE
constexpr int process_group = 2; // PR_SCHED_CORE_SCOPE_PROCESS_GROUP

constexpr char cgroups[] = "/sys/fs/cgroup";

std::string oom_score_file(pid_t process) {
    return "/proc/" + std::to_string(process) + "/oom_score_adj";
}

bool has_group_of_its_own(dirent const& entry) {
    // A link is another name of the same hierarchy ("cpu" of "cpu,cpuacct").
    return entry.d_name[0] != '.' && (entry.d_type == DT_DIR || entry.d_type == DT_UNKNOWN);
}

/// Files of the kernel take a value in one write.
Result<> write_value(std::string const& path, std::string_view value) {
    Fd const file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file || ::write(file.number(), value.data(), value.size()) < 0)
        return fail_errno(Errno{errno}, "write ", quoted(value), " to ", quoted(path));
    return {};
}

} // namespace

Result<> schedule_cores_apart() {
    if (::prctl(PR_SCHED_CORE, share_create, 0, process_group, 0) != 0)
        return fail_errno(Errno{errno}, "make a core scheduling cookie");
    return {};
}

Result<> set_oom_score(pid_t server) {
    auto const text = TRY(safe::read_file(oom_score_file(::getppid()), 64));
    int score = 0;
    std::from_chars(text.data(), text.data() + text.size(), score);
    return write_value(oom_score_file(server), std::to_string(std::min(score + 1, 1000)));
}

Result<> enter_cgroup(pid_t server, std::string const& group) {
    auto const pid = std::to_string(server);
    auto const enter = [&](std::string const& hierarchy) {
        return write_value(hierarchy + '/' + group + "/cgroup.procs", pid);
    };
    struct statfs kind{};
    if (::statfs(cgroups, &kind) == 0 && kind.f_type == CGROUP2_SUPER_MAGIC) return enter(cgroups);

    std::unique_ptr<DIR, int (*)(DIR*)> const list(::opendir(cgroups), ::closedir);
    if (!list) return fail_errno(Errno{errno}, "list ", quoted(cgroups));
    bool found = false;
    while (auto const* const entry = ::readdir(list.get())) {
        if (!has_group_of_its_own(*entry)) continue;
        auto const entered = enter(std::string(cgroups) + '/' + entry->d_name);
        if (!entered && entered.error().errnum != ENOENT) return entered;
        found = found || entered;
    }
    if (!found) return fail(Kind::config, "ShimCgroup: there is no cgroup ", quoted(group));
    return {};
}

} // namespace davit::shim::containerd
