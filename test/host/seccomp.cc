// SPDX-License-Identifier: Apache-2.0
// test/host/seccomp.cc - what filters do to the container's program.
//
// [config-linux.md#seccomp]. /inside calls by number, so that no C library comes between.

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

std::string const action = "SCMP_ACT_";

/// A profile that allows all but what `rules`, in JSON, says.
Bundle& profile(Bundle& bundle, std::string const& rules, std::string const& more = "") {
    bundle.set("/linux/seccomp",
               R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[)" + rules + "]" + more + "}");
    return bundle;
}

std::string rule(std::string const& name, std::string const& act, std::string const& more = "") {
    return R"({"names":[")" + name + R"("],"action":"SCMP_ACT_)" + act + "\"" + more + "}";
}

Words call(long number, Words const& args = {}) {
    Words words{"call", std::to_string(number)};
    words.insert(words.end(), args.begin(), args.end());
    return words;
}

/// The errno of each call that /inside made: "" for none.
Words errnos(Bundle& bundle) {
    Words out;
    auto const ran = report(bundle);
    for (auto const& one : ran.all("call")) out.push_back(one.text("/errno"));
    return out;
}

Words then(Words first, Words const& second) {
    first.push_back(";");
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

std::string docker_shape() {
    auto const path = suite().source + "/test/host/data/seccomp_docker_shape.json";
    auto const text = read_file(path);
    if (text.empty()) FAIL("no " << path << ": the work tree that the suite was built in is away");
    return text;
}

/// Runs `check` for a filter that is loaded early, and for one that is loaded last.
template <class Check>
void both_ways(Bundle& bundle, Check check) {
    for (auto const* late : {"false", "true"}) {
        INFO("noNewPrivileges " << late);
        bundle.set("/process/noNewPrivileges", late);
        check();
    }
}

} // namespace

TEST_CASE("seccomp: the errno of a rule, of the default, and EPERM without one", "[seccomp]") {
    Bundle bundle;
    bundle.inside(then(call(SYS_getpgrp), then(call(SYS_getppid), call(SYS_gettid))));
    profile(bundle, rule("getpgrp", "ERRNO") + "," + rule("getppid", "ERRNO", R"(,"errnoRet":38)"));
    both_ways(bundle, [&] { CHECK(errnos(bundle) == Words{"EPERM", "ENOSYS", ""}); });
}

TEST_CASE("seccomp: the actions that end a thread or a process", "[seccomp]") {
    for (auto const* act : {"KILL", "KILL_THREAD", "KILL_PROCESS", "TRAP"}) {
        INFO(act);
        Bundle bundle;
        bundle.inside(then({"echo", "before"}, then(call(SYS_getpgrp), {"echo", "after"})));
        profile(bundle, rule("getpgrp", act));
        both_ways(bundle, [&] {
            auto const ran = Container(bundle).run();
            CHECK(ran.status == 128 + 31); // SIGSYS
            CHECK(ran.out == "before\n");
        });
    }
}

TEST_CASE("seccomp: LOG goes on, TRACE without a tracer is ENOSYS", "[seccomp]") {
    Bundle bundle;
    bundle.inside(then(call(SYS_getpgrp), call(SYS_getppid)));
    profile(bundle, rule("getpgrp", "LOG") + "," + rule("getppid", "TRACE", R"(,"errnoRet":7)"));
    CHECK(errnos(bundle) == Words{"", "ENOSYS"});
}

TEST_CASE("seccomp: each operator", "[seccomp]") {
    struct Row {
        char const* op;
        char const* value;
        char const* two;
        Words refused; ///< of 4, 5, 6
    };
    Row const rows[] = {
        {"NE", "5", "0", {"EPERM", "", "EPERM"}},        {"LT", "5", "0", {"EPERM", "", ""}},
        {"LE", "5", "0", {"EPERM", "EPERM", ""}},        {"EQ", "5", "0", {"", "EPERM", ""}},
        {"GE", "5", "0", {"", "EPERM", "EPERM"}},        {"GT", "5", "0", {"", "", "EPERM"}},
        {"MASKED_EQ", "6", "4", {"EPERM", "EPERM", ""}},
    };
    for (auto const& row : rows) {
        INFO(row.op);
        Bundle bundle;
        bundle.inside(then(call(SYS_getpgrp, {"4"}),
                           then(call(SYS_getpgrp, {"5"}), call(SYS_getpgrp, {"6"}))));
        profile(bundle,
                rule("getpgrp", "ERRNO",
                     std::string(R"(,"args":[{"index":0,"value":)") + row.value + R"(,"valueTwo":)"
                         + row.two + R"(,"op":"SCMP_CMP_)" + row.op + "\"}]"));
        CHECK(errnos(bundle) == row.refused);
    }
}

TEST_CASE("seccomp: conditions on two arguments hold together, on one are alternatives",
          "[seccomp]") {
    auto const condition = [](int index, int value) {
        return R"({"index":)" + std::to_string(index) + R"(,"value":)" + std::to_string(value)
               + R"(,"op":"SCMP_CMP_EQ"})";
    };
    Bundle bundle;
    bundle.inside(then(call(SYS_getpgrp, {"1", "0"}),
                       then(call(SYS_getpgrp, {"1", "2"}), call(SYS_getpgrp, {"3", "2"}))));
    profile(bundle, rule("getpgrp", "ERRNO",
                         R"(,"args":[)" + condition(0, 1) + "," + condition(1, 2) + "]"));
    CHECK(errnos(bundle) == Words{"", "EPERM", ""});
    profile(bundle, rule("getpgrp", "ERRNO",
                         R"(,"args":[)" + condition(0, 1) + "," + condition(0, 3) + "]"));
    CHECK(errnos(bundle) == Words{"EPERM", "EPERM", "EPERM"});
}

TEST_CASE("seccomp: architectures", "[seccomp]") {
#ifdef __x86_64__
    Bundle bundle;
    bundle.inside({"call32", "20"}); // i386's getpid
    if (skip_unless(Container(bundle).run().status == 0, "a kernel without 32-bit programs"))
        return;
    // Not among the filter's: killed, whatever the rules say.
    profile(bundle, rule("getppid", "ERRNO"));
    CHECK(Container(bundle).run().status == 128 + 31);
    profile(bundle, rule("getpid", "ERRNO", R"(,"errnoRet":7)"),
            R"(,"architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"])");
    CHECK(report(bundle)["call32"].text("/errno") == "E2BIG");
    profile(bundle, rule("getppid", "ERRNO"), R"(,"architectures":["SCMP_ARCH_X86"])");
    CHECK(report(bundle)["call32"].text("/errno").empty());
    bundle.inside(call(SYS_getppid)); // the native one is always among them
    CHECK(errnos(bundle) == Words{"EPERM"});
#endif
}

TEST_CASE("seccomp: what can't be had is refused by name", "[seccomp]") {
    Bundle bundle;
    bundle.inside({"ids"});
    profile(bundle, "", R"(,"architectures":["SCMP_ARCH_S390X"])");
    refused(bundle, "/linux/seccomp/architectures/0: SCMP_ARCH_S390X");
    profile(bundle, rule("getpgrp", "NOTIFY"));
    refused(bundle, "/linux/seccomp/listenerPath");
    profile(bundle, rule("getpgrp", "NOTIFY"), R"(,"listenerPath":"/no/such/socket")");
    both_ways(bundle, [&] {
        auto const ran = Container(bundle).run();
        CHECK(ran.status == 1);
        CHECK(contains(ran.err, "/linux/seccomp/listenerPath: connect to \"/no/such/socket\""));
        CHECK(ran.out.empty());
    });
}

TEST_CASE("seccomp: flags, and what /proc says", "[seccomp]") {
    Bundle bundle;
    bundle.inside({"cat", "/proc/self/status"});
    profile(bundle, rule("getpgrp", "ERRNO"),
            R"(,"flags":["SECCOMP_FILTER_FLAG_TSYNC","SECCOMP_FILTER_FLAG_LOG",
               "SECCOMP_FILTER_FLAG_SPEC_ALLOW"])");
    both_ways(bundle, [&] {
        auto const ran = Container(bundle).run();
        CHECK(contains(ran.out, "\nSeccomp:\t2\n"));
        CHECK(contains(ran.out, "\nSeccomp_filters:\t1\n"));
    });
    // Flags have no effect without it: davit loads no filter unasked.
    bundle.remove("/linux/seccomp");
    CHECK(contains(Container(bundle).run().out, "\nSeccomp:\t0\n"));
}

TEST_CASE("seccomp: the filter takes no capability, and needs none of the container's",
          "[seccomp][security]") {
    Bundle bundle;
    profile(bundle, rule("getpgrp", "ERRNO"));
    bundle.inside(then({"caps"}, call(SYS_getpgrp)));
    for (auto const* uid : {"0", "1000"})
        for (auto const* set : {R"(["CAP_KILL"])", R"(["CAP_KILL","CAP_SYS_ADMIN"])"}) {
            INFO(uid << " " << set);
            bundle.set("/process/user/uid", uid);
            for (auto const* which :
                 {"bounding", "permitted", "effective", "inheritable", "ambient"})
                bundle.set(std::string("/process/capabilities/") + which, set);
            both_ways(bundle, [&] {
                auto const said = report(bundle);
                auto const expected = std::string(set).size() > 12 ? "200020" : "20";
                CHECK(said["caps"].text("/permitted") == expected);
                CHECK(said["caps"].text("/effective") == expected);
                CHECK(said["caps"].text("/bounding") == expected);
                CHECK(said["call"].text("/errno") == "EPERM");
            });
        }
}

TEST_CASE("seccomp: Docker's sort of profile", "[seccomp]") {
    Bundle bundle;
    bundle.set("/linux/seccomp", docker_shape()).directory("/x");
    auto const* caps = R"(["CAP_CHOWN","CAP_SYS_ADMIN"])";
    for (auto const* which : {"bounding", "permitted", "effective"})
        bundle.set(std::string("/process/capabilities/") + which, caps);
    // With CAP_SYS_ADMIN it is the filter that refuses.
    bundle.inside(then(
        {"mount", "/x"},
        then(call(SYS_keyctl, {"0"}),
             then(call(SYS_unshare, {"131072"}), // CLONE_NEWNS
                  then(call(SYS_clone3), then(call(SYS_personality, {"0"}), {"fork", "2"}))))));
    both_ways(bundle, [&] {
        auto const said = report(bundle);
        CHECK(said["mount"].text("/errno") == "EPERM");
        CHECK(said["fork"].number("/made") == 2);
        auto const calls = said.all("call");
        REQUIRE(calls.size() == 4);
        CHECK(calls[0].text("/errno") == "EPERM");
        CHECK(calls[1].text("/errno") == "EPERM");
        CHECK(calls[2].text("/errno") == "ENOSYS");
        CHECK(calls[3].text("/errno").empty());
    });
    bundle.inside(then(call(SYS_personality, {"1"}), call(999)));
    CHECK(errnos(bundle) == Words{"EPERM", "ENOSYS"}); // 999: newer than all that it names
}

TEST_CASE("seccomp: the second container with a profile finds its program", "[seccomp][davit]") {
    if (skip_unless(suite().is_davit, "davit's own cache")) return;
    auto const cache = suite().state_root + "/~seccomp";
    Bundle bundle;
    remove_tree(cache);
    bundle.set("/linux/seccomp", docker_shape()).inside(call(SYS_clone3));
    CHECK(errnos(bundle) == Words{"ENOSYS"});
    auto const name = run({"ls", cache}).out;
    auto const file = cache + "/" + name.substr(0, name.find('\n'));
    struct stat first = {}, second = {};
    REQUIRE(::stat(file.c_str(), &first) == 0);
    CHECK((first.st_mode & 0777) == 0600);
    CHECK(errnos(bundle) == Words{"ENOSYS"});
    REQUIRE(::stat(file.c_str(), &second) == 0);
    CHECK(first.st_ino == second.st_ino);
    CHECK(!contains(run(davit({"list"})).out, "seccomp")); // no container
    // davit doesn't use a cached program that another process has changed.
    auto text = read_file(file);
    text.back() = static_cast<char>(text.back() ^ 0x7f);
    REQUIRE(write_file(file, text));
    CHECK(errnos(bundle) == Words{"ENOSYS"});
    remove_tree(cache);
}

namespace {

/// What init calls under a filter that is loaded early: docs/decisions/seccomp.md has this list,
/// too.
std::vector<std::string> const after_early{"accept4",        "capset",  "close",    "execve",
                                           "listen",         "ppoll",   "prctl",    "recvmsg",
                                           "rt_sigprocmask", "sendmsg", "signalfd4"};

/// And what /inside, a static program, does on its way to `exit`.
std::vector<std::string> const of_inside{
    "arch_prctl", "brk",        "exit", "exit_group",      "execve",          "fstat",
    "futex",      "getrandom",  "mmap", "mprotect",        "newfstatat",      "prlimit64",
    "readlink",   "readlinkat", "rseq", "set_robust_list", "set_tid_address", "write"};

void allow_only(Bundle& bundle, Words names) {
    bundle.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_KILL_PROCESS","syscalls":[
        {"action":"SCMP_ACT_ALLOW","names":)"
                                     + json_list(names) + "}]}");
}

} // namespace

TEST_CASE("seccomp: what init does after its filter", "[seccomp][davit]") {
    if (skip_unless(suite().is_davit, "another runtime does other things")) return;
    Bundle bundle;
    bundle.inside({"exit", "7"});
    allow_only(bundle, of_inside);
    bundle.set("/process/noNewPrivileges", "true"); // nothing but execve
    CHECK(Container(bundle).run().status == 7);
    bundle.set("/process/noNewPrivileges", "false");
    auto names = of_inside;
    names.insert(names.end(), after_early.begin(), after_early.end());
    allow_only(bundle, names);
    CHECK(Container(bundle).run().status == 7);
    for (auto const& name : after_early) {
        if (name == "execve") continue; // /inside's too
        INFO("without " << name);
        Words without;
        for (auto const& one : names)
            if (one != name) without.push_back(one);
        allow_only(bundle, without);
        CHECK(Container(bundle).run().status != 7);
    }
    Words without(names.begin(), names.end() - static_cast<long>(after_early.size()));
    allow_only(bundle, without);
    refused(bundle, "/linux/seccomp: davit's init was killed by the profile");
}

TEST_CASE("seccomp: what a startContainer hook takes", "[seccomp][davit]") {
    if (skip_unless(suite().is_davit, "another runtime does other things")) return;
    // With noNewPrivileges: init's calls, and those on the way to the hook's execve.
    Words const of_hook{"clone",        "close",        "close_range",    "dup3",  "execve",
                        "fcntl",        "getpid",       "getppid",        "lseek", "pipe2",
                        "memfd_create", "ppoll",        "prctl",          "read",  "sendmsg",
                        "setsid",       "rt_sigaction", "rt_sigprocmask", "waitid"};
    Bundle bundle;
    bundle.inside({"exit", "7"}).set("/process/noNewPrivileges", "true");
    bundle.set("/hooks/startContainer", R"([{"path":"/inside","args":["inside","exit","0"]}])");
    auto names = of_inside;
    names.insert(names.end(), of_hook.begin(), of_hook.end());
    allow_only(bundle, names);
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    CHECK(ran.status == 7);
}

TEST_CASE("seccomp: an old profile, before close_range and faccessat2", "[seccomp]") {
    Bundle bundle;
    bundle.inside({"ids"});
    profile(bundle, rule("close_range", "ERRNO") + "," + rule("faccessat2", "ERRNO") + ","
                        + rule("openat2", "ERRNO") + "," + rule("clone3", "ERRNO"));
    both_ways(bundle, [&] { CHECK(Container(bundle).run().status == 0); });
}

TEST_CASE("seccomp: calls that libseccomp may not know are decided by number", "[seccomp][davit]") {
    Bundle bundle;
    constexpr std::pair<char const*, long> newer[] = {
        {"cachestat", 451},         {"fchmodat2", 452},
        {"map_shadow_stack", 453},  {"futex_wake", 454},
        {"futex_wait", 455},        {"futex_requeue", 456},
        {"statmount", 457},         {"listmount", 458},
        {"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460},
        {"lsm_list_modules", 461},  {"mseal", 462},
        {"setxattrat", 463},        {"getxattrat", 464},
        {"listxattrat", 465},       {"removexattrat", 466},
        {"open_tree_attr", 467},    {"file_getattr", 468},
        {"file_setattr", 469},      {"listns", 470}};
    std::string names, rules;
    Words words;
    for (auto const& [name, number] : newer) {
        names += std::string(names.empty() ? "" : ",") + '"' + name + '"';
        rules += std::string(rules.empty() ? "" : ",") + rule(name, "ERRNO", R"(,"errnoRet":7)");
        words = words.empty() ? call(number) : then(words, call(number));
    }
    bundle.inside(words);
    profile(bundle, rules); // refused one by one
    both_ways(bundle, [&] { CHECK(errnos(bundle) == Words(std::size(newer), "E2BIG")); });
    // Allowed among others; the kernel's own answer comes through.
    auto allowed = docker_shape();
    auto const at = allowed.find("\"syscalls\"");
    allowed.insert(allowed.find('[', at) + 1,
                   R"({"names":[)" + names + R"(],"action":"SCMP_ACT_ALLOW"},)");
    std::string const errnum = "\"defaultErrnoRet\": 1";
    allowed.replace(allowed.find(errnum), errnum.size(), "\"defaultErrnoRet\": 7");
    bundle.set("/linux/seccomp", allowed);
    both_ways(bundle, [&] {
        auto const said = errnos(bundle);
        CHECK(said.size() == std::size(newer));
        CHECK(std::ranges::count(said, "E2BIG") == 0);
    });
    // Calls that the profile doesn't name get its default.
    bundle.set("/linux/seccomp", docker_shape());
    both_ways(bundle, [&] {
        for (auto const& one : errnos(bundle)) CHECK((one == "EPERM" || one == "ENOSYS"));
    });
}

TEST_CASE("seccomp: Docker's sort of profile in a joined pid namespace", "[seccomp]") {
    Bundle bundle;
    Command const sleeper({"unshare", "--pid", "--fork", "--kill-child", "sleep", "100"});
    std::string child;
    REQUIRE(eventually([&] {
        auto const path = "/proc/" + std::to_string(sleeper.pid()) + "/task/"
                          + std::to_string(sleeper.pid()) + "/children";
        child = read_file(path);
        return !child.empty();
    }));
    child = child.substr(0, child.find(' '));
    bundle.join_namespace("pid", "/proc/" + child + "/ns/pid");
    bundle.set("/linux/seccomp", docker_shape()).inside(call(SYS_clone3));
    both_ways(bundle, [&] { CHECK(errnos(bundle) == Words{"ENOSYS"}); });
}

TEST_CASE("seccomp: the profile of containers-common", "[seccomp]") {
#ifdef __x86_64__
    auto const* const path = "/usr/share/containers/seccomp.json";
    if (skip_unless(exists(path), "golang-github-containers-common is not installed")) return;
    Json const all(read_file(path));
    // Picks rules as an engine does: for this architecture, and for containers without
    // capabilities.
    auto const picked = [&](std::string const& at) {
        auto const arches = all.dump(at + "/includes/arches");
        return !all.has(at + "/includes/caps") && (arches.empty() || contains(arches, "\"amd64\""))
               && !contains(all.dump(at + "/excludes/arches"), "\"amd64\"");
    };
    std::string rules;
    for (size_t i = 0; i < all.size("/syscalls"); ++i) {
        auto const at = "/syscalls/" + std::to_string(i);
        if (!picked(at)) continue;
        rules += rules.empty() ? "{" : ",{";
        for (auto const* member : {"names", "action", "errnoRet", "args"})
            if (all.has(at + "/" + member) && all.dump(at + "/" + member) != "null")
                rules += json_quote(member) + ":" + all.dump(at + "/" + member) + ",";
        rules.back() = '}';
    }
    Bundle bundle;
    bundle.set("/linux/seccomp", R"({"defaultAction":)" + all.dump("/defaultAction")
                                     + R"(,"syscalls":[)" + rules + "]}");
    bundle.inside(then({"fork", "2"}, call(SYS_migrate_pages, {"0", "0", "0", "0"})));
    both_ways(bundle, [&] {
        auto const said = report(bundle);
        CHECK(said["fork"].number("/made") == 2);
        CHECK(said["call"].text("/errno") == "EPERM");
    });
#endif
}

TEST_CASE("seccomp: that the program can't be executed is told without sendmsg too", "[seccomp]") {
    Bundle bundle;
    bundle.file("/script", "#!/no/such/program\n", 0755);
    bundle.set("/process/args", R"(["/script"])");
    profile(bundle, rule("sendmsg", "ERRNO"));
    bundle.set("/process/noNewPrivileges", "true");
    auto const ran = Container(bundle).run();
    CHECK(ran.status == 1);
    CHECK(contains(ran.err, "exec \"/script\""));
}

TEST_CASE("seccomp: a profile that forbids all, exit_group too, makes nobody wait for ever",
          "[seccomp][davit]") {
    Bundle bundle;
    bundle.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ERRNO"})");
    bundle.set("/process/noNewPrivileges", "true");
    CHECK(Container(bundle).run().status == 128 + SIGILL);
    bundle.set("/process/noNewPrivileges", "false");
    refused(bundle, "config.json: /linux/seccomp: davit's init was killed by the profile");
}
