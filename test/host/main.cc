// SPDX-License-Identifier: Apache-2.0
// test/host/main.cc - the suite's start: a pid and a mount namespace of its own, then Catch2.
//
// Runs as root. Three processes: the first one waits; pid 1 of the new namespace reaps orphans and
// takes everything down at the end; its child runs the tests. `--unified` mounts only
// cgroup2 at /sys/fs/cgroup, `--v1` all but that, `--all` samples nothing, `--patience N` is for
// slow machines, `--budget S` begins no test after S seconds, `--systemd` lets systemd make the
// containers' groups. Environment: DAVIT, the runtime to test.

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#define CATCH_CONFIG_RUNNER
#include "catch.h"
#include "paths.h"

#include "listener.h"
#include "suite.h"

namespace {

using host::suite;

[[noreturn]] void give_up(char const* what) {
    std::fprintf(stderr, "host: %s: %s\n", what, strerror(errno));
    std::exit(2);
}

host::Cgroups layout() {
    struct statfs s = {};
    constexpr decltype(s.f_type) cgroup2_magic = 0x63677270;
    if (::statfs("/sys/fs/cgroup", &s) < 0) return host::Cgroups::none;
    if (s.f_type == cgroup2_magic) return host::Cgroups::unified;
    if (::statfs("/sys/fs/cgroup/unified", &s) == 0 && s.f_type == cgroup2_magic)
        return host::Cgroups::hybrid;
    return host::exists("/sys/fs/cgroup/devices") ? host::Cgroups::v1 : host::Cgroups::none;
}

/// Mounts `directory` on `path` again, above what covers it: systemd and its bus are in /run.
void show_again(int directory, std::string const& path) {
    auto const from = "/proc/self/fd/" + std::to_string(directory);
    if (directory < 0) return;
    ::mkdir(path.c_str(), 0755);
    if (::mount(from.c_str(), path.c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0)
        give_up(path.c_str());
    ::close(directory);
}

// A place where every user may run it: only root may be able to enter the checkout's directory.
void copy_here(std::string& program, char const* name) {
    auto const copy = suite().temp + name;
    std::error_code error;
    std::filesystem::copy_file(program, copy, error);
    if (error) give_up(program.c_str());
    ::chmod(copy.c_str(), 0755);
    program = copy;
}

void prepare(bool unified, bool v1) {
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) give_up("private mounts");
    if (::mount("proc", "/proc", "proc", 0, nullptr) < 0) give_up("mount /proc");
    auto const* const temp = suite().temp.c_str();
    if ((suite().disk.empty() ? ::mount("davit-test", temp, "tmpfs", 0, "mode=0755")
                              : ::mount(temp, temp, nullptr, MS_BIND, nullptr))
        < 0)
        give_up("mount the place of all tests");
    ::chmod(temp, 0755);
    int const systemd = ::open("/run/systemd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int const bus = ::open("/run/dbus", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (::mount("davit-test", "/run", "tmpfs", 0, "mode=0755") < 0) give_up("an empty /run");
    show_again(systemd, "/run/systemd");
    show_again(bus, "/run/dbus");
    if (unified && layout() != host::Cgroups::unified) {
        ::umount2("/sys/fs/cgroup", MNT_DETACH);
        if (::mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, nullptr) < 0)
            give_up("mount cgroup2");
    }
    if (v1 && layout() == host::Cgroups::hybrid
        && ::umount2("/sys/fs/cgroup/unified", MNT_DETACH) < 0)
        give_up("leave cgroup2 away");
    suite().cgroups = layout();
    copy_here(suite().inside, "/inside");
    if (suite().is_davit) copy_here(suite().runtime, "/davit");
    suite().state_root = suite().temp + "/state";
    ::mkdir(suite().state_root.c_str(), 0700);
}

// Only the groups named after this run.
void remove_cgroups(std::string const& directory) {
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(directory, error)) {
        if (!entry.is_directory(error) || entry.is_symlink(error)) continue;
        auto const path = entry.path().string();
        remove_cgroups(path);
        if (path.find(suite().prefix) == std::string::npos) continue;
        std::fprintf(stderr, "host: removing %s\n", path.c_str());
        ::rmdir(path.c_str());
    }
}

int run_tests(int argc, char** argv) {
    Catch::Session session;
    if (int const wrong = session.applyCommandLine(argc, argv)) return wrong;
    suite().name = suite().cgroups == host::Cgroups::unified ? "host, cgroup v2"
                   : suite().cgroups == host::Cgroups::v1    ? "host, cgroup v1"
                                                             : "host";
    host::start_budget();
    int const failed = session.run();
    host::print_counts();
    return failed ? 1 : 0;
}

// pid 1, which gets all orphans. Returns the status of the tests.
int reap_until(pid_t tests) {
    for (;;) {
        int status = 0;
        pid_t const gone = ::waitpid(-1, &status, 0);
        if (gone == tests)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (gone < 0 && errno != EINTR) return 2;
    }
}

// Also removes what is mounted there; on a disk its files, too, if nothing is mounted on it any
// more.
void remove_temp() {
    ::umount2(suite().temp.c_str(), MNT_DETACH);
    auto const mounts = host::read_file("/proc/self/mountinfo");
    if (suite().disk.empty() || mounts.empty() || mounts.find(suite().temp) != std::string::npos)
        return;
    std::error_code error;
    std::filesystem::remove_all(suite().temp, error);
}

int first_process(bool unified, bool v1, int argc, char** argv) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    prepare(unified, v1);
    pid_t const tests = ::fork();
    if (tests == 0) std::exit(run_tests(argc, argv));
    int const status = reap_until(tests);
    ::kill(-1, SIGKILL);
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    remove_cgroups("/sys/fs/cgroup");
    remove_temp();
    return status;
}

std::string from_environment(char const* name, std::string const& otherwise) {
    char const* const value = std::getenv(name);
    return value && *value ? value : otherwise;
}

} // namespace

int main(int argc, char** argv) {
    bool unified = false, v1 = false, list = false;
    int kept = 1;
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        if (word == "--unified")
            unified = true;
        else if (word == "--v1")
            v1 = true;
        else if (word == "--all")
            suite().all = true;
        else if (word == "--patience" && i + 1 < argc)
            suite().patience = std::max(1, std::atoi(argv[++i]));
        else if (word == "--budget" && i + 1 < argc)
            suite().budget = std::atoi(argv[++i]);
        else if (word == "--systemd")
            suite().systemd = true;
        else if (word == "--disk" && i + 1 < argc)
            suite().disk = argv[++i];
        else
            argv[kept++] = argv[i];
        list = list || word.starts_with("--list") || word == "--help" || word == "-l";
    }
    argv[kept] = nullptr;
    suite().runtime = from_environment("DAVIT", DAVIT_EXE);
    suite().inside = from_environment("DAVIT_TEST_INSIDE", DAVIT_TEST_INSIDE);
    suite().fault = from_environment("DAVIT_TEST_FAULT", DAVIT_TEST_FAULT);
    suite().source = DAVIT_SOURCE;
    suite().prefix = "davit-test-" + std::to_string(::getpid());
    auto const& runtime = suite().runtime;
    suite().is_davit = runtime.substr(runtime.rfind('/') + 1).starts_with("davit");
    if (list) return run_tests(kept, argv);
    if (::geteuid() != 0) {
        std::puts("skip all: the host suite needs root\nhost: 0 passed, 0 failed, 1 skipped");
        return 0;
    }

    auto temp = (suite().disk.empty() ? "/tmp" : suite().disk) + "/davit-test-XXXXXX";
    if (!::mkdtemp(temp.data())) give_up("a temporary directory");
    suite().temp = temp;
    if (::unshare(CLONE_NEWPID | CLONE_NEWNS) < 0) give_up("new namespaces");
    std::fflush(nullptr);
    pid_t const child = ::fork();
    if (child == 0) std::exit(first_process(unified, v1, kept, argv));
    int status = 0;
    ::waitpid(child, &status, 0);
    ::umount2(temp.c_str(), MNT_DETACH); // this process is in the new mount namespace too
    ::rmdir(temp.c_str());
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
