// SPDX-License-Identifier: Apache-2.0
// unit/story_test.cc - launch/story.cc: each step's failure as a sentence.
#include "catch.h"

#include <algorithm>
#include <cstring>
#include <regex>
#include <string>

#include "davit/config.h"
#include "launch/story.h"
#include "plan/plan.h"

namespace {

using namespace davit;
using launch::Detail;
using launch::Failed;
using launch::StepId;

plan::HostFacts const facts{
    {cgroup::Mode::unified, {{{"cpu", "memory"}, "/sys/fs/cgroup", "/x", true}}},
    {.apparmor = true, .selinux = true}};

plan::Plan a_plan(spec::Texts args = {"prog", "x"}) {
    auto config = example_config(false, true, 0, 0);
    config.process->args = std::move(args);
    config.process->cwd = "/work";
    config.process->user = {1000, 100, {}, {}};
    config.linux.namespaces.clear();
    config.linux.namespaces.push_back({spec::NamespaceType::mount, ""});
    config.linux.namespaces.push_back({spec::NamespaceType::network, "/run/net"});
    config.linux.sysctl["net.ipv4.ip_forward"] = "1";
    config.process->apparmor_profile = "my-profile";
    config.process->selinux_label = "u:r:t:s0";
    config.process->scheduler.emplace().policy = spec::SchedulerPolicy::batch;
    config.mounts.push_back({"/data", "", "/host/data", {"rbind"}, {}, {}});
    auto const plan = plan::compile(config, facts, {.id = "box", .bundle = "/b"});
    REQUIRE(plan);
    return *plan;
}

Failed failure(StepId step, int errnum, Detail detail = Detail::none, std::uint16_t item = 0,
               std::uint16_t part = 0, char const* words = "") {
    Failed failed{step, detail, item, part, errnum, {}};
    std::strncpy(failed.words, words, sizeof failed.words - 1);
    return failed;
}

template <class... Args>
std::string told(Args... args) {
    static auto const plan = a_plan();
    return launch::tell(failure(args...), plan.view()).story;
}

std::string told_of(std::string program, int errnum) {
    return launch::tell(failure(StepId::find_program, errnum), a_plan({std::move(program)}).view())
        .story;
}

bool matches(std::string text, std::initializer_list<char const*> words) {
    // As Podman and Docker match: without regard to case.
    std::ranges::transform(text, text.begin(),
                           [](char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::any_of(words,
                               [&](auto const* word) { return text.find(word) != text.npos; });
}

// What Podman (libpod/oci_util.go) and Docker (daemon/errors.go) search for.
constexpr auto podman_not_found = {"executable file not found in", "no such file or directory",
                                   "open executable"};
constexpr auto podman_denied = {"permission denied", "operation not permitted"};
constexpr auto docker_126 = {"permission denied", "is a directory"};
constexpr auto docker_127 = {"executable file not found", "no such file or directory",
                             "not a directory"};

TEST_CASE("story: the program's failures, in the words that callers make exit codes of") {
    CHECK(told_of("prog", ENOENT) == R"(exec: "prog": executable file not found in $PATH)");
    CHECK(told_of("", ENOENT) == R"(exec: "": executable file not found in $PATH)");
    CHECK(told_of("/bin/prog", ENOENT)
          == R"(exec: "/bin/prog": stat /bin/prog: no such file or directory)");
    CHECK(told_of("./prog", ENOENT) == R"(exec: "./prog": stat ./prog: no such file or directory)");
    CHECK(told_of("/bin/prog", EACCES) == R"(exec: "/bin/prog": permission denied)");
    CHECK(told_of("/bin", EISDIR) == R"(exec: "/bin": is a directory: permission denied)");
    CHECK(told_of("/bin/sh/x", ENOTDIR) == R"(exec: "/bin/sh/x": not a directory)");

    for (auto const* program : {"prog", "/bin/prog", ""}) {
        CHECK(matches(told_of(program, ENOENT), podman_not_found));
        CHECK(matches(told_of(program, ENOENT), docker_127));
        CHECK_FALSE(matches(told_of(program, ENOENT), docker_126)); // which Docker looks for first
        CHECK(matches(told_of(program, EACCES), podman_denied));
        CHECK(matches(told_of(program, EACCES), docker_126));
    }
    CHECK(matches(told_of("/bin", EISDIR), docker_126));
    CHECK(matches(told_of("/bin", EISDIR), podman_denied));
    CHECK(matches(told_of("/bin/sh/x", ENOTDIR), docker_127));
    auto const denied = launch::tell(failure(StepId::find_program, EACCES), a_plan().view());
    CHECK(denied.kind == Kind::denied);
    CHECK(denied.errnum == EACCES);
}

TEST_CASE("story: behind the gate the words of init are all there is") {
    auto const exec =
        launch::tell_after_gate(failure(StepId::execute, ENOEXEC, {}, 0, 0, "/bin/script"), {});
    CHECK(exec.story == R"(exec "/bin/script": exec format error)");
    CHECK(exec.errnum == ENOEXEC);
    auto const gone =
        launch::tell_after_gate(failure(StepId::execute, ENOENT, {}, 0, 0, "/bin/x"), {});
    CHECK(matches(gone.story, docker_127));
    auto const other = launch::tell_after_gate(failure(StepId::no_new_privileges, EPERM), {});
    CHECK(other.story == "start the program: no new privileges: operation not permitted");
    // A text that fills the whole array has no final zero.
    Failed full = failure(StepId::execute, ENOENT);
    std::memset(full.words, 'x', sizeof full.words);
    CHECK(launch::tell_after_gate(full, {}).story.size() < 600);
}

TEST_CASE("story: the cgroup that init couldn't move to") {
    CHECK(told(StepId::take_plan, ENODEV, Detail::group, 0, 0, "/sys/fs/cgroup/pids/x/tasks")
          == R"(move davit's init to the container's cgroups: write "0" to )"
             R"("/sys/fs/cgroup/pids/x/tasks": no such device)");
}

TEST_CASE("story: what is wrong with the program's file") {
    launch::Flawed flawed;
    CHECK(launch::flaw_story(flawed).empty());
    flawed.flaw = launch::Flaw::carriage;
    std::strcpy(flawed.needs, "/bin/sh\r");
    CHECK(launch::flaw_story(flawed)
          == R"(: its first line ends in CR LF, so the interpreter would be "/bin/sh\x0d": )"
             "remove the CR");
    flawed.flaw = launch::Flaw::machine;
    flawed.machine = 21;
    CHECK(launch::flaw_story(flawed).starts_with(": it is for ppc64, this machine is "));
    flawed.machine = 4711;
    CHECK(launch::flaw_story(flawed).starts_with(": it is for machine 4711 of ELF, "));
    // A message that a process may have forged: a text without an end, an unknown flaw.
    std::memset(flawed.file, 'x', sizeof flawed.file);
    std::memset(flawed.needs, 'x', sizeof flawed.needs);
    flawed.flaw = launch::Flaw::loader;
    CHECK(launch::flaw_story(flawed).size() < 700);
    flawed.flaw = static_cast<launch::Flaw>(999);
    CHECK(launch::flaw_story(flawed).empty());
}

TEST_CASE("story: mounts are counted and found in config.json") {
    auto const nth = [](Detail detail, std::uint16_t item, std::uint16_t part = 0) {
        return told(StepId::mounts, EACCES, detail, item, part);
    };
    CHECK(nth(Detail::target, 0)
          == R"(mount "proc" on "/proc" (1st of 8, config.json: /mounts/0): )"
             "open the destination in the container's root: permission denied");
    CHECK(nth(Detail::source, 7)
          == R"(mount "/host/data" on "/data" (8th of 8, config.json: /mounts/7): )"
             "open the source: permission denied");
    CHECK(nth(Detail::parameter, 1, 2).find(": option \"size=65536k\": permission denied")
          != std::string::npos);
    CHECK(nth(Detail::parameter, 1, 99).find(": option: permission denied") != std::string::npos);
    CHECK(nth(Detail::type, 1).find(": file system type: permission denied") != std::string::npos);
    for (auto const detail :
         {Detail::create, Detail::attributes, Detail::propagation, Detail::attach})
        CHECK(nth(detail, 2).starts_with(R"(mount "devpts" on "/dev/pts" (3rd of 8,)"));
    // The log of fsopen(2).
    CHECK(told(StepId::mounts, EINVAL, Detail::parameter, std::uint16_t{1}, std::uint16_t{1},
               "e tmpfs: Unknown parameter 'x'\n")
              .ends_with("invalid argument (the kernel says \"tmpfs: Unknown parameter 'x'\")"));
}

TEST_CASE("story: every step has a sentence") {
    struct Row {
        StepId step;
        Detail detail;
        char const* story;
    };
    for (auto const& row : {
             Row{StepId::take_plan, {}, "start davit's init"},
             Row{StepId::join_namespaces, {}, R"(join the net namespace "/run/net")"},
             Row{StepId::make_namespaces, {}, "make the namespaces"},
             Row{StepId::raise_loopback, {}, "bring up the loopback interface"},
             Row{StepId::set_names, {}, "set hostname and domainname"},
             Row{StepId::open_root, Detail::source,
                 R"(config.json: /root/path: open the root "/b/rootfs")"},
             Row{StepId::open_root, Detail::node,
                 R"(open the host's "/dev/null" (character device 1:3))"},
             Row{StepId::open_root, Detail::propagation,
                 "cut the container's mounts off the host's"},
             Row{StepId::make_cwd,
                 {},
                 R"(config.json: /process/cwd: make the working directory "/work")"},
             Row{StepId::devices, Detail::node, R"(make device "/dev/null")"},
             Row{StepId::devices, Detail::owner, R"(set the owner of device "/dev/null")"},
             Row{StepId::devices, Detail::mismatch,
                 R"(make device "/dev/null": something else is there)"},
             Row{StepId::device_links, {}, R"(link "/dev/fd")"},
             Row{StepId::terminal, Detail::create, "make the container's terminal"},
             Row{StepId::terminal, Detail::target, R"(put the terminal at "/dev/console")"},
             Row{StepId::protect_paths,
                 {},
                 R"(config.json: /linux/readonlyPaths: make "/proc/bus" read-only)"},
             Row{StepId::mask_paths, {}, R"(config.json: /linux/maskedPaths: mask "/proc/acpi")"},
             Row{StepId::seal_root, {}, "make the root read-only"},
             Row{StepId::enter_root, {}, "change the root (pivot_root; on a ramfs: --no-pivot)"},
             Row{StepId::keyring, {}, R"(join the session keyring "_ses.box")"},
             Row{StepId::limits,
                 {},
                 "set the resource limit config.json: /process/rlimits/0 (soft 1024, hard 1024)"},
             Row{StepId::bounding, {}, "drop capabilities"},
             Row{StepId::own_stdio, {}, "give stdio to the user"},
             Row{StepId::keep_capabilities, {}, "keep capabilities"},
             Row{StepId::become_user, Detail::user, "become user 1000"},
             Row{StepId::become_user, Detail::group, "become group 100"},
             Row{StepId::become_user, Detail::groups,
                 "set the additional groups (config.json: /process/user/additionalGids)"},
             Row{StepId::capabilities, {}, "set the capabilities"},
             Row{StepId::enter_cwd,
                 {},
                 R"(config.json: /process/cwd: enter the working directory "/work")"},
             Row{StepId::enter_cwd, Detail::outside,
                 R"(config.json: /process/cwd: enter the working directory "/work": it is )"
                 "outside of the container"},
             Row{StepId::find_home, {}, "find the user's home"},
             Row{StepId::wait, {}, "wait for the start"},
             Row{StepId::no_new_privileges, {}, "set no_new_privs"},
             Row{StepId::forget_caller, {}, "close what came with the caller"},
             Row{StepId::seccomp_early, {}, "load the seccomp filter (0 instructions)"},
             Row{StepId::seccomp_early, Detail::raise,
                 "raise CAP_SYS_ADMIN, to load the seccomp filter"},
             Row{StepId::seccomp_early, Detail::drop,
                 "drop CAP_SYS_ADMIN after the seccomp filter was loaded"},
             Row{StepId::seccomp, Detail::attach, "hand over the seccomp listener"},
             Row{StepId::announce, {}, "unblock signals"},
             Row{StepId::execute, {}, R"(exec "prog")"},
         })
        CHECK(told(row.step, EBUSY, row.detail)
              == std::string(row.story) + ": device or resource busy");
}

TEST_CASE("story: what is missing, where it says ENOENT") {
    CHECK(told(StepId::sysctl, ENOENT, Detail::target)
          == R"(config.json: /linux/sysctl: set "net.ipv4.ip_forward" to "1": )"
             "the kernel has no such sysctl, or this namespace hasn't: no such file or directory");
    CHECK(
        told(StepId::labels, ENOENT, Detail::apparmor)
        == R"x(config.json: /process/apparmorProfile: apply the apparmor profile ("exec my-profile"))x"
           " by `/proc/self/attr/apparmor/exec`: "
           "the profile isn't loaded: no such file or directory");
}

TEST_CASE("story: of a label that is refused, Podman makes a kind of its own") {
    // libpod/oci_util.go, getOCIRuntimeError
    std::regex const attribute("`/proc/[a-z0-9-].+/attr.*`");
    for (auto const detail : {Detail::apparmor, Detail::selinux, Detail::selinux_key}) {
        auto const story = told(StepId::labels, EINVAL, detail);
        INFO(story);
        std::smatch found;
        REQUIRE(std::regex_search(story, found, attribute));
        CHECK(found.str().ends_with("/exec`") == (detail != Detail::selinux_key));
    }
}

TEST_CASE("story: numbers that refer to nothing end in words as well") {
    for (int step = 0; step <= static_cast<int>(StepId::count_) + 1; ++step)
        for (int detail = 0; detail <= static_cast<int>(Detail::selinux_key) + 1; ++detail) {
            auto const story = told(static_cast<StepId>(step), EIO, static_cast<Detail>(detail),
                                    std::uint16_t{0xffff}, std::uint16_t{0xffff});
            CHECK_FALSE(story.empty());
            CHECK(story.find('\n') == std::string::npos);
        }
    CHECK(told(StepId::count_, 0) == "davit's init reported an unknown step");
}

TEST_CASE("story: steps have names for the trace") {
    CHECK(std::string(launch::step_name(StepId::take_plan)) == "take plan");
    CHECK(std::string(launch::step_name(StepId::execute)) == "execute");
    CHECK(std::string(launch::step_name(StepId::count_)) == "?");
}

} // namespace
