// SPDX-License-Identifier: Apache-2.0
// test/host/notify.cc - NOTIFY_SOCKET: the container says that it is ready, davit passes it on.
//
// sd_notify(3).

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "catch.h"
#include "container.h"
#include "race.h"

using namespace host;

namespace {

/// Listens as systemd does.
class Manager {
  public:
    explicit Manager(std::string path) : path_(std::move(path)) {
        socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.data(), path_.size());
        if (path_[0] == '@') address.sun_path[0] = 0;
        auto const size = offsetof(sockaddr_un, sun_path) + path_.size();
        REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(size))
                == 0);
    }
    Manager(Manager const&) = delete;
    Manager& operator=(Manager const&) = delete;
    ~Manager() {
        ::close(socket_);
        if (path_[0] != '@') ::unlink(path_.c_str());
    }
    [[nodiscard]] CommandOptions env() const {
        CommandOptions how;
        how.env = {"NOTIFY_SOCKET=" + path_};
        return how;
    }
    /// The next datagram; "" if there is none in time. A fd that comes along is `barrier`.
    std::string receive(int timeout_ms = 5000) {
        pollfd ready = {socket_, POLLIN, 0};
        if (::poll(&ready, 1, timeout_ms) <= 0) return "";
        char text[4096], control[CMSG_SPACE(sizeof(int))];
        iovec data = {text, sizeof text};
        msghdr message = {};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        ssize_t const n = ::recvmsg(socket_, &message, MSG_CMSG_CLOEXEC);
        if (cmsghdr const* const header = CMSG_FIRSTHDR(&message))
            std::memcpy(&barrier, CMSG_DATA(header), sizeof barrier);
        return n > 0 ? std::string(text, static_cast<size_t>(n)) : "";
    }
    int barrier = -1;

  private:
    std::string path_;
    int socket_;
};

std::string ready(pid_t pid) { return "READY=1\nMAINPID=" + std::to_string(pid) + "\n"; }

/// Does `act` in the container's /run/notify, as a process with CAP_SYS_ADMIN could after making
/// that writable.
template <class Act>
pid_t attack(pid_t container, Act const& act) {
    auto const mounts = "/proc/" + std::to_string(container) + "/ns/mnt";
    pid_t const child = ::fork();
    if (child != 0) return child;
    int const fd = ::open(mounts.c_str(), O_RDONLY | O_CLOEXEC);
    if (::setns(fd, CLONE_NEWNS) != 0 || ::chdir("/run/notify") != 0) ::_exit(1);
    if (::mount(nullptr, ".", nullptr, MS_REMOUNT | MS_BIND, nullptr) != 0) ::_exit(2);
    act();
    ::_exit(0);
}

void write_protect(char const* name) {
    int const file = ::open(name, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
    int flags = FS_IMMUTABLE_FL;
    ::ioctl(file, FS_IOC_SETFLAGS, &flags); // tmpfs has it since Linux 6.6
    ::close(file);
}

/// Starts, while we are the manager.
Command starting(Container const& container, Manager const& manager) {
    return Command(davit({"start", container.id()}), manager.env());
}

} // namespace

TEST_CASE("notify: start passes READY on, and waits until it was read", "[notify]") {
    Bundle bundle;
    bundle.inside({"notify", "STATUS=coming", ";", "notify", "STATUS=here", "READY=1", "MAINPID=1",
                   ";", "env", ";", "sleep", "100"});
    bool const abstract = GENERATE(false, true);
    Manager manager(abstract ? "@" + unique_name() : bundle.path() + "/manager");
    Container container(bundle);
    auto const created = container.create({}, manager.env());
    INFO(created.err);
    REQUIRE(created.status == 0);
    auto const directory = suite().state_root + "/" + container.id() + "/notify";
    CHECK(exists(directory));
    CHECK_FALSE(exists(directory + "/notify.sock")); // davit doesn't listen yet
    auto start = starting(container, manager);
    CHECK(manager.receive() == ready(container.pid()));
    CHECK(manager.receive() == "BARRIER=1");
    REQUIRE(manager.barrier >= 0);
    nap(std::chrono::milliseconds(50));
    CHECK(start.running());
    ::close(manager.barrier);
    auto const outcome = start.wait();
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    CHECK(manager.receive(0).empty());
    CHECK(eventually([&] { return contains(container.out(), "HOME"); }));
    CHECK(contains(container.out(), "NOTIFY_SOCKET=/run/notify/notify.sock"));
    CHECK(container.remove_by_force().status == 0);
    CHECK_FALSE(exists(directory));
}

TEST_CASE("notify: run stays, so it is the one to watch", "[notify]") {
    Bundle bundle;
    bundle.inside(
        {"notify", "READY=1", ";", "sleep", "0.1", ";", "notify", "STOPPING=1", ";", "exit", "5"});
    Manager manager(bundle.path() + "/manager");
    Container container(bundle);
    auto run = container.run_command({}, manager.env());
    CHECK(manager.receive() == ready(run.pid()));
    CHECK(run.wait().status == 5);
    CHECK(manager.receive(0).empty());
}

TEST_CASE("notify: a detached run waits as start does", "[notify]") {
    Bundle bundle;
    bundle.inside({"sleep", "0.2", ";", "notify", "READY=1", ";", "sleep", "100"});
    Manager manager(bundle.path() + "/manager");
    Container container(bundle);
    auto run = container.run_command({"--detach"}, manager.env());
    auto const word = manager.receive();
    CHECK(word == ready(container.pid()));
    CHECK(manager.receive() == "BARRIER=1");
    CHECK(run.running());
    ::close(manager.barrier);
    CHECK(run.wait().status == 0);
    CHECK(container.status() == "running");
}

TEST_CASE("notify: start ends with a container that never says a word", "[notify]") {
    Bundle bundle;
    bundle.inside({"notify", "READY=0", ";", "sleep", "0.3"});
    Manager manager(bundle.path() + "/manager");
    Container container(bundle);
    REQUIRE(container.create({}, manager.env()).status == 0);
    auto start = starting(container, manager);
    nap(std::chrono::milliseconds(50));
    CHECK(start.running());
    CHECK(start.wait().status == 0);
    CHECK(manager.receive(0).empty());
}

TEST_CASE("notify: the last word of a container is heard", "[notify]") {
    Bundle bundle;
    bundle.inside({"notify", "READY=1"});
    Manager manager(bundle.path() + "/manager");
    Container container(bundle);
    REQUIRE(container.create({}, manager.env()).status == 0);
    auto start = starting(container, manager);
    CHECK(contains(manager.receive(), "READY=1"));
    CHECK(manager.receive() == "BARRIER=1");
    ::close(manager.barrier);
    CHECK(start.wait().status == 0);
}

TEST_CASE("notify: what a hostile container sends goes nowhere", "[notify][security]") {
    Bundle bundle;
    REQUIRE(::mkfifo(bundle.rootfs("/cue").c_str(), 0666) == 0);
    bundle.inside({"notify", "READY=1",   "size=5000", ";", // longer than any message
                   "notify", "xREADY=1",  ";",         "notify",    "READY=1x",    ";",
                   "notify", "READY=",    ";",         "notify",    "size=200000", ";",
                   "notify", "BARRIER=1", "fds=250",   ";",         "notify",      "FDSTORE=1",
                   "fds=1",  ";",         "notify",    "",          ";",           "notify",
                   "size=1", ";",         "notify",    "MAINPID=1", ";",           "cat",
                   "/cue",   ";",         "notify",    "READY=1",   "FDSTORE=1",   "fds=3",
                   ";",      "sleep",     "100"});
    Manager manager(bundle.path() + "/manager");
    Container container(bundle);
    REQUIRE(container.create({}, manager.env()).status == 0);
    auto start = starting(container, manager);
    CHECK(manager.receive(300).empty()); // none of them is the word
    REQUIRE(write_file(bundle.rootfs("/cue"), "now"));
    CHECK(manager.receive() == ready(container.pid()));
    CHECK(manager.barrier == -1);
    auto const fds = "/proc/" + std::to_string(start.pid()) + "/fd";
    int open = 0;
    for (int fd = 3; fd < 300; ++fd) open += exists(fds + "/" + std::to_string(fd));
    CHECK(open < 10);
    CHECK(manager.receive() == "BARRIER=1");
    ::close(manager.barrier);
    CHECK(start.wait().status == 0);
    CHECK(manager.receive(0).empty());
}

TEST_CASE("notify: the container can't change what it was given", "[notify][security]") {
    Bundle bundle;
    bundle.inside({"write", "/run/notify/file", "x", ";", "write", "/run/notify/notify.sock", "x",
                   ";", "mkdir", "/run/notify/directory", ";", "mounts"});
    Manager manager(bundle.path() + "/manager");
    auto const seen = report(bundle, {}, manager.env());
    for (auto const& write : seen.all("write")) CHECK(write.text("/errno") != "");
    CHECK(seen["mkdir"].text("/errno") == "EROFS");
    auto const mounts = seen["mounts"].dump();
    INFO(mounts);
    auto const at = mounts.find("/run/notify");
    REQUIRE(at != std::string::npos);
    CHECK(contains(mounts, "ro,nosuid,nodev,noexec"));
}

TEST_CASE("notify: a link of the image at its place is not followed", "[notify][security]") {
    Bundle bundle;
    bundle.directory("/elsewhere").link("/run", "/elsewhere");
    Manager manager(bundle.path() + "/manager");
    Container container(bundle);
    auto const created = container.create({}, manager.env());
    CHECK(created.status == 1);
    INFO(created.err);
    CHECK(contains(created.err, "/run/notify"));
    CHECK(contains(created.err, "for NOTIFY_SOCKET"));
    CHECK(container.status() == "");
}

TEST_CASE("notify: whatever a container puts there goes with it", "[notify][security]") {
    Bundle bundle;
    auto const prize = bundle.path() + "/prize";
    ::mkdir(prize.c_str(), 0755);
    write_file(prize + "/secret", "PRIZE");
    Manager manager(bundle.path() + "/manager");
    Container container(bundle);
    REQUIRE(container.create({}, manager.env()).status == 0);
    auto const directory = suite().state_root + "/" + container.id() + "/notify";
    pid_t const attacker = attack(container.pid(), [&] {
        (void)::symlink(prize.c_str(), "link");
        ::mkfifo("fifo", 0600);
        ::mkdir("notify.sock", 0700);
        (void)::symlink(prize.c_str(), "notify.sock/link");
        write_protect("protected");
        ::mkdir("0", 0700); // a name that davit may want to use
        for (int level = 0; level < 3000;
             ++level) { // deeper than a path can be, or than fds suffice
            ::mkdir("deep", 0700);
            if (::chdir("deep") != 0) ::_exit(3);
            write_protect("file");
            ::mkdir("beside", 0700);
        }
    });
    int status = -1;
    ::waitpid(attacker, &status, 0);
    REQUIRE(status == 0);
    REQUIRE(exists(directory + "/deep/deep/beside"));
    auto const removed = container.remove_by_force();
    INFO(removed.err);
    CHECK(removed.status == 0);
    CHECK_FALSE(exists(directory));
    CHECK(read_file(prize + "/secret") == "PRIZE");
}

TEST_CASE("notify: a link in the socket's place gives nobody a file of the host",
          "[notify][security][race]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    auto const prize = bundle.path() + "/prize";
    write_file(prize, "PRIZE");
    REQUIRE(::chmod(prize.c_str(), 0600) == 0);
    Manager manager(bundle.path() + "/manager");
    for (Race race(suite().all ? 200 : 30); race.goes_on();) {
        Container container(bundle);
        REQUIRE(container.create({}, manager.env()).status == 0);
        pid_t const attacker = attack(container.pid(), [&] {
            (void)::symlink(prize.c_str(), "swap");
            for (;;)
                ::syscall(SYS_renameat2, AT_FDCWD, "swap", AT_FDCWD, "notify.sock", 2 /*EXCHANGE*/);
        });
        auto start = starting(container, manager);
        // Either it waits for the container's word, or it says why it doesn't.
        CHECK(eventually([&] { return container.status() == "running"; }));
        struct stat st{};
        REQUIRE(::stat(prize.c_str(), &st) == 0);
        CHECK((st.st_mode & 07777) == 0600);
        ::kill(attacker, SIGKILL);
        ::waitpid(attacker, nullptr, 0);
        CHECK(container.remove_by_force().status == 0);
        CHECK(start.wait().status == 0);
    }
    CHECK(read_file(prize) == "PRIZE");
}

TEST_CASE("notify: nobody listens for a container that runs already", "[notify][security]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    Manager manager(bundle.path() + "/manager");
    Container container(bundle);
    REQUIRE(container.create({}, manager.env()).status == 0);
    REQUIRE(container.start().status == 0);
    auto const again = starting(container, manager).wait();
    CHECK(again.status == 1);
    CHECK(contains(again.err, "cannot start an already running container"));
    CHECK_FALSE(exists(suite().state_root + "/" + container.id() + "/notify/notify.sock"));
}

TEST_CASE("notify: in a user namespace", "[notify][users]") {
    Bundle bundle;
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    bundle.set("/linux/uidMappings", R"([{"containerID":0,"hostID":100000,"size":1000}])");
    bundle.set("/linux/gidMappings", R"([{"containerID":0,"hostID":100000,"size":1000}])");
    REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
    bundle.inside({"notify", "READY=1", ";", "sleep", "100"});
    Manager manager(bundle.path() + "/manager");
    Container container(bundle);
    auto const created = container.create({}, manager.env());
    INFO(created.err);
    REQUIRE(created.status == 0);
    auto start = starting(container, manager);
    CHECK(manager.receive() == ready(container.pid()));
    CHECK(manager.receive() == "BARRIER=1");
    ::close(manager.barrier);
    CHECK(start.wait().status == 0);
}

TEST_CASE("notify: who doesn't want to know, or isn't there, keeps nobody waiting", "[notify]") {
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    Manager manager(bundle.path() + "/manager");
    CommandOptions gone;
    gone.env = {"NOTIFY_SOCKET=" + bundle.path() + "/gone"};
    {
        Container container(bundle); // made without, started with
        REQUIRE(container.create().status == 0);
        auto const started = host::run(davit({"start", container.id()}), manager.env());
        CHECK(started.status == 0);
        CHECK(contains(started.err, "created without NOTIFY_SOCKET"));
    }
    {
        Container container(bundle); // made with, started without
        REQUIRE(container.create({}, manager.env()).status == 0);
        CHECK(container.start().status == 0);
    }
    Container container(bundle); // the manager went away
    REQUIRE(container.create({}, gone).status == 0);
    auto const started = host::run(davit({"start", container.id()}), gone);
    CHECK(started.status == 0);
    CHECK(contains(started.err, "connect to NOTIFY_SOCKET"));
}

TEST_CASE("notify: explain shows the mount and the variable", "[notify]") {
    Bundle bundle;
    bundle.write();
    CommandOptions how;
    how.env = {"NOTIFY_SOCKET=/anywhere", "LISTEN_FDS=2"};
    auto const plan = host::run(davit({"explain", bundle.path()}), how);
    INFO(plan.out);
    CHECK(contains(plan.out, "mount \"/run/notify\": \"" + suite().state_root
                                 + "/ID/notify\" ro nosuid nodev noexec\n"));
    CHECK(contains(plan.out, "env \"NOTIFY_SOCKET=/run/notify/notify.sock\"\n"));
    CHECK(contains(plan.out, "env \"LISTEN_FDS=2\"\n"));
    CHECK(contains(plan.out, "keeps fds 3 to 4\n"));
}
