// SPDX-License-Identifier: Apache-2.0
// test/host/rootless.cc - containers of a user without any privilege.
//
// [user_namespaces(7), subuid(5), cgroups(7), the XDG base directories' specification]

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

constexpr unsigned uid = 54321;
constexpr auto setpriv = "/usr/bin/setpriv";

void give(std::string const& path) {
    std::error_code error;
    REQUIRE(::lchown(path.c_str(), uid, uid) == 0);
    for (auto const& entry : std::filesystem::recursive_directory_iterator(path, error))
        if (entry.is_directory(error)) (void)::lchown(entry.path().c_str(), uid, uid);
}

/// A file of /etc, for the suite's mount namespace, as long as this lives.
class Etc {
  public:
    Etc(std::string name, std::string const& line) : path_("/etc/" + std::move(name)) {
        auto const copy = suite().temp + "/user-etc";
        REQUIRE(write_file(copy, read_file(path_) + "\n" + line + "\n"));
        made_ = !exists(path_) && write_file(path_, "");
        REQUIRE(::mount(copy.c_str(), path_.c_str(), nullptr, MS_BIND, nullptr) == 0);
        ::unlink(copy.c_str());
    }
    Etc(Etc const&) = delete;
    Etc& operator=(Etc const&) = delete;
    ~Etc() {
        ::umount2(path_.c_str(), MNT_DETACH);
        if (made_) ::unlink(path_.c_str());
    }

  private:
    std::string path_;
    bool made_ = false;
};

/// A bundle of an ordinary user, as `spec --rootless` writes it.
class UserBundle : public Bundle {
  public:
    UserBundle() : runtime_(path() + "/runtime") {
        std::filesystem::create_directory(runtime_);
        ::chmod(runtime_.c_str(), 0700);
        give(path());
        auto const made = davit({"spec", "--rootless", "--bundle", path()});
        INFO(made.err);
        REQUIRE(made.status == 0);
        config() = Json(read_file(path() + "/config.json"));
        set("/process/terminal", "false");
        inside({"ids"});
    }

    /// The outcome for a user who enters `words` after the runtime's name.
    [[nodiscard]] Outcome davit(Words const& words, Words const& within = {}) const {
        return as(uid, words, within);
    }
    [[nodiscard]] Outcome as(unsigned who, Words const& words, Words const& within = {}) const {
        auto const id = std::to_string(who);
        // With a group that its container can't drop.
        Words all = {setpriv, "--reuid", id, "--regid", id, "--groups", id + ",12345"};
        all.insert(all.end(), within.begin(), within.end());
        all.push_back(suite().runtime);
        all.insert(all.end(), words.begin(), words.end());
        return host::run(all, {.env = {"XDG_RUNTIME_DIR=" + runtime_, "USER=somebody"}});
    }
    Outcome run(Words const& within = {}) const { return run_with({}, within); }
    Outcome run_with(Words globals, Words const& within = {}) const {
        write();
        for (auto const* word : {"run", "--bundle"}) globals.emplace_back(word);
        globals.push_back(path());
        globals.emplace_back("box");
        return davit(globals, within);
    }
    void refused(std::string const& story) const {
        auto const ran = run();
        INFO(ran.err);
        CHECK(ran.status != 0);
        CHECK(contains(ran.err, story));
        CHECK(davit({"list", "--quiet"}).out.empty());
    }
    UserBundle& map(unsigned first, unsigned count) {
        auto const maps = R"([{"containerID":0,"hostID":)" + std::to_string(uid)
                          + R"(,"size":1},{"containerID":1,"hostID":)" + std::to_string(first)
                          + R"(,"size":)" + std::to_string(count) + "}]";
        set("/linux/uidMappings", maps).set("/linux/gidMappings", maps);
        return *this;
    }
    [[nodiscard]] std::string const& runtime() const { return runtime_; }

  private:
    std::string runtime_;
};

bool cannot() { return skip_unless(suite().is_davit && exists(setpriv), "needs setpriv"); }

void works(Outcome const& outcome) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 0);
}

} // namespace

TEST_CASE("rootless: the life of a container", "[rootless]") {
    if (cannot()) return;
    UserBundle bundle;
    bundle.inside({"sleep", "60"});
    bundle.write();
    auto const created = bundle.davit({"create", "--bundle", bundle.path(), "box"});
    works(created);
    REQUIRE(created.status == 0);
    struct stat root{};
    REQUIRE(::stat((bundle.runtime() + "/davit").c_str(), &root) == 0);
    CHECK((root.st_mode & 07777) == 01700); // sticky: no cleaner removes it
    CHECK(root.st_uid == uid);
    works(bundle.davit({"start", "box"}));
    CHECK(contains(bundle.davit({"state", "box"}).out, "\"running\""));
    CHECK(contains(bundle.davit({"ps", "--format", "json", "box"}).out, "["));
    works(bundle.davit({"events", "--stats", "box"}));
    auto const added = bundle.davit({"exec", "box", "/inside", "ids"});
    works(added);
    CHECK(Report(added.out)["ids"].number("/uid/0") == 0);
    // No other user may see it.
    CHECK(bundle.as(uid + 1, {"state", "box"}).status != 0);
    CHECK(bundle.as(uid + 1, {"kill", "box", "KILL"}).status != 0);
    CHECK(bundle.as(uid + 1, {"delete", "--force", "box"}).status != 0);
    CHECK(contains(bundle.davit({"state", "box"}).out, "\"running\""));
    if (suite().cgroups != Cgroups::none) {
        auto const updated = bundle.davit({"update", "--pids-limit", "5", "box"});
        CHECK(updated.status != 0);
        INFO(updated.err);
        CHECK(contains(updated.err, "--pids-limit: the container has no cgroup"));
        CHECK(contains(bundle.davit({"pause", "box"}).err, "no cgroup that can be frozen"));
    }
    works(bundle.davit({"kill", "box", "KILL"}));
    CHECK(eventually([&] { return contains(bundle.davit({"state", "box"}).out, "\"stopped\""); }));
    works(bundle.davit({"delete", "box"}));
}

TEST_CASE("rootless: the own id without anybody's help", "[rootless]") {
    if (cannot()) return;
    UserBundle bundle;
    bundle.inside({"ids", ";", "cat", "/proc/self/uid_map", ";", "cat", "/proc/self/setgroups"});
    auto const ran = bundle.run();
    works(ran);
    CHECK(Report(ran.out)["ids"].number("/gid/0") == 0);
    CHECK(contains(ran.out, " " + std::to_string(uid) + "          1\n"));
    CHECK(contains(ran.out, "deny\n"));
    bundle.set("/process/user", R"({"uid":0,"gid":0,"additionalGids":[0]})");
    bundle.refused("/process/user/additionalGids");
    bundle.set("/process/user", R"({"uid":5,"gid":0})");
    bundle.refused("become user 5 (is it in /linux/uidMappings?)");
}

TEST_CASE("rootless: groups of the host's root never enter a user's container",
          "[rootless][security]") {
    if (cannot()) return;
    UserBundle bundle;
    bundle.inside({"sleep", "60"}).write();
    works(bundle.davit({"run", "--detach", "--bundle", bundle.path(), "box"}));
    auto const pid = Json(bundle.davit({"state", "box"}).out).number("/pid");
    Bundle roots;
    roots.join_namespace("user", "/proc/" + std::to_string(static_cast<int>(pid)) + "/ns/user");
    roots.inside({"ids"});
    roots.set("/mounts", bundle.config().dump("/mounts")).remove("/linux/maskedPaths").write();
    give(roots.path());
    auto const ran = host::run({setpriv, "--groups", "12345", suite().runtime, "--root",
                                suite().state_root, "run", "--bundle", roots.path(), "roots"});
    INFO(ran.out << ran.err);
    CHECK(ran.status != 0);
    CHECK(contains(ran.err, "set the additional groups"));
    // If another user could change a state, root refuses it.
    CHECK(host::run({suite().runtime, "--root", bundle.runtime() + "/davit", "state", "box"}).status
          != 0);
    works(bundle.davit({"delete", "--force", "box"}));
}

TEST_CASE("rootless: ranges that were granted", "[rootless]") {
    if (cannot() || skip_unless(exists("/usr/bin/newuidmap"), "needs newuidmap")) return;
    auto const id = std::to_string(uid);
    Etc const user("passwd", "somebody:x:" + id + ":" + id + ":::"),
        group("group", "somebody:x:" + id + ":"), uids("subuid", "somebody:700000:1000"),
        gids("subgid", "somebody:700000:1000");
    UserBundle bundle;
    bundle.map(700000, 1000).inside({"ids"});
    bundle.set("/process/user", R"({"uid":7,"gid":8,"additionalGids":[9]})");
    auto const ran = bundle.run();
    works(ran);
    CHECK(Report(ran.out)["ids"].number("/uid/0") == 7);
    CHECK(Report(ran.out)["ids"].dump("/groups") == "[9]");
    bundle.map(800000, 1000).refused("does /etc/subuid grant these ids to user " + id);
    bundle.map(0, 1).refused("/etc/subuid");
}

TEST_CASE("rootless: limits that can't be had are refused by name", "[rootless]") {
    if (cannot()) return;
    {
        UserBundle bundle;
        bundle.set("/linux/resources", R"({"pids":{"limit":100}})");
        bundle.refused("config.json: /linux/resources/pids/limit: ");
    }
    if (suite().cgroups != Cgroups::none) {
        UserBundle bundle;
        bundle.set("/linux/cgroupsPath", "\"/davit-test-not-ours\"");
        bundle.refused("config.json: /linux/cgroupsPath: make cgroup ");
        bundle.remove("/linux/cgroupsPath");
        CHECK(contains(bundle.run_with({"--rootless=false"}).err, "make cgroup "));
        works(bundle.run_with({"--rootless=true"}));
    }
    {
        UserBundle bundle;
        bundle.set("/process/oomScoreAdj", "-900");
        bundle.refused("config.json: /process/oomScoreAdj: ");
        bundle.set("/process/oomScoreAdj", "500").inside({"flags"});
        auto const ran = bundle.run();
        works(ran);
        CHECK(Report(ran.out)["flags"].number("/oom_score_adj") == 500);
    }
    UserBundle bundle;
    bundle.set("/process/rlimits", R"([{"type":"RLIMIT_NOFILE","soft":9999999,"hard":9999999}])");
    bundle.refused("config.json: /process/rlimits/0 ");
}

TEST_CASE("rootless: a sysctl that forbids user namespaces is named", "[rootless]") {
    // A limit of the test's own user namespace: the host's stays as it is.
    if (cannot() || skip_unless(exists("/usr/bin/unshare"), "needs unshare")) return;
    UserBundle bundle;
    bundle.write();
    auto const ran =
        bundle.davit({"run", "--bundle", bundle.path(), "box"},
                     {"/usr/bin/unshare", "-r", "/bin/sh", "-c",
                      "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$0\" \"$@\""});
    CHECK(ran.status != 0);
    INFO(ran.err);
    CHECK(contains(ran.err, "the sysctl user.max_user_namespaces is 0"));
}

TEST_CASE("rootless: root of a user namespace", "[rootless]") {
    if (cannot() || skip_unless(exists("/usr/bin/unshare"), "needs unshare")) return;
    Words const inside = {"/usr/bin/unshare", "-r"};
    {
        UserBundle bundle; // in one below
        bundle.set("/linux/uidMappings/0/hostID", "0").set("/linux/gidMappings/0/hostID", "0");
        works(bundle.run(inside));
    }
    UserBundle bundle; // and in that itself
    bundle.share_namespace("user").remove("/linux/uidMappings").remove("/linux/gidMappings");
    bundle.inside({"dev"});
    auto const ran = bundle.run(inside);
    works(ran);
    CHECK(contains(ran.out, "null"));
}

TEST_CASE("rootless: a delegated cgroup", "[rootless][cgroup]") {
    if (cannot() || skip_unless(suite().cgroups == Cgroups::unified, "no pure cgroup v2 here"))
        return;
    auto const top = "/sys/fs/cgroup/" + unique_name(), own = top + "/own";
    std::filesystem::create_directories(own);
    for (std::string const& group : {top, own})
        for (auto const* file : {"", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"})
            REQUIRE(::chown((group + file).c_str(), uid, uid) == 0);
    auto const enter = [&](std::string const& group) -> Words {
        // root moves it, before it becomes another user: root owns the group.
        return {"/bin/sh", "-c", "echo $$ > " + group + "/cgroup.procs && exec \"$@\"", "sh"};
    };
    {
        UserBundle bundle;
        bundle.inside({"sleep", "60"}).write();
        auto const command = [&](Words const& words) {
            auto all = enter(own);
            for (auto const& word :
                 {std::string(setpriv), std::string("--reuid"), std::to_string(uid),
                  std::string("--regid"), std::to_string(uid), std::string("--clear-groups"),
                  suite().runtime})
                all.push_back(word);
            all.insert(all.end(), words.begin(), words.end());
            return host::run(all, {.env = {"XDG_RUNTIME_DIR=" + bundle.runtime()}});
        };
        works(command({"run", "--detach", "--bundle", bundle.path(), "box"}));
        CHECK(exists(top + "/box/cgroup.procs"));
        works(command({"pause", "box"}));
        CHECK(contains(command({"state", "box"}).out, "\"paused\""));
        works(command({"resume", "box"}));
        works(command({"exec", "box", "/inside", "ids"}));
        works(command({"kill", "--all", "box", "KILL"}));
        works(command({"delete", "--force", "box"}));
        CHECK_FALSE(exists(top + "/box"));
    }
    CHECK(eventually([&] { return ::rmdir(own.c_str()) == 0; }));
    CHECK(::rmdir(top.c_str()) == 0);
}
