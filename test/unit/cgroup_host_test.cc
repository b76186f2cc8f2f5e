// SPDX-License-Identifier: Apache-2.0
// unit/cgroup_host_test.cc - real cgroups named davit-test-*, on the host's hierarchies and, in a
// private mount namespace, on cgroup2 alone. Needs root; skips with a reason otherwise.
#include "catch.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <random>

#include "parts/cgroup/bpf.h"
#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "sys/bpf.h"
#include "sys/process.h"

namespace {

using namespace davit;
using namespace davit::cgroup;

/// The reason why the tests can't run here, or "".
std::string why_not() {
    if (geteuid() != 0) return "not root";
    auto const layout = read_layout();
    if (!layout || layout->mode == Mode::none) return "no cgroups here";
    return {};
}

/// Runs `body` in a process of its own; its text is the fault.
std::string elsewhere(std::function<std::string()> const& body) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return "pipe";
    auto const pid = fork();
    if (pid == 0) {
        close(ends[0]);
        auto const text = body();
        (void)!write(ends[1], text.data(), text.size());
        _exit(0);
    }
    close(ends[1]);
    std::string out(4096, '\0');
    std::size_t size = 0;
    for (ssize_t n; (n = read(ends[0], out.data() + size, out.size() - size)) > 0;) size += n;
    close(ends[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    out.resize(size);
    if (status != 0) out += " (died)";
    return out;
}

/// A mount namespace whose /sys/fs/cgroup is cgroup2.
std::string with_v2_alone(std::function<std::string()> const& body) {
    return elsewhere([&]() -> std::string {
        if (unshare(CLONE_NEWNS) != 0) return "unshare";
        if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return "private";
        if (mount("none", "/sys/fs/cgroup", "cgroup2", 0, nullptr) != 0) return "mount";
        return body();
    });
}

/// A process forked into the groups as init is; it runs `body`, then exits with its result.
pid_t born_in(SpawnGroups const& spawn_groups, std::function<int()> const& body) {
    clone_args args{};
    args.exit_signal = SIGCHLD;
    if (spawn_groups.unified) {
        args.flags = CLONE_INTO_CGROUP;
        args.cgroup = static_cast<unsigned>(spawn_groups.unified.number());
    }
    auto const pid = sys::clone3(args);
    if (pid && *pid == 0) {
        for (auto const& tasks : spawn_groups.tasks)
            if (write(tasks.number(), "0", 1) != 1) _exit(99);
        _exit(body());
    }
    return pid ? *pid : -pid.error().value;
}

int status_of(pid_t pid) {
    int status = 0;
    if (waitpid(pid, &status, 0) != pid) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int sleep_for_ever() {
    for (;;) pause();
}

spec::Config config_of(std::string const& name) {
    spec::Config config;
    config.linux.cgroups_path = "/davit-test-" + text(getpid()) + "/" + name;
    return config;
}

bool any_left(std::vector<Place> const& places) {
    return std::any_of(places.begin(), places.end(), [](Place const& p) {
        auto const parent = p.path.substr(0, p.path.rfind('/'));
        return access((p.mount + (parent.empty() ? p.path : parent)).c_str(), F_OK) == 0;
    });
}

/// Tries to read a device that the default rules deny (fuse) and one that they allow (null).
int try_devices() {
    char const name[] = "/tmp/davit-test-node";
    (void)unlink(name);
    int result = 0;
    if (mknod(name, S_IFCHR | 0600, makedev(10, 229)) != 0) result |= 1; // making is allowed
    if (open(name, O_RDWR | O_CLOEXEC) >= 0 || errno != EPERM) result |= 2;
    (void)unlink(name);
    if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0) result |= 4;
    return result;
}

/// The life of a container's groups; "" if all is well.
std::string life(spec::Config const& config, bool v1_alone = false) {
    auto layout = read_layout();
    if (!layout) return layout.error().story;
    if (v1_alone) std::erase_if(layout->hierarchies, [](auto const& h) { return h.v2; });
    auto const plan = cgroup::plan(config, "x", *layout);
    if (!plan) return plan.error().story;
    auto made = Groups::make(*plan);
    if (!made) return made.error().story;
    auto const& groups = *made;
    if (auto const guarded = groups.guard(*plan); !guarded) return guarded.error().story;

    auto const spawn_groups = groups.spawn_groups();
    if (!spawn_groups) return spawn_groups.error().story;
    auto const tried = status_of(born_in(*spawn_groups, try_devices));
    if (tried != 0) return text("devices: ", tried);

    auto const pid = born_in(*spawn_groups, sleep_for_ever);
    if (auto const settled = groups.settle(*plan); !settled) return settled.error().story;
    // The child may write before this process does.
    for (int i = 0; i < 2000 && groups.processes() != std::vector{pid}; ++i) usleep(1000);
    if (groups.processes() != std::vector{pid}) return "processes";

    auto again = Groups::make(*plan);
    if (again || again.error().kind != Kind::state) return "an occupied group was taken";
    if (cgroup::is_frozen(groups.places()) != false) return "frozen from the start";
    if (auto const r = groups.freeze(); !r) return r.error().story;
    if (cgroup::is_frozen(groups.places()) != true) return "not frozen";
    if (auto const r = groups.kill_all(SIGWINCH); !r) return r.error().story;
    if (cgroup::is_frozen(groups.places()) != true) return "a signal thawed it";
    if (auto const r = groups.thaw(); !r) return r.error().story;
    if (cgroup::is_frozen(groups.places()) != false) return "not thawed";
    if (auto const r = groups.kill_all(SIGUSR1); !r) return r.error().story;
    if (auto const s = status_of(pid); s != 128 + SIGUSR1) return text("signal: ", s);

    // Many frozen processes: SIGKILL ends them. Their sub-groups don't outlive them.
    auto const bomb = born_in(*spawn_groups, [] {
        for (int i = 0; i < 20; ++i)
            if (fork() == 0) sleep_for_ever();
        return sleep_for_ever();
    });
    // A later process would be neither frozen nor killed.
    auto const are_there = [&] {
        return groups.processes().value_or(std::vector<int>()).size() == 21;
    };
    for (int i = 0; i < 10'000 && !are_there(); ++i) usleep(1000);
    if (!are_there()) return "not all were born";
    if (auto const r = groups.freeze(); !r) return r.error().story;
    auto reopened = Groups::open(groups.places());
    if (!reopened) return reopened.error().story;
    if (auto const r = reopened->kill_all(SIGKILL); !r) return r.error().story;
    if (auto const s = status_of(bomb); s != 128 + SIGKILL) return text("kill: ", s);
    for (auto const& place : groups.places())
        (void)mkdir((place.mount + place.path + "/sub").c_str(), 0755);
    if (auto const r = cgroup::remove(reopened->places()); !r) return r.error().story;
    if (auto const r = cgroup::remove(reopened->places()); !r) return "again: " + r.error().story;
    return any_left(groups.places()) ? "something is left" : "";
}

TEST_CASE("cgroups of this host", "[cgroup][root]") {
    if (auto const why = why_not(); unit::skip_unless(why.empty(), why)) return;
    CHECK(elsewhere([] { return life(config_of("plain")); }) == "");
    CHECK(elsewhere([] {
              auto config = config_of("limits");
              auto& r = config.linux.resources;
              r.memory.limit = 64 << 20;
              r.cpu.shares = 512;
              r.cpu.quota = 50'000;
              r.cpu.period = 100'000;
              r.cpu.cpus = "0";
              r.pids.limit = 100;
              auto s = life(config);
              return s.find("this host has no") == s.npos ? s : ""; // e.g. v2 with few controllers
          })
          == "");
}

TEST_CASE("cgroups on v1 alone", "[cgroup][root]") {
    auto why = why_not();
    if (why.empty() && read_layout()->mode == Mode::unified) why = "no v1 here";
    if (unit::skip_unless(why.empty(), why)) return;
    CHECK(elsewhere([] { return life(config_of("v1"), true); }) == "");
}

TEST_CASE("cgroups on v2 alone", "[cgroup][root]") {
    if (auto const why = why_not(); unit::skip_unless(why.empty(), why)) return;
    auto const result = with_v2_alone([] { return life(config_of("v2")); });
    if (result == "unshare" || result == "mount") {
        WARN("SKIP: no private mount of cgroup2: " << result);
        return;
    }
    CHECK(result == "");
    CHECK(with_v2_alone([]() -> std::string {
              auto config = config_of("none");
              config.linux.resources.hugepage_limits = {{"2MB", 4 << 20}};
              auto const s = life(config);
              return s.find("no hugetlb") == s.npos ? s : "";
          })
          == "");
}

TEST_CASE("cgroups: the kernel's verifier takes every device program", "[cgroup][root]") {
    if (auto const why = why_not(); unit::skip_unless(why.empty(), why)) return;
    std::mt19937 random(1);
    auto const pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    for (int round = 0; round < 200; ++round) {
        std::vector<spec::DeviceRule> rules(pick(6));
        for (auto& rule : rules) {
            rule = {pick(2) == 0, spec::DeviceRuleType{pick(3)}, {}, {}, "rwm"};
            rule.access.resize(1 + pick(3));
            if (pick(3)) rule.major = pick(3);
            if (pick(3)) rule.minor = pick(3);
        }
        auto const table = device_table(rules);
        REQUIRE(table);
        CHECK(sys::bpf_load_cgroup_device(assemble(*table), "davit_test"));
    }
}

TEST_CASE("cgroups: failures leave nothing", "[cgroup][root]") {
    if (auto const why = why_not(); unit::skip_unless(why.empty(), why)) return;
    auto config = config_of("fails");
    auto const layout = read_layout();
    REQUIRE(layout);
    auto plan = cgroup::plan(config, "x", *layout);
    REQUIRE(plan);
    plan->writes.push_back({plan->groups.size() - 1, "cgroup.procs", "junk", "/some/member"});
    auto const made = Groups::make(*plan);
    REQUIRE_FALSE(made);
    CHECK(made.error().story.starts_with("config.json: /some/member: write \"junk\" to \"/"));
    CHECK_FALSE(any_left(plan->groups));
}

TEST_CASE("cgroups: groups of others stay", "[cgroup][root]") {
    if (auto const why = why_not(); unit::skip_unless(why.empty(), why)) return;
    auto const layout = read_layout();
    REQUIRE(layout);
    auto const plan = cgroup::plan(config_of("mine"), "x", *layout);
    REQUIRE(plan);
    auto const& first = plan->groups[0];
    auto const parent = first.mount + first.path.substr(0, first.path.rfind('/'));
    REQUIRE(mkdir(parent.c_str(), 0755) == 0); // not by davit
    auto const groups = Groups::make(*plan);
    REQUIRE(groups);
    CHECK(cgroup::remove(groups->places()));
    CHECK(access((first.mount + first.path).c_str(), F_OK) != 0);
    CHECK(rmdir(parent.c_str()) == 0);
    CHECK_FALSE(any_left(plan->groups));
}

TEST_CASE("cgroups: many containers at once leave nothing behind", "[cgroup][root]") {
    if (auto const why = why_not(); unit::skip_unless(why.empty(), why)) return;
    auto const layout = read_layout();
    REQUIRE(layout);
    auto const base = text("/davit-test-", getpid(), "/pod");
    constexpr int workers = 16, rounds = 15;
    std::vector<pid_t> pids;
    int failure[2];
    REQUIRE(pipe2(failure, O_CLOEXEC) == 0);
    for (int w = 0; w < workers; ++w) {
        auto const pid = fork();
        if (pid == 0) {
            for (int i = 0; i < rounds; ++i) {
                spec::Config config;
                config.linux.cgroups_path = text(base, "/c", w);
                auto const plan = cgroup::plan(config, "x", *layout);
                auto groups = Groups::make(*plan);
                auto const removed = groups ? cgroup::remove(groups->places()) : Result<>{};
                auto const* error = !groups    ? &groups.error()
                                    : !removed ? &removed.error()
                                               : nullptr;
                if (!error) continue;
                (void)!write(failure[1], error->story.data(), error->story.size());
                _exit(1);
            }
            _exit(0);
        }
        pids.push_back(pid);
    }
    close(failure[1]);
    for (auto const pid : pids) CHECK(status_of(pid) == 0);
    std::string story(2000, '\0');
    auto const size = read(failure[0], story.data(), story.size());
    close(failure[0]);
    CHECK(story.substr(0, static_cast<std::size_t>(std::max<ssize_t>(size, 0))) == "");
    for (auto const& h : layout->hierarchies)
        CHECK(access(text(h.mount, "/davit-test-", getpid()).c_str(), F_OK) != 0);
}

} // namespace
