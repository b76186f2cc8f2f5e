// SPDX-License-Identifier: Apache-2.0
// test/host/stuck.cc - a container with a process that neither stops nor dies: it waits for a file
// server that has taken its request and never answers (fuse(4)). And a process that its parent
// never reaps.

#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

/// A file system with nothing but a root directory. A process that looks up a name in it waits for
/// ever.
class SilentServer {
  public:
    explicit SilentServer(std::string path) : path_(std::move(path)) {
        fd_ = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
        if (fd_ < 0) return;
        ::mkdir(path_.c_str(), 0755);
        auto const options =
            "fd=" + std::to_string(fd_) + ",rootmode=40000,user_id=0,group_id=0,allow_other";
        mounted_ = ::mount("silent", path_.c_str(), "fuse", 0, options.c_str()) == 0;
        if (mounted_) thread_ = std::thread([this] { serve(); });
    }
    SilentServer(SilentServer const&) = delete;
    SilentServer& operator=(SilentServer const&) = delete;
    ~SilentServer() {
        die();
        if (fd_ >= 0) ::close(fd_);
    }

    [[nodiscard]] bool mounted() const { return mounted_; }

    /// All processes that wait get an error.
    void die() {
        if (!mounted_) return;
        mounted_ = false;
        ::umount2(path_.c_str(), MNT_FORCE); // ends the connection
        thread_.join();
        ::umount2(path_.c_str(), MNT_DETACH);
        ::rmdir(path_.c_str());
    }

  private:
    template <class Answer>
    void answer(fuse_in_header const& to, Answer const& body) const {
        struct {
            fuse_out_header header;
            Answer body;
        } const all{{sizeof all.header + sizeof body, 0, to.unique}, body};
        (void)!::write(fd_, &all, sizeof all.header + sizeof body);
    }
    void serve() const {
        alignas(8) char buffer[1 << 17];
        for (ssize_t n; (n = ::read(fd_, buffer, sizeof buffer)) > 0 || errno == EINTR;) {
            fuse_in_header request;
            std::memcpy(&request, buffer, sizeof request);
            if (request.opcode == FUSE_INIT) {
                fuse_init_out init{};
                init.major = FUSE_KERNEL_VERSION;
                init.minor = FUSE_KERNEL_MINOR_VERSION;
                init.max_write = 4096;
                answer(request, init);
            } else if (request.opcode == FUSE_GETATTR) {
                fuse_attr_out out{};
                out.attr_valid = 3600;
                out.attr.ino = 1;
                out.attr.mode = S_IFDIR | 0755;
                out.attr.nlink = 2;
                answer(request, out);
            } else if (request.opcode != FUSE_LOOKUP && request.opcode != FUSE_INTERRUPT) {
                fuse_out_header const no{sizeof no, -ENOSYS, request.unique};
                (void)!::write(fd_, &no, sizeof no);
            }
        }
    }

    std::string path_;
    int fd_ = -1;
    bool mounted_ = false;
    std::thread thread_;
};

} // namespace

TEST_CASE("stuck: a process that can't be stopped or killed is named, in time", "[robust][pause]") {
    SilentServer server(suite().temp + "/bundle-silent");
    if (skip_unless(server.mounted(), "no FUSE here")
        || skip_unless(suite().is_davit, "davit's own words")
        || skip_unless(suite().cgroups != Cgroups::none, "no cgroups here"))
        return;
    Bundle bundle;
    bundle.directory("/silent").mount("/silent", "bind", suite().temp + "/bundle-silent", {"bind"});
    bundle.inside({"echo", "looking", ";", "open", "/silent/file", ";", "sleep", "60"});
    Container container(bundle);
    auto const created = container.create();
    INFO(created.err);
    REQUIRE(created.status == 0);
    REQUIRE(container.start().status == 0);
    REQUIRE(eventually([&] { return contains(container.out(), "looking"); }));
    nap(std::chrono::milliseconds(300));
    auto const pid = std::to_string(container.pid());

    auto const begin = std::chrono::steady_clock::now();
    auto const paused = Container::verb({"pause", container.id()});
    INFO("pause: " << paused.err);
    CHECK(paused.status == 1);
    CHECK(contains(paused.err, "process " + pid + " ("));
    CHECK(contains(paused.err, ") in state D"));
    CHECK(contains(paused.err, "all of them run again"));
    CHECK(container.status() == "running");

    CHECK(container.kill("KILL").status == 0);
    CHECK(container.status() == "running"); // it does run
    auto const removed = container.remove_by_force();
    INFO("delete: " << removed.err);
    CHECK(removed.status == 1);
    CHECK(contains(removed.err, "container init still running: process " + pid));
    CHECK(contains(removed.err, "in state D"));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30) * suite().patience);
    CHECK(Container::verb({"ps", "--format", "json", container.id()}).out == "[" + pid + "]\n");

    server.die();
    CHECK(container.wait_stopped());
    CHECK(container.remove_by_force().status == 0);
}

TEST_CASE("stuck: a zombie, which nobody reaps, keeps no container", "[robust]") {
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0); // its next parent are we
    {
        Bundle bundle;
        bundle.inside({"sleep", "60"});
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        REQUIRE(container.start().status == 0);
        auto const pid = container.pid();
        REQUIRE(::kill(pid, SIGKILL) == 0);
        CHECK(eventually(
            [&] { return contains(read_file("/proc/" + std::to_string(pid) + "/stat"), ") Z "); }));
        CHECK(container.status() == "stopped");
        CHECK(container.remove().status == 0);
        CHECK(contains(read_file("/proc/" + std::to_string(pid) + "/stat"), ") Z "));
        for (auto const* const name : {"", "pids", "freezer"}) {
            auto const group = cgroup_directory(name, bundle.cgroup());
            CHECK((group.empty() || !exists(group)));
        }
        CHECK(::waitpid(pid, nullptr, 0) == pid);
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}
