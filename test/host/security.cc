// SPDX-License-Identifier: Apache-2.0
// test/host/security.cc - each known class of attack that applies to a container runtime.
//
// The attacker is the image, a shared volume or the container's own processes; the prize is the
// host's files beside the bundle.

#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "catch.h"
#include "container.h"
#include "race.h"

using namespace host;

namespace {

/// A directory of the host that no container may change; the destructor checks that.
class Prize {
  public:
    explicit Prize(Bundle const& bundle) : path_(bundle.path() + "/prize") {
        ::mkdir(path_.c_str(), 0755);
        ::mkdir((path_ + "/pts").c_str(), 0755);
        write_file(path_ + "/secret", "PRIZE");
        before_ = listing();
    }
    Prize(Prize const&) = delete;
    Prize& operator=(Prize const&) = delete;
    ~Prize() {
        CHECK(listing() == before_);
        CHECK(read_file(path_ + "/secret") == "PRIZE");
        CHECK(read_file("/proc/self/mountinfo").find(path_ + "/") == std::string::npos);
    }
    [[nodiscard]] std::string const& path() const { return path_; }

  private:
    [[nodiscard]] std::string listing() const {
        return run({"find", path_, "-printf", "%p %y %m %U:%G %s\\n"}).out;
    }
    std::string path_, before_;
};

std::string climb(std::string const& path) { return "../../../../../../../../../.." + path; }

// The container is made, and shows what it should, but not the prize.
void runs(Bundle& bundle, std::string const& output) {
    auto const ran = Container(bundle).run();
    INFO(ran.err << ran.out);
    CHECK(ran.status == 0);
    CHECK(contains(ran.out, output));
    CHECK_FALSE(contains(ran.out, "PRIZE"));
}

/// Uses the image's own /dev.
void without_dev(Bundle& bundle) {
    for (size_t i = bundle.config().size("/mounts"); i-- > 0;) {
        auto const at = "/mounts/" + std::to_string(i);
        if (bundle.config().text(at + "/destination").starts_with("/dev")) bundle.remove(at);
    }
}

pid_t swap_for_ever(std::string const& one, std::string const& other) {
    pid_t const child = ::fork();
    if (child != 0) return child;
    for (;;)
        ::syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), 2 /* EXCHANGE */);
}

void stop(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

/// A davit that refuses every create would win each race.
void must_have_started(int started, int rounds) {
    INFO(started << " of " << rounds << " started");
    CHECK(started > rounds / 2);
}

} // namespace

TEST_CASE("security: an image whose /proc or /sys is a link", "[security]") {
    for (bool const absolute : {true, false}) {
        INFO((absolute ? " absolute" : " climbing"));
        for (auto const* name : {"/proc", "/sys"}) {
            Bundle bundle;
            Prize const prize(bundle);
            bundle.link(name, absolute ? prize.path() : climb(prize.path()));
            bundle.inside({"cat", "/proc/secret"});
            refused(bundle, "on \"" + std::string(name) + "\"");
            refused(bundle, "symbolic links");
        }
        Bundle bundle; // sysfs hides it
        Prize const prize(bundle);
        bundle.link("/sys/fs/cgroup", absolute ? prize.path() : climb(prize.path()));
        bundle.inside({"cat", "/proc/secret"});
        runs(bundle, R"("errno":"ENOENT")");
    }
}

TEST_CASE("security: an image whose /dev is a link", "[security]") { // CVE-2026-41579, -47766
    for (bool const mounted : {true, false}) // a tmpfs goes to /dev, or it's the image's own
        for (bool const absolute : {true, false}) {
            Bundle bundle;
            Prize const prize(bundle);
            INFO((mounted ? "mounted" : "the image's") << (absolute ? ", absolute" : ", relative"));
            bundle.link("/dev", absolute ? prize.path() : climb(prize.path()));
            if (!mounted) {
                without_dev(bundle);
                bundle.set("/root/readonly", "false");
            }
            // All mounts and nodes went to a directory of that path inside.
            bundle.inside({"ls", "/", ";", "ls", "/dev/", ";", "ls", prize.path()});
            auto const ran = Container(bundle).run();
            INFO(ran.err << ran.out);
            CHECK(ran.status == 0);
            Report const seen(ran.out);
            auto const listed = seen.all("ls");
            REQUIRE(listed.size() == 3);
            CHECK(listed[0].text("/dev/type") == "link");
            for (auto const& dev : {listed[1], listed[2]}) {
                for (auto const* name : {"null", "zero", "full", "random", "urandom", "tty"})
                    CHECK(dev.text(std::string("/") + name + "/type") == "char");
                CHECK(dev.text("/fd/type") == "link");
                CHECK(dev.has("/pts") == mounted);
            }
        }
}

TEST_CASE("security: no link of the image leads a mount to the root", "[security]") {
    constexpr char story[] = "a symbolic link leads it to the container's root";
    for (auto const* target : {"/", ".", "dir/..", "dir/back/../..", "/../.."}) {
        Bundle bundle;
        bundle.directory("/dir").link("/dir/back", "../dir").link("/vol", target);
        bundle.mount("/vol", "tmpfs", "x", {}).inside({"ls", "/"});
        INFO(target);
        refused(bundle, story);
    }
    Bundle bind;
    bind.directory("/dir").link("/dir/vol", "..");
    refused(bind.mount("/dir/vol", "bind", "/usr", {"rbind"}), story);
    Bundle remount;
    remount.link("/vol", "/");
    refused(remount.mount("/vol", "none", "", {"remount", "bind", "rw"}), story);
    Bundle copied;
    copied.link("/vol", "/");
    refused(copied.mount("/vol", "tmpfs", "x", {"tmpcopyup"}), story);
    // A path that config.json itself names works as before.
    Bundle good;
    good.directory("/dir").link("/vol", "dir").mount("/vol", "tmpfs", "x", {});
    good.inside({"ls", "/dir"});
    CHECK(Container(good).run().status == 0);
}

TEST_CASE("security: no link of the image leads a device or the console into /proc", "[security]") {
    constexpr char story[] = "a symbolic link leads it into /proc";
    constexpr char pattern[] = "/proc/sys/kernel/core_pattern";
    auto const before = read_file(pattern);
    Bundle device;
    device.link("/d", "/proc");
    device.set("/linux/devices",
               R"([{"path":"/d/version","type":"c","major":1,"minor":5,"fileMode":438}])");
    refused(device, story);
    Bundle bound; // in a user namespace, devices are bound over files
    bound.set("/linux/namespaces/-", R"({"type":"user"})");
    bound.set("/linux/uidMappings", R"([{"containerID":0,"hostID":0,"size":1000}])");
    bound.set("/linux/gidMappings", R"([{"containerID":0,"hostID":0,"size":1000}])");
    without_dev(bound);
    bound.link("/dev/zero", pattern);
    refused(bound, story);
    Bundle console;
    console.set("/process/terminal", "true").set("/root/readonly", "false");
    without_dev(console);
    console.mount("/dev/pts", "devpts", "devpts", {"newinstance", "ptmxmode=0666"});
    console.link("/dev/console", pattern).inside({"echo", "hello"});
    auto const ran = Container(console).run();
    INFO(ran.err);
    CHECK(ran.status == 1);
    CHECK(contains(ran.err, story));
    CHECK(read_file(pattern) == before);
}

TEST_CASE("security: a neighbour's renames don't keep containers from being made",
          "[security][race]") {
    Bundle bundle;
    auto const volume = bundle.path() + "/volume";
    for (auto const* name : {"", "/one", "/two", "/place"}) ::mkdir((volume + name).c_str(), 0755);
    write_file(volume + "/one/file", "x");
    // The kernel gives up at a ".." if another process has renamed something meanwhile.
    std::string back = "place";
    for (int i = 0; i < 30; ++i) back = "../volume/" + back;
    bundle.link("/link", back.substr(3)).directory("/volume");
    for (int i = 0; i < 10; ++i)
        REQUIRE(::symlink((i == 0 ? back : "link" + std::to_string(i - 1)).c_str(),
                          (volume + "/link" + std::to_string(i)).c_str())
                == 0);
    bundle.mount("/volume", "bind", volume, {"rbind", "rw"});
    bundle.mount("/volume/link9", "tmpfs", "x", {});
    bundle.mount("/volume/link8/deep", "tmpfs", "x", {});
    bundle.inside({"ls", "/volume/place"});
    std::vector<pid_t> neighbours;
    for (int i = 0; i < 2; ++i) {
        auto const name = volume + "/moved" + std::to_string(i);
        ::mkdir(name.c_str(), 0755);
        neighbours.push_back(swap_for_ever(name, volume + (i == 0 ? "/one" : "/two")));
    }
    for (Race race(suite().all ? 300 : 40); race.goes_on();) {
        auto const ran = Container(bundle).run();
        INFO(ran.err);
        CHECK(ran.status == 0);
        CHECK(contains(ran.out, "deep"));
    }
    for (auto const neighbour : neighbours) stop(neighbour);
}

TEST_CASE("security: /dev entries that are links", "[security]") {
    Bundle bundle; // without a tmpfs on /dev the image's own directory is used
    Prize const prize(bundle);
    without_dev(bundle);
    bundle.set("/root/readonly", "false");
    for (auto const* name : {"null", "ptmx", "pts", "zero", "stdin", "fd", "console"})
        bundle.link(std::string("/dev/") + name, climb(prize.path() + "/secret"));
    bundle.inside({"ls", "/"});
    refused(bundle, R"(make device "/dev/null": something else is there)");
}

TEST_CASE("security: masks hold when the image makes /dev/null something else", "[security]") {
    Bundle bundle; // CVE-2025-31133
    Prize const prize(bundle);
    without_dev(bundle);
    bundle.link("/dev/null", "/proc/sys/kernel/core_pattern").file("/masked", "PRIZE");
    bundle.set("/linux/maskedPaths", R"(["/masked","/proc/kcore"])");
    bundle.set("/root/readonly", "false");
    auto const pattern = read_file("/proc/sys/kernel/core_pattern");
    bundle.inside({"cat", "/masked", ";", "write", "/masked", "|/pwned"});
    refused(bundle, R"(make device "/dev/null": something else is there)");
    CHECK(read_file("/proc/sys/kernel/core_pattern") == pattern);
}

TEST_CASE("security: masked and read-only paths that are links", "[security]") {
    Bundle bundle;
    Prize const prize(bundle);
    bundle.link("/link", climb(prize.path() + "/secret")).link("/dir", prize.path());
    bundle.directory("/hidden").file("/hidden/key", "PRIZE").link("/alias", "/hidden");
    bundle.set("/linux/maskedPaths", R"(["/link","/dir","/alias"])");
    bundle.set("/linux/readonlyPaths", R"(["/link","/dir"])");
    bundle.inside({"cat", "/hidden/key", ";", "cat", "/alias/key"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK_FALSE(contains(ran.out, "PRIZE")); // the target inside is masked, or create refuses
}

TEST_CASE("security: cwd through a leaked fd", "[security]") { // CVE-2024-21626
    int const host = ::open("/", O_PATH | O_DIRECTORY);
    for (int fd = 3; fd < 12; ++fd) {
        Bundle bundle;
        bundle.set("/process/cwd", "\"/proc/self/fd/" + std::to_string(fd) + "\"");
        bundle.inside({"cwd", ";", "ls", ".", ";", "ls", "../../.."});
        CommandOptions how;
        how.fds = {{host, fd}};
        auto const ran = Container(bundle).run({}, how);
        INFO("fd " << fd << ": " << ran.out << ran.err);
        CHECK(ran.status != 0);
        CHECK_FALSE(contains(ran.out, "\"usr\""));
    }
    ::close(host);
}

TEST_CASE("security: cwd is a link out of the root", "[security]") {
    Bundle bundle;
    bundle.link("/out", climb("/")).link("/fd", "/proc/1/root").inside({"cwd", ";", "ls", "."});
    for (auto const* cwd : {"/out", "/fd", "/proc/self/root", "/proc/1/cwd"}) {
        bundle.set("/process/cwd", json_quote(cwd));
        auto const ran = Container(bundle).run();
        INFO(cwd << ": " << ran.out << ran.err);
        CHECK_FALSE(contains(ran.out, "\"usr\""));
        CHECK_FALSE(contains(ran.out, "unreachable"));
    }
}

TEST_CASE("security: the host's binary can't be had from inside", "[security]") { // CVE-2019-5736
    Bundle bundle;
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const exe = "/proc/" + std::to_string(container.pid()) + "/exe";
    struct stat init = {}, program = {};
    REQUIRE(::stat(exe.c_str(), &init) == 0);
    REQUIRE(::stat("/proc/self/exe", &program) == 0);
    auto const runtime = run({"sh", "-c", "command -v \"$1\"", "sh", suite().runtime});
    ::stat(runtime.out.substr(0, runtime.out.find('\n')).c_str(), &program);
    CHECK((init.st_dev != program.st_dev || init.st_ino != program.st_ino));
    for (int mode : {O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC}) {
        int const fd = ::open(exe.c_str(), mode | O_CLOEXEC);
        CHECK(fd < 0);
        if (fd >= 0) ::close(fd);
    }
    // The file stays open until it is no longer executed, so that ETXTBSY no longer protects it:
    // even root can't write.
    int const held = ::open(exe.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(held >= 0);
    REQUIRE(container.start().status == 0);
    REQUIRE(container.wait_stopped());
    int const writer =
        ::open(("/proc/self/fd/" + std::to_string(held)).c_str(), O_WRONLY | O_CLOEXEC);
    if (writer >= 0) { // the bytes that are there: where it is the host's file, it stays whole
        char bytes[2] = {};
        REQUIRE(::pread(held, bytes, sizeof bytes, 0) == sizeof bytes);
        CHECK(::pwrite(writer, bytes, sizeof bytes, 0) < 0);
        ::close(writer);
    }
    ::close(held);
    CHECK(container.remove().status == 0);
}

TEST_CASE("security: #!/proc/self/exe as the program", "[security]") {
    Bundle bundle;
    bundle.file("/script", "#!/proc/self/exe --version\n", 0755);
    bundle.set("/process/args", R"(["/script"])");
    auto const sum = run({"sha256sum", suite().runtime}).out;
    auto const ran = Container(bundle).run();
    CHECK(ran.status != 0);
    CHECK(ran.out.empty()); // of the host's davit it would be the version
    CHECK_FALSE(ran.timed_out);
    CHECK(run({"sha256sum", suite().runtime}).out == sum);
    bundle.link("/self", "/proc/self/exe").set("/process/args", R"(["/self"])");
    CHECK(Container(bundle).run().status != 0);
}

TEST_CASE("security: the passwd of the image", "[security]") {
    Bundle bundle;
    Prize const prize(bundle);
    bundle.link("/etc/passwd", climb(prize.path() + "/secret"));
    bundle.set("/process/env", R"(["PATH=/"])").inside({"env"});
    runs(bundle, R"("HOME=/")");
    Bundle pipe; // must not wait for a writer
    pipe.directory("/etc").set("/process/env", R"(["PATH=/"])").inside({"env"});
    REQUIRE(::mkfifo(pipe.rootfs("/etc/passwd").c_str(), 0666) == 0);
    runs(pipe, R"("HOME=/")");
    Bundle endless;
    endless.file("/etc/passwd", std::string(4 << 20, 'x')).set("/process/env", R"(["PATH=/"])");
    endless.inside({"env"});
    runs(endless, R"("HOME=/")");
}

TEST_CASE("security: a rootfs that isn't what it seems", "[security]") {
    Bundle bundle;
    Prize const prize(bundle);
    bundle.set("/root/path", "\"link\"");
    auto const link = bundle.path() + "/link";
    bundle.set("/process/args", R"(["/bin/true"])");
    // The caller answers for the bundle: "/" as a rootfs is allowed.
    bundle.set("/mounts", "[]").set("/linux/maskedPaths", "[]").set("/linux/readonlyPaths", "[]");
    REQUIRE(::symlink("/", link.c_str()) == 0);
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.out.empty());
    for (auto const* target : {"link", "nowhere", "config.json", "/dev/null"}) {
        INFO(target);
        REQUIRE(::unlink(link.c_str()) == 0);
        REQUIRE(::symlink(target, link.c_str()) == 0);
        refused(bundle, "config.json: /root/path");
    }
}

TEST_CASE("security: a mount destination that a neighbour swaps for a link", "[security][race]") {
    // CVE-2021-30465, -2024-45310, -2025-52565: a volume that the attacker's container shares.
    Bundle bundle;
    Prize const prize(bundle);
    auto const volume = bundle.path() + "/volume";
    ::mkdir(volume.c_str(), 0755);
    ::mkdir((volume + "/target").c_str(), 0755);
    REQUIRE(::symlink(climb(prize.path()).c_str(), (volume + "/swap").c_str()) == 0);
    bundle.mount("/volume", "bind", volume, {"rbind", "rw"});
    bundle.mount("/volume/target/one", "tmpfs", "attack", {});
    bundle.mount("/volume/target/two/deep", "tmpfs", "attack", {});
    bundle.mount("/volume/target/pts", "tmpfs", "attack", {});
    bundle.inside({"ls", "/volume/target", ";", "cat", "/volume/target/secret"});
    pid_t const attacker = swap_for_ever(volume + "/target", volume + "/swap");
    int started = 0, rounds = 0;
    for (Race race(suite().all ? 500 : 60); race.goes_on(); ++rounds) {
        auto const ran = Container(bundle).run();
        CHECK_FALSE(ran.timed_out);
        CHECK_FALSE(contains(ran.out, "PRIZE"));
        started += ran.status == 0;
    }
    stop(attacker);
    must_have_started(started, rounds);
}

TEST_CASE("security: masked and read-only paths on a volume that a neighbour swaps",
          "[security][race]") {
    Bundle bundle; // CVE-2025-31133, -52881
    Prize const prize(bundle);
    auto const volume = bundle.path() + "/volume";
    ::mkdir(volume.c_str(), 0755);
    ::mkdir((volume + "/target").c_str(), 0755);
    write_file(volume + "/target/file", "x");
    REQUIRE(::symlink(climb(prize.path()).c_str(), (volume + "/swap").c_str()) == 0);
    bundle.mount("/volume", "bind", volume, {"rbind", "rw"});
    bundle.set("/linux/maskedPaths/-", "\"/volume/target/file\"");
    bundle.set("/linux/maskedPaths/-", "\"/volume/target\"");
    bundle.set("/linux/readonlyPaths/-", "\"/volume/target\"");
    bundle.set("/process/cwd", "\"/volume/target\"").inside({"cwd", ";", "ls", "."});
    pid_t const attacker = swap_for_ever(volume + "/target", volume + "/swap");
    int started = 0, rounds = 0;
    for (Race race(suite().all ? 500 : 60); race.goes_on(); ++rounds) {
        auto const ran = Container(bundle).run();
        CHECK_FALSE(ran.timed_out);
        CHECK_FALSE(contains(ran.out, "unreachable"));
        CHECK_FALSE(contains(ran.out, "\"secret\""));
        started += ran.status == 0;
    }
    stop(attacker);
    must_have_started(started, rounds);
}

TEST_CASE("security: state and its directory are root's alone", "[security]") {
    Bundle bundle;
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    struct stat s = {};
    REQUIRE(::stat((suite().state_root + "/" + container.id()).c_str(), &s) == 0);
    CHECK((s.st_mode & 07) == 0);
    CHECK(s.st_uid == 0);
    CHECK(container.remove().status == 0);
}

TEST_CASE("security: numbers of users are parsed strictly", "[security]") {
    for (auto const* user : {R"({"uid":-1,"gid":0})", R"({"uid":4294967296,"gid":0})",
                             R"({"uid":"1000","gid":0})", R"({"uid":1.5,"gid":0})"}) {
        INFO(user);
        Bundle bundle;
        bundle.set("/process/user", user);
        refused(bundle, "");
    }
}

TEST_CASE("security: nothing of the host's network or keys comes along", "[security]") {
    Bundle bundle;
    bundle.inside({"ls", "/sys/class/net", ";", "namespaces", ";", "keyring"});
    auto const seen = report(bundle);
    CHECK(seen["ls"].has("/lo"));
    CHECK(seen["ls"].keys().size() <= 3); // lo, and what the kernel puts into every namespace
    struct stat hosts = {};
    REQUIRE(::stat("/proc/self/ns/net", &hosts) == 0);
    CHECK(seen["namespaces"].number("/net") != static_cast<double>(hosts.st_ino));
    auto const keys =
        ::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);
    CHECK(seen["keyring"].number("/id") > 0);
    CHECK(seen["keyring"].number("/id") != static_cast<double>(keys));
}

TEST_CASE("security: deep, huge and broken config.json end in an error", "[security]") {
    Bundle bundle;
    std::string const huge(20 << 20, ' ');
    std::string deep = R"({"ociVersion":"1.0.0","x":)";
    deep += std::string(200000, '[') + std::string(200000, ']') + "}";
    auto const good = bundle.config().dump();
    for (auto const& text :
         {huge, deep, good.substr(0, good.size() / 2), std::string("\xff\xfe\0", 3),
          std::string("[]"), std::string("null"), good + "x"}) {
        bundle.write(text);
        Outcome const created = run(davit({"create", "--bundle", bundle.path(), unique_name()}));
        INFO(text.substr(0, 60) << ": " << created.err);
        CHECK(created.status == 1);
        CHECK_FALSE(created.err.empty());
    }
}
