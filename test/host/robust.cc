// SPDX-License-Identifier: Apache-2.0
// test/host/robust.cc - cgroups in a wrong state, containers that resist their end, many of them at
// once, and a davit that is killed: davit must neither hang nor leave anything.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <fstream>
#include <mutex>
#include <thread>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

void works(Outcome const& outcome) {
    INFO("stderr: " << outcome.err);
    CHECK_FALSE(outcome.timed_out);
    CHECK(outcome.status == 0);
}

bool no_cgroups() { return skip_unless(suite().cgroups != Cgroups::none, "no cgroups here"); }

/// Whether the freezer is that of cgroup2, which davit prefers.
bool v2() { return suite().cgroups != Cgroups::v1; }

/// The group in the hierarchy that davit asks for a container's processes.
std::string group_of(std::string const& path) {
    return v2() ? cgroup_directory("", path) : cgroup_directory("freezer", path);
}

/// With its parent: on v1, systemd's slices are in its own hierarchy, and perhaps not in this one.
bool make_group(std::string const& group) {
    ::mkdir(group.substr(0, group.rfind('/')).c_str(), 0755);
    return ::mkdir(group.c_str(), 0755) == 0;
}
bool remove_group(std::string const& group) {
    if (!eventually([&] { return ::rmdir(group.c_str()) == 0; })) return false;
    ::rmdir(group.substr(0, group.rfind('/')).c_str()); // unless it's in use, or the mount
    return true;
}

bool freeze(std::string const& group, bool frozen) {
    return v2() ? write_file(group + "/cgroup.freeze", frozen ? "1" : "0")
                : write_file(group + "/freezer.state", frozen ? "FROZEN" : "THAWED");
}

std::vector<std::string> pids_in(std::string const& group) {
    std::ifstream list(group + "/cgroup.procs");
    std::vector<std::string> pids;
    for (std::string line; std::getline(list, line);) pids.push_back(line);
    return pids;
}

} // namespace

TEST_CASE("robust: a cgroup with a process in it is refused", "[robust]") {
    if (no_cgroups()) return;
    Bundle bundle;
    auto const group = group_of(bundle.cgroup());
    REQUIRE(make_group(group));
    Command stranger({"/bin/sleep", "60"});
    REQUIRE(write_file(group + "/cgroup.procs", std::to_string(stranger.pid())));
    refused(bundle, "container's cgroup is not empty: 1 process(es) found");
    CHECK(stranger.running());
    stranger.signal(SIGKILL);
    (void)stranger.wait();
    CHECK(remove_group(group));
}

TEST_CASE("robust: a frozen cgroup is refused, its own and one above", "[robust][pause]") {
    if (no_cgroups()) return;
    for (auto const* below : {"", "/below"}) {
        INFO("path" << below);
        Bundle bundle;
        auto const group = group_of(bundle.cgroup());
        REQUIRE(make_group(group));
        REQUIRE(freeze(group, true));
        bundle.set("/linux/cgroupsPath", json_quote(bundle.cgroup() + below));
        auto const begin = std::chrono::steady_clock::now();
        refused(bundle, "container's cgroup unexpectedly frozen");
        CHECK(std::chrono::steady_clock::now() - begin
              < std::chrono::seconds(10) * suite().patience);
        REQUIRE(freeze(group, false));
        CHECK(remove_group(group));
    }
}

TEST_CASE("robust: deep groups with hostile names go with the container", "[robust]") {
    if (no_cgroups()) return;
    Bundle bundle;
    bundle.inside({"sleep", "60"});
    Container container(bundle);
    works(container.create());
    works(container.start());
    auto const group = group_of(bundle.cgroup());
    for (auto const* name :
         {"-rf", " ", "\x1b[2J", "\"", "...", "\xff\xfe", "a;b", "%s%n", "cgroup"})
        CHECK(::mkdir((group + "/" + name).c_str(), 0755) == 0);
    int at = ::open(group.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    std::string const longest(200, 'x'); // the whole is longer than any path may be
    int depth = 0;
    for (; depth < 120 && ::mkdirat(at, longest.c_str(), 0755) == 0; ++depth) {
        int const next = ::openat(at, longest.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        ::close(at);
        at = next;
    }
    ::close(at);
    CHECK(depth > 20);
    works(Container::verb({"ps", "--format", "json", container.id()}));
    works(container.remove_by_force());
    CHECK_FALSE(exists(group));
}

TEST_CASE("robust: processes that are replaced all the time are ended", "[robust][kill]") {
    if (no_cgroups()) return;
    for (auto const& way : {Words{"kill", "--all", "KILL"}, Words{"kill", "--all", "TERM"},
                            Words{"kill", "", "KILL"}, Words{"delete", "--force", ""}}) {
        INFO(way[0] << " " << way[1] << " " << way[2]);
        Bundle bundle;
        bundle.share_namespace("pid");
        bundle.inside({"bomb", "8", ";", "sleep", "60"});
        Container container(bundle);
        works(container.create());
        works(container.start());
        REQUIRE(eventually([&] { return contains(container.out(), "bomb"); },
                           std::chrono::seconds(20)));
        Words line = {way[0]};
        if (!way[1].empty()) line.push_back(way[1]);
        line.push_back(container.id());
        if (!way[2].empty()) line.push_back(way[2]);
        works(Container::verb(line));
        if (way[0] == "kill") {
            CHECK(container.wait_stopped());
            CHECK(eventually([&] { return pids_in(group_of(bundle.cgroup())).empty(); }));
            works(container.remove());
        }
    }
}

TEST_CASE("robust: others outlive init where the pid namespace is shared", "[robust][kill]") {
    if (no_cgroups()) return;
    for (auto const& line : {Words{"kill", "--all"}, Words{"kill"}, Words{"delete"}}) {
        Bundle bundle;
        bundle.share_namespace("pid");
        bundle.inside({"orphans", "3", ";", "exit", "0"});
        Container container(bundle);
        works(container.create());
        works(container.start());
        REQUIRE(container.wait_stopped());
        auto const group = group_of(bundle.cgroup());
        CHECK(pids_in(group).size() == 3);
        auto const term = container.kill("TERM");
        CHECK(term.status == 1);
        CHECK(contains(term.err, "container not running"));
        Words all = line;
        all.push_back(container.id());
        if (line[0] == "kill") all.emplace_back("KILL");
        works(Container::verb(all));
        if (line[0] != "kill") continue;
        CHECK(eventually([&] { return pids_in(group).empty(); }));
        works(Container::verb({"kill", "--all", container.id(), "KILL"})); // no process is left
        CHECK(container.kill("KILL").status == 1);
        works(container.remove());
    }
}

TEST_CASE("robust: frozen groups of the container's own don't keep it", "[robust][pause]") {
    if (no_cgroups()) return;
    for (auto const* way : {"KILL", "delete"})
        for (bool shared : {false, true}) {
            INFO(way << (shared ? " with the host's pids" : ""));
            Bundle bundle;
            if (shared) bundle.share_namespace("pid");
            bundle.inside({"orphans", "2", ";", "sleep", "60"});
            Container container(bundle);
            works(container.create());
            works(container.start());
            REQUIRE(eventually([&] { return contains(container.out(), "orphans"); }));
            auto const group = group_of(bundle.cgroup());
            auto const own = std::to_string(container.pid());
            REQUIRE(::mkdir((group + "/sub").c_str(), 0755) == 0);
            for (auto const& pid : pids_in(group))
                if (pid != own) CHECK(write_file(group + "/sub/cgroup.procs", pid));
            REQUIRE(freeze(group + "/sub", true));
            nap(std::chrono::milliseconds(100));
            if (way == std::string("KILL")) {
                works(container.kill("KILL"));
                REQUIRE(container.wait_stopped());
                works(container.remove());
            } else {
                works(container.remove_by_force());
            }
        }
}

TEST_CASE("robust: two hundred lives, sixteen at a time", "[robust][races]") {
    constexpr int workers = 16;
    int const lives = 200;
    Leftovers leftovers;
    Bundle model; // all have its root file system
    model.inside({"exit", "3"});
    std::deque<Json> configs;
    std::vector<std::string> bundles;
    for (int i = 0; i < workers; ++i) {
        // Four each below a parent that is made and removed with them (systemd's are slices).
        auto const pod = std::to_string(i / 4), own = std::to_string(i);
        auto const path = suite().systemd
                              ? "davittest-pod" + pod + ".slice:" + suite().prefix + ":c" + own
                              : model.cgroup() + "/pod" + pod + "/c" + own;
        bundles.push_back(model.path() + "/bundle" + std::to_string(i));
        REQUIRE(::mkdir(bundles.back().c_str(), 0755) == 0);
        Json config = model.config();
        config.set_text("/root/path", model.rootfs());
        config.set_text("/linux/cgroupsPath", path);
        REQUIRE(write_file(bundles.back() + "/config.json", config.dump()));
    }
    std::atomic<int> next = 0;
    std::mutex mutex;
    std::string failures;
    auto const live = [&](int worker) {
        for (int life; (life = next++) < lives;) {
            auto const id = suite().prefix + "-life-" + std::to_string(life);
            auto const& bundle = bundles[static_cast<size_t>(worker)];
            auto const expect = [&](Words const& words, int status) {
                auto all = words;
                if (suite().systemd) all.insert(all.begin(), "--systemd-cgroup");
                auto const got = run(davit(all));
                if (got.status == status) return true;
                std::lock_guard const lock(mutex);
                failures += words[0] + " " + id + ": " + std::to_string(got.status) + " " + got.err;
                return false;
            };
            switch (life % 4) {
            case 0: expect({"run", "--bundle", bundle, id}, 3); break;
            case 1:
                expect({"create", "--bundle", bundle, id}, 0);
                expect({"delete", id}, 0);
                break;
            case 2:
                expect({"create", "--bundle", bundle, id}, 0);
                expect({"pause", id}, 0);
                expect({"delete", "--force", id}, 0);
                break;
            default:
                expect({"create", "--bundle", bundle, id}, 0);
                expect({"start", id}, 0);
                expect({"delete", "--force", id}, 0);
            }
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < workers; ++i) threads.emplace_back(live, i);
    for (auto& thread : threads) thread.join();
    CHECK(failures == "");
}

TEST_CASE("robust: a davit that is killed at any moment leaves what delete can take", "[robust]") {
    int const rounds = suite().all ? 200 : 50;
    Words const verbs[] = {{"run"}, {"pause"}, {"resume"}, {"kill"}, {"delete", "--force"}};
    for (int round = 0; round < rounds; ++round) {
        Bundle bundle;
        bundle.inside({"sleep", "60"});
        Container container(bundle);
        auto line = verbs[round % std::size(verbs)];
        auto const before = Snapshot::take();
        if (line[0] == "run") {
            line.insert(line.end(), {"--detach", "--bundle", bundle.path()});
            bundle.write();
        } else {
            works(container.create());
            works(container.start());
            if (line[0] == "resume") works(Container::verb({"pause", container.id()}));
        }
        line.push_back(container.id());
        Command command(davit(line));
        ::usleep(static_cast<useconds_t>((round / 5) * (line[0] == "run" ? 1000 : 250)));
        command.signal(SIGKILL);
        (void)command.wait();
        INFO(line[0] << ", round " << round);
        works(container.remove_by_force());
        CHECK(appeared_since(before) == "");
    }
}
