// SPDX-License-Identifier: Apache-2.0
// test/host/exec_security.cc - exec into hostile containers, and into containers that are ending.

#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <filesystem>

#include "box.h"

using namespace host;

namespace {

/// The container's root looks for davit's processes while execs run.
void spied(Bundle& bundle) {
    bundle.inside({"spy", "2"});
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    REQUIRE(container.start().status == 0);
    REQUIRE(eventually([&] { return contains(container.out(), "ready"); }));
    while (container.status() == "running") {
        auto const ran = run(davit({"exec", container.id(), "/inside", "echo", "x"}));
        if (ran.status != 0) break; // it has ended meanwhile
    }
    REQUIRE(container.wait_stopped());
    auto const found = Report(container.out())["spied"];
    INFO(found.dump());
    for (auto const* what : {"/exe", "/fds", "/root", "/memory", "/traced"})
        CHECK(found.number(what) == 0);
    CHECK(found.number("/seen") > 0); // else there was nothing to look into
}

/// A group below the container's that freezes each process moved into it: so an exec is held
/// half-way.
class Frozen {
  public:
    explicit Frozen(Bundle const& bundle)
        : v1_(exists(cgroup_directory("freezer", bundle.cgroup()))),
          path_(cgroup_directory(v1_ ? "freezer" : "", bundle.cgroup()) + "/below") {
        REQUIRE(::mkdir(path_.c_str(), 0755) == 0);
        REQUIRE(set(true));
    }
    Frozen(Frozen const&) = delete;
    Frozen& operator=(Frozen const&) = delete;
    ~Frozen() {
        thaw();
        eventually([&] { return ::rmdir(path_.c_str()) == 0; });
    }
    void thaw() const { CHECK(set(false)); }
    [[nodiscard]] Words options() const {
        return {"--user", "0", "--cgroup", v1_ ? "freezer:below" : "below"};
    }
    [[nodiscard]] bool holds_somebody() const {
        return eventually([&] { return !read_file(path_ + "/cgroup.procs").empty(); });
    }

  private:
    [[nodiscard]] bool set(bool frozen) const {
        if (v1_) return write_file(path_ + "/freezer.state", frozen ? "FROZEN" : "THAWED");
        return write_file(path_ + "/cgroup.freeze", frozen ? "1" : "0");
    }
    bool v1_;
    std::string path_;
};

} // namespace

TEST_CASE("exec: not as root into mounts that a user of the container has made meanwhile",
          "[exec][security]") {
    if (skip_unless(suite().cgroups != Cgroups::none, "no cgroups to be frozen here")) return;
    Bundle bundle;
    REQUIRE(::mkfifo(bundle.rootfs("/cue").c_str(), 0666) == 0);
    bundle.set("/process/user/uid", "1000").remove("/process/capabilities");
    bundle.inside({"cat", "/cue", ";", "call", std::to_string(SYS_unshare),
                   std::to_string(CLONE_NEWUSER | CLONE_NEWNS), ";", "sleep", "1000"});
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    REQUIRE(container.start().status == 0);
    Frozen const frozen(bundle);
    auto words = frozen.options();
    words.insert(words.begin(), "exec");
    for (auto const* word : {container.id().c_str(), "/inside", "echo", "as root"})
        words.emplace_back(word);
    Command held(davit(words));
    REQUIRE(frozen.holds_somebody());
    // davit has looked at the namespaces, and waits.
    REQUIRE(eventually([&] {
        return read_file("/proc/" + std::to_string(held.pid()) + "/syscall")
            .starts_with(std::to_string(SYS_ppoll) + " ");
    }));
    REQUIRE(write_file(bundle.rootfs("/cue"), "now"));
    auto const users = "/proc/" + std::to_string(container.pid()) + "/ns/user";
    REQUIRE(eventually([&] {
        return std::filesystem::read_symlink(users)
               != std::filesystem::read_symlink("/proc/self/ns/user");
    }));
    frozen.thaw();
    auto const ran = held.wait();
    INFO(ran.err);
    CHECK(ran.status == 255);
    CHECK(ran.out == "");
    CHECK(contains(ran.err, "changed its namespaces meanwhile"));
}

TEST_CASE("exec: one that is held up doesn't keep the container from its start",
          "[exec][security]") {
    if (skip_unless(suite().cgroups != Cgroups::none, "no cgroups to be frozen here")) return;
    Bundle bundle;
    Box const box(bundle, false);
    Frozen const frozen(bundle);
    Command held(box.exec_words(frozen.options(), {"echo", "late"}));
    REQUIRE(frozen.holds_somebody());
    auto const started = box.start();
    INFO(started.err);
    CHECK_FALSE(started.timed_out);
    CHECK(started.status == 0);
    frozen.thaw();
    CHECK(held.wait().out == "late\n");
}

// The test kills a paused container while exec's init is frozen between clone and its first
// message. exec must reap its dead second process, since process 1 ends only after that.
TEST_CASE("exec: frozen on its way, it ends with a container that isn't gone yet",
          "[exec][robust]") {
    if (skip_unless(suite().cgroups != Cgroups::none, "no cgroups to be frozen here")) return;
    Bundle bundle;
    Box const box(bundle);
    auto const joined = "/proc/" + std::to_string(box.pid()) + "/ns/pid";
    pid_t const parent = ::fork(); // of a process in the pid namespace; it never reaps that
    if (parent == 0) {
        int const fd = ::open(joined.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0 || ::setns(fd, CLONE_NEWPID) != 0 || ::fork() < 0) ::_exit(1);
        for (;;) ::pause();
    }
    Frozen const frozen(bundle);
    Command held(box.exec_words(frozen.options(), {"echo", "never"}));
    REQUIRE(frozen.holds_somebody());
    auto const pid = box.pid();
    REQUIRE(::kill(pid, SIGKILL) == 0);
    auto const ran = held.wait();
    INFO(ran.err);
    CHECK_FALSE(ran.timed_out);
    CHECK(ran.status == 255);
    CHECK(ran.out == "");
    CHECK(contains(ran.err, "cannot exec in a stopped container"));
    CHECK(::kill(pid, 0) == 0); // it still exists: exec didn't wait for it
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
}

TEST_CASE("exec: frozen on its way, it ends with the container", "[exec][robust]") {
    if (skip_unless(suite().cgroups != Cgroups::none, "no cgroups to be frozen here")) return;
    Bundle bundle;
    Box const box(bundle);
    Frozen const frozen(bundle);
    Command held(box.exec_words(frozen.options(), {"echo", "never"}));
    REQUIRE(frozen.holds_somebody());
    REQUIRE(::kill(box.pid(), SIGKILL) == 0);
    auto const ran = held.wait();
    INFO(ran.err);
    CHECK_FALSE(ran.timed_out);
    CHECK(ran.status == 255);
    CHECK(ran.out == "");
    CHECK(contains(ran.err, "cannot exec in a stopped container"));
}

// If root.path is ".", the container can write to the bundle.
TEST_CASE("exec: what create has read counts, whatever the bundle says now", "[exec][security]") {
    Bundle bundle;
    bundle.set("/process/env/-", "\"OF=create\"");
    Box const box(bundle);
    auto const look = [&] { return box.look({"caps", ";", "env", ";", "ids", ";", "flags"}); };
    auto const before = look();
    bundle.set("/process/capabilities",
               R"({"bounding":["CAP_SYS_ADMIN"],"effective":["CAP_SYS_ADMIN"],
        "permitted":["CAP_SYS_ADMIN"]})");
    bundle.set("/process/noNewPrivileges", "false").set("/process/user/uid", "7");
    bundle.set("/process/env/-", "\"OF=bundle\"").write();
    auto const same = [&] {
        auto const now = look();
        for (auto const* verb : {"caps", "env", "flags"})
            CHECK(now[verb].dump() == before[verb].dump());
        CHECK(now["ids"].dump("/uid") == "[0,0,0]");
    };
    same();
    REQUIRE(::unlink((bundle.path() + "/config.json").c_str()) == 0);
    same();
}

TEST_CASE("exec: davit can't be looked into by the container's root", "[exec][security]") {
    Bundle bundle;
    spied(bundle);
}

TEST_CASE("exec: nor by one of a user namespace who may trace", "[exec][security]") {
    Bundle bundle; // CVE-2016-9962
    REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
    constexpr auto maps = R"([{"containerID":0,"hostID":100000,"size":65536}])";
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    bundle.set("/linux/uidMappings", maps).set("/linux/gidMappings", maps);
    for (auto const* set : {"bounding", "effective", "permitted"})
        bundle.set(
            std::string("/process/capabilities/") + set,
            R"(["CAP_SYS_PTRACE","CAP_SYS_ADMIN","CAP_DAC_OVERRIDE","CAP_DAC_READ_SEARCH"])");
    spied(bundle);
}

TEST_CASE("exec: a working directory that leads out", "[exec][security]") { // CVE-2024-21626
    Bundle bundle;
    write_file(bundle.path() + "/secret", "PRIZE");
    bundle.link("/up", "../../../../../../../../../../").link("/self", "/proc/self/cwd");
    Box const box(bundle);
    CHECK(box.exec({"--cwd", "/up"}, {"cwd"}).out == "{\"cwd\":\"/\"}\n");
    for (int fd = 3; fd < 20; ++fd) {
        auto const ran =
            box.exec({"--cwd", "/proc/self/fd/" + std::to_string(fd)}, {"cwd", ";", "ls", "."});
        INFO(fd << ": " << ran.out << ran.err);
        CHECK(ran.status == 255);
    }
    CHECK(box.exec({"--cwd", "/self"}, {"cwd"}).status == 255);
    CHECK(box.exec({"--cwd", "/proc/1/root"}, {"cwd"}).status == 255);
}

TEST_CASE("exec: an image's /etc/passwd and /dev/pts of any sort", "[exec][security]") {
    Bundle bundle;
    bundle.directory("/etc").directory("/dev").set("/root/readonly", "false");
    ::mkfifo(bundle.rootfs("/etc/passwd").c_str(), 0666);
    Box const box(bundle);
    CHECK(contains(box.exec({}, {"env"}).out, "HOME=/\""));
    // The container controls what is mounted at /proc: davit neither writes there nor believes it.
    Bundle without;
    for (size_t i = without.config().size("/mounts"); i-- > 0;) {
        auto const at = "/mounts/" + std::to_string(i);
        auto const place = without.config().text(at + "/destination");
        if (place.starts_with("/dev/") || place == "/proc") without.remove(at);
    }
    without.remove("/linux/maskedPaths").remove("/linux/readonlyPaths");
    without.directory("/proc/self/attr").file("/proc/thread-self/attr/exec", "");
    Box const bare(without);
    CHECK(bare.exec({}, {"echo", "x"}).out == "x\n");
    auto const terminal = bare.exec({"-t"}, {"tty"});
    CHECK(terminal.status == 255);
    CHECK(contains(terminal.err, "/dev/pts/ptmx"));
    CHECK(read_file(without.rootfs("/proc/thread-self/attr/exec")) == "");
}

TEST_CASE("exec: a keyring of the container's name isn't joined", "[exec][security]") {
    // Another container's process could do this, if its root has the same uid.
    auto const id = unique_name();
    auto const planted = ::syscall(SYS_add_key, "keyring", ("_ses." + id).c_str(), nullptr, 0,
                                   KEY_SPEC_PROCESS_KEYRING);
    if (skip_unless(planted > 0, "no keys here")) return;
    REQUIRE(::syscall(SYS_keyctl, KEYCTL_SETPERM, planted, 0x3f3f3f3f) == 0);
    Bundle bundle;
    Box const box(bundle, true, id);
    auto const keyring = box.look({"keyring"})["keyring"];
    CHECK(keyring.number("/id") > 0);
    CHECK(keyring.number("/id") != static_cast<double>(planted));
    CHECK(contains(keyring.text("/description"), ";_ses"));
    ::syscall(SYS_keyctl, KEYCTL_REVOKE, planted);
}

TEST_CASE("exec: two hundred at once leave nothing", "[exec][races]") {
    Bundle bundle;
    Box const box(bundle);
    auto const before = Snapshot::take();
    std::deque<Command> commands;
    for (int i = 0; i < 200; ++i) {
        CommandOptions how;
        how.timeout = std::chrono::seconds(60);
        commands.emplace_back(box.exec_words({}, {"echo", std::to_string(i)}), how);
    }
    for (int i = 0; i < 200; ++i) {
        auto const ran = commands[static_cast<size_t>(i)].wait();
        INFO(ran.err);
        CHECK(ran.status == 0);
        CHECK(ran.out == std::to_string(i) + "\n");
    }
    CHECK(appeared_since(before) == "");
}

TEST_CASE("exec: while the container is killed and deleted", "[exec][races]") {
    for (auto const* pid_namespace : {"own", "shared"}) {
        INFO(pid_namespace);
        for (int delay = 0; delay < 10; ++delay) {
            Bundle bundle;
            if (std::string(pid_namespace) == "shared") bundle.share_namespace("pid");
            Box const box(bundle);
            std::deque<Command> commands;
            for (int i = 0; i < 5; ++i)
                commands.emplace_back(box.exec_words({}, {"sleep", "1000"}));
            nap(std::chrono::milliseconds(delay * 3));
            auto const removed = box.remove_by_force();
            INFO(removed.err);
            CHECK(removed.status == 0);
            for (auto& command : commands) {
                auto const ran = command.wait();
                INFO(ran.status << " " << ran.err);
                CHECK_FALSE(ran.timed_out);
                CHECK((ran.status == 128 + SIGKILL || ran.status == 255));
            }
        } // the bundle's end: nothing is left
    }
}

TEST_CASE("exec: davit is killed at any time", "[exec][races]") {
    Bundle bundle;
    Box const box(bundle);
    for (int delay = 0; delay < 12; ++delay) {
        auto const before = Snapshot::take();
        {
            Command command(box.exec_words({"--detach"}, {"echo", "x"}));
            ::usleep(static_cast<useconds_t>(delay) * 700);
        } // SIGKILL
        CHECK(appeared_since(before) == "");
    }
    CHECK(box.status() == "running");
}
