// SPDX-License-Identifier: Apache-2.0
// test/host/messages.cc - what a person reads when something is wrong: which file, which member,
// what was expected, what was found, what to do.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "catch.h"
#include "container.h"
#include "fd_socket.h"

using namespace host;

namespace {

std::string little(std::uint64_t n, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(n >> (8 * i) & 0xff);
    return out;
}

/// The head of a 64-bit ELF program, with a loader's name if there is one. elf(5).
std::string elf(unsigned machine, std::string const& loader = "") {
    constexpr unsigned header_size = 64, entry_size = 56;
    std::string const name = loader + '\0';
    std::string out("\x7f"
                    "ELF\2\1\1\0\0\0\0\0\0\0\0\0",
                    16);
    out += little(2, 2) + little(machine, 2) + little(1, 4) + little(0, 8);
    out += little(header_size, 8) + little(0, 8) + little(0, 4) + little(header_size, 2);
    out += little(entry_size, 2) + little(loader.empty() ? 0 : 1, 2) + little(0, 6);
    if (loader.empty()) return out;
    out += little(3, 4) + little(4, 4) + little(header_size + entry_size, 8) + little(0, 16);
    return out + little(name.size(), 8) + little(name.size(), 8) + little(1, 8) + name;
}

#if defined(__x86_64__)
constexpr unsigned our_machine = 62, other_machine = 183;
#elif defined(__aarch64__)
constexpr unsigned our_machine = 183, other_machine = 62;
#else
constexpr unsigned our_machine = 243, other_machine = 62;
#endif

struct Row {
    char const* what;
    std::string content;
    char const* errno_words; ///< which callers make exit codes of
    char const* words;
};

std::vector<Row> rows() {
    char const* const format = "exec format error";
    char const* const none = "no such file or directory";
    return {
        {"an empty file", "", format, "the file is empty"},
        {"text without #!", "echo hello\n", format, "neither an ELF program nor a script"},
        {"no interpreter", "#! \n", format, "names no interpreter behind \"#!\""},
        {"a missing interpreter", "#!/bin/nosuch -x\n", none,
         "its first line's interpreter \"/bin/nosuch\" is not in the container's root"},
        {"a file with CR LF", "#!/inside\r\nreport\r\n", none, "ends in CR LF"},
        {"an interpreter that isn't executable", "#!/data\n", "permission denied",
         "interpreter \"/data\" can't be executed (permission denied)"},
        {"a script whose interpreter's is missing", "#!/script\n", none,
         "its interpreter \"/script\": its first line's interpreter \"/none\" is not in"},
        {"a missing loader", elf(our_machine, "/lib/ld-none.so"), none,
         "its dynamic loader \"/lib/ld-none.so\" is not in the container's root"},
        {"another machine's program", elf(other_machine), format, ", this machine is "},
        {"a damaged program", elf(our_machine).substr(0, 40), format, "or damaged"},
    };
}

} // namespace

TEST_CASE("messages: why a program's file can't be executed", "[messages]") {
    for (auto const& row : rows()) {
        INFO(row.what);
        Bundle bundle;
        bundle.file("/program", row.content, 0755)
            .file("/data", "x")
            .file("/script", "#!/none\n", 0755);
        bundle.set("/process/args", R"(["/program"])");
        Container container(bundle);
        REQUIRE(container.create().status == 0);
        auto const start = container.start();
        INFO(start.err);
        CHECK(start.status == 1);
        CHECK(contains(start.err, std::string("exec \"/program\": ") + row.errno_words + ": "));
        CHECK(contains(start.err, row.words));
    }
}

TEST_CASE("messages: the same of exec, and under a filter that ends whoever looks", "[messages]") {
    Bundle bundle;
    bundle.inside({"sleep", "60"}).file("/program", "#!/bin/nosuch\n", 0755);
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    REQUIRE(container.start().status == 0);
    auto const exec = Container::verb({"exec", container.id(), "/program"});
    CHECK(exec.status == 255);
    CHECK(contains(exec.err, "no such file or directory: its first line's interpreter "
                             "\"/bin/nosuch\" is not in the container's root"));

    Bundle filtered;
    filtered.file("/program", "", 0755).set("/process/args", R"(["/program"])");
    filtered.set("/process/noNewPrivileges", "true");
    filtered.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[)"
                                   R"({"names":["openat"],"action":"SCMP_ACT_KILL_PROCESS"}]})");
    Container killed(filtered);
    auto const created = killed.create();
    if (skip_unsupported(created)) return;
    REQUIRE(created.status == 0);
    auto const start = killed.start();
    CHECK(start.status == 1);
    CHECK(contains(start.err, "exec \"/program\": exec format error"));
}

namespace {

/// Fails, says `words`, and is told of by `create`.
void says(Bundle& bundle, std::string const& words, Words const& options = {}) {
    Container container(bundle);
    auto const created = container.create(options);
    INFO(created.err);
    CHECK(created.status == 1);
    CHECK(contains(created.err, words));
    CHECK(container.status() == "");
}

/// What davit says as user 65534, who may read the bundle.
Outcome of_nobody(Words const& words, std::string const& runtime_directory = "") {
    auto const program = suite().temp + "/davit-of-nobody";
    write_file(program, "");
    std::filesystem::copy_file(suite().runtime, program,
                               std::filesystem::copy_options::overwrite_existing);
    ::chmod(program.c_str(), 0755);
    Words all = {"env", "-u", "XDG_RUNTIME_DIR"};
    if (!runtime_directory.empty()) all.push_back("XDG_RUNTIME_DIR=" + runtime_directory);
    for (auto const* word : {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"})
        all.emplace_back(word);
    all.push_back(program);
    all.insert(all.end(), words.begin(), words.end());
    auto outcome = run(all);
    ::unlink(program.c_str());
    return outcome;
}

} // namespace

TEST_CASE("messages: config.json's members, as they are written", "[messages]") {
    Bundle bundle;
    bundle.set("/process/rlimits",
               R"([{"type":"RLIMIT_NOFILE","hard":18446744073709551616,"soft":1}])");
    says(bundle, "/process/rlimits/0/hard: expected an integer from 0 to 18446744073709551615, "
                 "found 18446744073709551616");

    bundle.set("/process/rlimits",
               R"([{"type":"RLIMIT_NOFILE","hard":"18446744073709551615","soft":1}])");
    says(bundle, "found \"18446744073709551615\" in quotes: write it without");

    Bundle marked;
    marked.write();
    marked.write("\xef\xbb\xbf" + read_file(marked.path() + "/config.json"));
    auto const explained = Container::verb({"explain", "--bundle", marked.path()});
    CHECK(contains(explained.err, "config.json:1:1: expected a value, found a byte order mark "
                                  "(EF BB BF): save the file as UTF-8 without one"));

    Bundle capable;
    capable.set("/process/capabilities/bounding", R"(["KILL","cap_chown","CAP_NOSUCH"])");
    capable.inside({"exit", "0"});
    auto const run = Container(capable).run();
    CHECK(run.status == 0);
    CHECK(contains(run.err, "unknown capability \"KILL\" ignored (it is \"CAP_KILL\")"));
    CHECK(contains(run.err, "unknown capability \"cap_chown\" ignored (it is \"CAP_CHOWN\")"));
    CHECK(contains(run.err, "unknown capability \"CAP_NOSUCH\" ignored\n"));
}

TEST_CASE("messages: the command line, in its own words", "[messages]") {
    auto const wrong = run(davit({"crate"}));
    CHECK(wrong.status == 3);
    CHECK(contains(wrong.err, "No help topic for 'crate': unknown command; did you mean "
                              "\"create\"?"));
    CHECK_FALSE(contains(run(davit({"frobnicate"})).err, "did you mean"));

    Bundle bundle;
    bundle.inside({"sleep", "60"});
    says(bundle, "--pid-file: write \"" + bundle.path() + "/no/pid\": no such file or directory",
         {"--pid-file", bundle.path() + "/no/pid"});
    FdSocket const socket(bundle.path() + "/socket");
    says(bundle, "there is no terminal (config.json: /process/terminal)",
         {"--console-socket", bundle.path() + "/socket"});
}

TEST_CASE("messages: update names the option", "[messages][cgroup]") {
    if (skip_unless(!controller("cpu").empty(), "no cpu controller")) return;
    Bundle bundle;
    Container container(bundle);
    REQUIRE(container.create().status == 0);
    auto const refused = Container::verb({"update", "--cpu-quota", "10", container.id()});
    INFO(refused.err);
    CHECK(refused.status == 1);
    CHECK(contains(refused.err, "update: --cpu-quota: write \"10"));
    CHECK(contains(refused.err, "a quota from 1000 on"));
    auto const file = bundle.path() + "/limits";
    write_file(file, R"({"cpu":{"quota":10}})");
    auto const read = Container::verb({"update", "--resources", file, container.id()});
    CHECK(contains(read.err, "update: --resources \"" + file + "\": /cpu/quota: write \"10"));
    auto const missing = Container::verb({"update", "--resources", file + "x", container.id()});
    CHECK(contains(missing.err, "--resources: open \"" + file + "x\": no such file or directory"));
}

TEST_CASE("messages: a root that may not be entered", "[messages]") {
    Bundle bundle;
    bundle.set("/linux/uidMappings", R"([{"containerID":0,"hostID":100000,"size":10}])")
        .set("/linux/gidMappings", R"([{"containerID":0,"hostID":100000,"size":10}])");
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    auto const root = bundle.rootfs();
    REQUIRE(::chmod(root.c_str(), 0700) == 0);
    says(bundle, "config.json: /root/path: enter the root \"" + root
                     + "\": its owner and mode must let the container's user 0 in: permission "
                       "denied");
}

TEST_CASE("messages: a profile that forbids what init does", "[messages][seccomp]") {
    for (std::string const action : {"SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS"}) {
        INFO(action);
        Bundle bundle;
        bundle.set("/process/noNewPrivileges", "false");
        bundle.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":)"
                                     R"(["listen","accept4","chmod"],"action":")"
                                         + action + R"("}]})");
        Container container(bundle);
        auto const created = container.create();
        if (skip_unsupported(created)) return;
        INFO(created.err);
        CHECK(created.status == 1);
        CHECK(contains(created.err, "the profile doesn't allow listen, accept4: allow that in "
                                    "/linux/seccomp/syscalls, or set /process/noNewPrivileges"));
    }
}

TEST_CASE("messages: a profile that forbids the program's own execve", "[messages][seccomp]") {
    for (auto const* more : {"true", "false"}) {
        INFO("no_new_privs " << more);
        Bundle bundle;
        bundle.set("/process/noNewPrivileges", more);
        bundle.set("/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":)"
                                     R"(["execve"],"action":"SCMP_ACT_ERRNO"}]})");
        Container container(bundle);
        auto const created = container.create();
        if (skip_unsupported(created)) return;
        auto const started = container.start();
        INFO(created.err << started.err);
        CHECK(created.status == 0);
        CHECK(started.status == 1);
        CHECK(contains(started.err, "operation not permitted"));
        CHECK(contains(started.err, "the profile in /linux/seccomp doesn't allow execve"));
    }
}

TEST_CASE("messages: what an ordinary user, or root of a container, lacks", "[messages]") {
    Bundle bundle;
    bundle.write();
    auto const lost = of_nobody({"create", "--bundle", bundle.path(), "x"});
    INFO(lost.err);
    CHECK(lost.status == 1);
    CHECK(contains(lost.err, "XDG_RUNTIME_DIR, which isn't set"));
    CHECK(contains(lost.err, "name a directory with --root"));
    auto const other = of_nobody({"create", "--bundle", bundle.path(), "x"}, suite().temp + "/no");
    CHECK(contains(other.err, "(it is below XDG_RUNTIME_DIR; --root names another one)"));
    Words words = {"setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"};
    auto const davit_words = davit({"create", "--bundle", bundle.path(), unique_name()});
    words.insert(words.end(), davit_words.begin(), davit_words.end());
    auto const poor = run(words);
    INFO(poor.err);
    CHECK(poor.status == 1);
    CHECK(contains(poor.err, "davit has no CAP_SYS_ADMIN"));
}
