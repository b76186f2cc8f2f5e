// SPDX-License-Identifier: Apache-2.0
// test/host/ps.cc - ps: a container's processes, as pids and as ps(1) shows them.

#include <sys/stat.h>

#include <algorithm>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

void works(Outcome const& outcome) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 0);
}

/// Four processes, with or without a pid namespace.
class Family {
  public:
    explicit Family(bool shared) : container(bundle) {
        if (shared) bundle.share_namespace("pid");
        bundle.inside({"orphans", "3", ";", "sleep", "60"});
        works(container.create());
        works(container.start());
        REQUIRE(eventually([&] { return contains(container.out(), "orphans"); }));
    }
    [[nodiscard]] Outcome ps(Words words) const {
        words.insert(words.begin(), "ps");
        return host::run(davit(words));
    }
    /// Runs ps with that as the only thing in $PATH.
    [[nodiscard]] Outcome ps_of(std::string const& path, Words words) const {
        words.insert(words.begin(), "ps");
        words = davit(words);
        words.insert(words.begin(), {"/usr/bin/env", "PATH=" + path});
        return host::run(words);
    }
    Bundle bundle;
    Container container;
};

long lines(std::string const& text) { return std::count(text.begin(), text.end(), '\n'); }

} // namespace

TEST_CASE("ps: JSON is a list of pids on one line", "[ps]") {
    for (bool shared : {false, true}) {
        Family const test(shared);
        auto const& id = test.container.id();
        auto const listed = test.ps({"--format", "json", id});
        works(listed);
        CHECK(lines(listed.out) == 1);
        CHECK(listed.out.find(' ') == std::string::npos);
        Json const pids(listed.out);
        REQUIRE(pids.size() == 4);
        bool found = false;
        for (int i = 0; i < 4; ++i)
            found = found
                    || pids.number("/" + std::to_string(i))
                           == static_cast<double>(test.container.pid());
        CHECK(found);
        CHECK(test.ps({"-f", "json", id}).out == listed.out);
        CHECK(test.ps({"--format=json", id, "-o", "ignored"}).out == listed.out);
    }
}

TEST_CASE("ps: a table is that of ps", "[ps]") {
    if (skip_unless(exists("/bin/ps"), "no /bin/ps here")) return;
    Family const test(false);
    auto const& id = test.container.id();
    auto const table = test.ps({id});
    works(table);
    CHECK(lines(table.out) == 5);
    CHECK(contains(table.out, "PPID"));
    CHECK(contains(table.out, "/inside orphans"));
    auto const other = test.ps({id, "-e", "-o", "pid,comm"});
    works(other);
    CHECK(lines(other.out) == 5);
    CHECK(test.ps({"--format", "table", id, "-e", "-o", "pid,comm"}).out == other.out);
    CHECK(contains(other.out, std::to_string(test.container.pid()) + " inside"));
    if (suite().is_davit) CHECK(test.ps({id, "--", "-e", "-o", "pid,comm"}).out == other.out);
    auto const no_pid = test.ps({id, "-e", "-o", "comm"});
    CHECK(no_pid.status == 1);
    CHECK(contains(no_pid.err, "couldn't find PID field in ps output"));
    auto const wrong = test.ps({id, "--no-such-option"});
    CHECK(wrong.status == 1);
    CHECK(contains(wrong.err, "exit status 1"));
}

TEST_CASE("ps: a created, a paused and a stopped container", "[ps][pause]") {
    Bundle bundle;
    Container container(bundle);
    auto const list = [&] {
        return Container::verb({"ps", "--format", "json", container.id()}).out;
    };
    works(container.create());
    auto const only = "[" + std::to_string(container.pid()) + "]\n";
    CHECK(list() == only);
    works(Container::verb({"pause", container.id()}));
    CHECK(list() == only);
    works(container.kill("KILL"));
    REQUIRE(container.wait_stopped());
    CHECK(list() == "null\n");
    auto const table = Container::verb({"ps", container.id()});
    works(table);
    CHECK(lines(table.out) == 1);
    works(container.remove());
}

TEST_CASE("ps: the program ps may be missing, or never end", "[ps][davit]") {
    if (skip_unless(suite().is_davit, "davit's own words")) return;
    Family const test(false);
    auto const bin = test.bundle.path() + "/bin";
    ::mkdir(bin.c_str(), 0755);
    auto const missing = test.ps_of(bin, {test.container.id()});
    CHECK(missing.status == 1);
    CHECK(contains(missing.err, "executable file not found in $PATH"));
    works(test.ps_of(bin, {"--format", "json", test.container.id()}));
    REQUIRE(write_file(bin + "/ps", "#!/bin/sh\nexec /bin/sleep 60\n"));
    ::chmod((bin + "/ps").c_str(), 0755);
    auto const late = test.ps_of(bin, {test.container.id()});
    CHECK_FALSE(late.timed_out);
    CHECK(late.status == 1);
    CHECK(contains(late.err, "has not ended within 10 s"));
}
