// SPDX-License-Identifier: Apache-2.0
// test/host/foreground.cc - run and exec that stay with a process without a terminal: its stdio are
// pipes, and the caller's files stay the caller's.

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box.h"
#include "pty.h"

using namespace host;

namespace {

/// Runs `script`, in which "$@" is `words`.
Outcome script(std::string const& text, Words const& words) {
    Words all = {"sh", "-c", text, "sh"};
    all.insert(all.end(), words.begin(), words.end());
    return run(all);
}
/// `words`, redirected as `how` says.
Outcome redirected(Words const& words, std::string const& how) {
    return script("\"$@\" " + how, words);
}

Words run_words(Bundle const& bundle) {
    bundle.write();
    return davit({"run", "--bundle", bundle.path(), unique_name()});
}

std::string numbered(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + "\n";
    return text;
}

} // namespace

TEST_CASE("foreground: a log stays as it is, whatever the container does",
          "[foreground][security]") {
    Bundle bundle;
    bundle.set("/process/user", R"({"uid":1000,"gid":1000})");
    auto const log = bundle.path() + "/log";
    write_file(log, "before\n");
    ::chmod(log.c_str(), 0600);
    auto const untouched = [&](std::string const& added) {
        struct stat st{};
        ::stat(log.c_str(), &st);
        CHECK(st.st_uid == 0);
        CHECK(read_file(log) == "before\n" + added);
    };
    bundle.inside({"call", std::to_string(SYS_ftruncate), "1", "0", ";", "call",
                   std::to_string(SYS_lseek), "1", "0", "0", ";", "open", "/proc/self/fd/0", "rw"});
    auto const ran = redirected(run_words(bundle), "</dev/null >>" + log + " 2>&1");
    CHECK(ran.status == 0);
    auto const said = read_file(log).substr(7);
    INFO(said);
    CHECK(contains(said, "EINVAL"));
    CHECK(contains(said, "ESPIPE"));
    untouched(said);
    Box box(bundle);
    (void)redirected(
        box.exec_words({"--user", "1000"}, {"call", std::to_string(SYS_ftruncate), "1", "0", ";",
                                            "call", std::to_string(SYS_ftruncate), "0", "0"}),
        "<>" + log + " >/dev/null");
    untouched(said);
}

TEST_CASE("foreground: nothing of the caller's is given away by create either",
          "[foreground][security]") {
    Bundle bundle;
    bundle.set("/process/user", R"({"uid":1000,"gid":1000})");
    bundle.inside({"sleep", "100"});
    bundle.write();
    auto const log = bundle.path() + "/log";
    write_file(log, "");
    Pty pty;
    auto const id = unique_name();
    CHECK(redirected(davit({"run", "--detach", "--bundle", bundle.path(), id}),
                     "<" + pty.slave_name() + " >" + log + " 2>&1")
              .status
          == 0);
    struct stat st{};
    ::stat(log.c_str(), &st);
    CHECK(st.st_uid == 0);
    ::stat(pty.slave_name().c_str(), &st);
    CHECK(st.st_uid == 0);
    CHECK(Container::verb({"delete", "--force", id}).status == 0);
}

TEST_CASE("foreground: the caller's terminal isn't the container's", "[foreground][security]") {
    Bundle bundle;
    bundle.inside({"call", std::to_string(SYS_ioctl), "0", std::to_string(TIOCSTI), "0", ";",
                   "call", std::to_string(SYS_ioctl), "2", std::to_string(TIOCGWINSZ), "0"});
    Pty pty;
    CHECK(Command(run_words(bundle), at(pty)).wait().status == 0);
    pty.read_on();
    auto const& said = pty.seen();
    INFO(said);
    CHECK(contains(said, "ENOTTY"));
    CHECK_FALSE(contains(said, "EFAULT"));
}

TEST_CASE("foreground: all that is read and written passes", "[foreground]") {
    constexpr int count = 300'000; // 3.6 MB: more than all pipes hold
    auto const text = numbered(count);
    Bundle bundle;
    auto const file = bundle.path() + "/file";
    write_file(file, text);
    auto const same = [&](std::string const& redirection) {
        INFO(redirection);
        auto const ran = redirected(run_words(bundle), redirection);
        CHECK(ran.status == 0);
        CHECK(ran.out == text);
    };
    bundle.inside({"lines", std::to_string(count)});
    same("</dev/null");
    same("| cat");
    same("| { sleep 0.1; cat; }");
    same(">>" + file + ".out; cat " + file + ".out"); // O_APPEND
    bundle.inside({"cat"});
    same("<" + file);
    same("<" + file + " | cat");
    Box box(bundle);
    auto const through = script("cat " + file + " | \"$@\" | cat", box.exec_words({}, {"cat"}));
    CHECK(through.out == text);
}

TEST_CASE("foreground: stdout and stderr are one pipe where they are one file", "[foreground]") {
    // Else the order of what comes through two could not be kept.
    Bundle bundle;
    bundle.inside({"fds"});
    auto const file = bundle.path() + "/file";
    auto const is_one = [&](std::string const& redirection) {
        auto const ran = redirected(run_words(bundle), redirection);
        CHECK(ran.status == 0);
        auto const fds = Report(ran.out)["fds"];
        CHECK(fds.text("/1").starts_with("pipe:"));
        return fds.text("/1") == fds.text("/2");
    };
    CHECK(is_one("2>&1"));
    CHECK(is_one("2>&1 | cat"));
    CHECK_FALSE(is_one(""));
    // One file, but each has an offset of its own.
    CHECK_FALSE(is_one(">" + file + " 2>" + file + "; cat " + file));
}

TEST_CASE("foreground: stdin that is closed, at its end, or never read", "[foreground]") {
    Bundle bundle;
    bundle.inside({"cat", ";", "echo", "end"});
    for (auto const* redirection : {"</dev/null", "<&-", "0>/dev/null"}) {
        INFO(redirection);
        auto const ran = redirected(run_words(bundle), redirection);
        CHECK(ran.status == 0);
        CHECK(ran.out == "end\n");
    }
    CHECK(redirected(run_words(bundle), "<&- >&- 2>&-").status == 0);
    bundle.inside({"call", std::to_string(SYS_close), "0", ";", "sleep", "0.2", ";", "exit", "4"});
    CHECK(script("yes | \"$@\"", run_words(bundle)).status == 4);
    bundle.inside({"sleep", "0.2", ";", "exit", "5"});
    CHECK(script("yes | \"$@\"", run_words(bundle)).status == 5);
}

TEST_CASE("foreground: who writes hears that nobody reads any more", "[foreground]") {
    Bundle bundle;
    Box box(bundle);
    auto const ran =
        script("\"$@\" | head -n 2; echo over", box.exec_words({}, {"lines", "100000000"}));
    CHECK_FALSE(ran.timed_out);
    CHECK(ran.out == "line 0\nline 1\nover\n");
}

TEST_CASE("foreground: what is lost is told", "[foreground]") {
    Bundle bundle;
    bundle.inside({"lines", "10000"});
    auto const ran = redirected(run_words(bundle), ">/dev/full");
    CHECK(ran.status == 1);
    CHECK(contains(ran.err, "pass the process's output on to stdout: no space left on device"));
    Box box(bundle);
    auto const added = redirected(box.exec_words({}, {"lines", "10000"}), ">/dev/full");
    CHECK(added.status == 255);
    CHECK(contains(added.err, "no space left on device"));
}

TEST_CASE("foreground: a survivor that keeps the pipes keeps nobody waiting", "[foreground]") {
    Bundle bundle;
    Box box(bundle);
    auto const silent = box.exec({}, {"orphans", "3", ";", "echo", "early", ";", "exit", "3"});
    CHECK_FALSE(silent.timed_out);
    CHECK(silent.status == 3);
    CHECK(contains(silent.out, "early"));
    // All that was written before the end comes out, though its reader is slow.
    auto const slow = script("\"$@\" | { sleep 0.3; cat; }", box.exec_words({}, {"lines", "4000"}));
    CHECK(slow.out == numbered(4000));
}

TEST_CASE("foreground: each user of a container may open its stdio", "[foreground]") {
    Bundle bundle;
    bundle.set("/process/user", R"({"uid":1000,"gid":1000})");
    bundle.inside({"open", "/proc/self/fd/1", "w", ";", "open", "/proc/self/fd/0", "r"});
    auto const seen = report(bundle);
    for (auto const& open : seen.all("open")) CHECK(open.text("/errno") == "");
}
