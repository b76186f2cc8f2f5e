// SPDX-License-Identifier: Apache-2.0
// test/host/terminal.cc - containers with a terminal: the console socket, and run's own relay.
//
// [config.md#process terminal, consoleSize]; what conmon and containerd expect of the socket.

#include <signal.h>
#include <unistd.h>

#include "box.h"
#include "catch.h"
#include "container.h"
#include "fd_socket.h"
#include "pty.h"

using namespace host;

TEST_CASE("terminal: the console socket receives the master", "[terminal]") {
    Bundle bundle;
    bundle.set("/process/terminal", "true");
    bundle.set("/process/consoleSize", R"({"height":33,"width":111})");
    bundle.inside({"tty", ";", "dev", ";", "cat"});
    FdSocket const socket(bundle.path() + "/console");
    Container container(bundle);
    auto const created = container.create({"--console-socket", socket.path()});
    INFO(created.err);
    REQUIRE(created.status == 0);
    std::string name;
    int const master = socket.receive(&name);
    REQUIRE(master >= 0);
    CHECK(name.starts_with("/dev/"));
    Pty pty(master);
    REQUIRE(container.start().status == 0);
    REQUIRE(pty.shows("\"dev\""));
    Report const seen(pty.seen());
    auto const tty = seen["tty"];
    CHECK(tty.dump("/is") == "[1,1,1]");
    CHECK((tty.text("/name") == "/dev/pts/0" || tty.text("/name") == "/dev/console"));
    CHECK(tty.number("/rows") == 33);
    CHECK(tty.number("/columns") == 111);
    CHECK(tty.number("/foreground") == 1);
    CHECK(tty.dump("/controlling") == "true");
    CHECK(seen["dev"].text("/console/type") == "char");
    pty.type("\x04"); // end of input
    REQUIRE(container.wait_stopped());
    CHECK(container.remove().status == 0);
}

TEST_CASE("terminal: Ctrl-C reaches a created container's program", "[terminal]") {
    Bundle bundle;
    bundle.set("/process/terminal", "true").inside({"trap", "INT", "TERM", ";", "exit", "0"});
    FdSocket const socket(bundle.path() + "/console");
    Container container(bundle);
    REQUIRE(container.create({"--console-socket", socket.path()}).status == 0);
    std::string name;
    Pty pty(socket.receive(&name));
    REQUIRE(container.start().status == 0);
    REQUIRE(pty.shows("ready"));
    pty.type("\x03");
    CHECK(pty.shows("\"INT\""));
    CHECK(container.remove_by_force().status == 0);
}

TEST_CASE("terminal: a console socket and a terminal need each other", "[terminal]") {
    Bundle bundle;
    bundle.set("/process/terminal", "true");
    {
        Container container(bundle);
        auto const created = container.create();
        CHECK(created.status == 1);
        CHECK(contains(created.err, "will detach without setting console socket"));
        CHECK(container.status() == "");
    }
    bundle.set("/process/terminal", "false");
    {
        FdSocket const socket(bundle.path() + "/console");
        Container container(bundle);
        auto const created = container.create({"--console-socket", socket.path()});
        CHECK(created.status == 1);
        CHECK(contains(created.err, "cannot use console socket if"));
        CHECK(container.status() == "");
    }
    bundle.set("/process/terminal", "true");
    Container container(bundle);
    CHECK(container.create({"--console-socket", bundle.path() + "/nobody"}).status == 1);
    CHECK(container.status() == "");
}

TEST_CASE("terminal: run relays the user's terminal, its size, its changes", "[terminal]") {
    Bundle bundle;
    bundle.set("/process/terminal", "true").inside({"winch", "50", ";", "exit", "6"});
    Pty pty;
    pty.resize(30, 90);
    Container container(bundle);
    auto command = container.run_command({}, at(pty));
    REQUIRE(pty.shows("{\"winch\":[30,90]}"));
    pty.resize(40, 100);
    CHECK(pty.shows("{\"winch\":[40,100]}"));
    pty.resize(50, 120);
    CHECK(pty.shows("{\"winch\":[50,120]}"));
    CHECK(command.wait().status == 6);
}

TEST_CASE("terminal: the program sees the size from its first instruction", "[terminal]") {
    Bundle bundle;
    Pty pty;
    pty.resize(44, 99);
    for (int round = 0; round < 10; ++round) {
        bundle.set("/process/terminal", "true").inside({"tty"});
        auto const start = pty.seen().size();
        CHECK(Container(bundle).run_command({}, at(pty)).wait().status == 0);
        pty.shows("\"tty\"");
        pty.read_on();
        CHECK(contains(pty.seen().substr(start), R"("rows":44,"columns":99)"));
    }
    bundle.set("/process/terminal", "false");
    Box const box(bundle);
    for (int round = 0; round < 10; ++round) {
        auto const start = pty.seen().size();
        CHECK(box.exec({"--tty"}, {"tty"}, at(pty)).status == 0);
        pty.read_on();
        CHECK(contains(pty.seen().substr(start), R"("rows":44,"columns":99)"));
    }
}

TEST_CASE("terminal: no carriage return that the caller's terminal wouldn't add", "[terminal]") {
    Bundle bundle;
    Box const box(bundle);
    auto const seen_with = [&](tcflag_t output) {
        Pty pty;
        auto settings = pty.settings();
        settings.c_oflag = output;
        pty.change(settings);
        CHECK(box.exec({"--tty"}, {"echo", "hello"}, at(pty)).status == 0);
        pty.read_on();
        CHECK(pty.settings().c_oflag == output);
        return pty.seen();
    };
    CHECK(seen_with(OPOST | ONLCR) == "hello\r\n");
    CHECK(seen_with(OPOST) == "hello\n");
    // Into a file, or a pipe: what the program wrote.
    CHECK(box.exec({"--tty"}, {"echo", "hello"}).out == "hello\n");
    bundle.set("/process/terminal", "true").inside({"echo", "hello"});
    bundle.set("/linux/cgroupsPath", json_quote(bundle.cgroup() + "-2"));
    CHECK(Container(bundle).run().out == "hello\n");
}

TEST_CASE("terminal: raw bytes pass, the user's settings come back", "[terminal]") {
    Bundle bundle;
    bundle.set("/process/terminal", "true").inside({"raw", ";", "echo", "ready", ";", "cat"});
    Pty pty;
    auto const before = pty.settings();
    Container container(bundle);
    auto command = container.run_command({}, at(pty));
    REQUIRE(pty.shows("ready"));
    CHECK((pty.settings().c_lflag & ECHO) == 0); // the container's terminal does that
    auto const start = pty.seen().size();
    std::string bytes;
    for (int c = 1; c < 256; ++c) bytes += static_cast<char>(c);
    pty.type(bytes);
    CHECK(pty.shows(bytes));
    CHECK(pty.seen().substr(pty.seen().find(bytes.substr(0, 4), start)) == bytes);
    CHECK(container.kill("KILL").status == 0);
    CHECK(command.wait().status == 137);
    CHECK(pty.settings().c_lflag == before.c_lflag);
    CHECK(pty.settings().c_iflag == before.c_iflag);
}

TEST_CASE("terminal: Ctrl-C goes to the program, not to run", "[terminal]") {
    Bundle bundle;
    bundle.set("/process/terminal", "true").inside({"trap", "INT", "TERM", ";", "exit", "4"});
    Pty pty;
    Container container(bundle);
    auto command = container.run_command({}, at(pty));
    REQUIRE(pty.shows("ready"));
    pty.type("\x03");
    CHECK(pty.shows("\"INT\""));
    CHECK(command.running());
    command.signal(SIGTERM);
    CHECK(command.wait().status == 4);
}

TEST_CASE("terminal: all output arrives, also what is written at the very end", "[terminal]") {
    Bundle bundle;
    bundle.set("/process/terminal", "true").inside({"lines", "5000", ";", "exit", "2"});
    for (int round = 0; round < 5; ++round) {
        Pty pty;
        Container container(bundle);
        auto command = container.run_command({}, at(pty));
        CHECK(pty.shows("line 4999\r\n"));
        CHECK(command.wait().status == 2);
    }
}

TEST_CASE("terminal: run with a terminal whose input isn't one", "[terminal]") {
    Bundle bundle;
    bundle.set("/process/terminal", "true").inside({"tty", ";", "echo", "done"});
    auto const ran = Container(bundle).run();
    if (ran.status == 0) { // runc insists on one
        CHECK(contains(ran.out, "done"));
        CHECK(Report(ran.out)["tty"].dump("/is") == "[1,1,1]");
    } else
        CHECK_FALSE(ran.err.empty());
}

TEST_CASE("terminal: a user who isn't root owns it", "[terminal]") {
    Bundle bundle;
    bundle.set("/process/terminal", "true").set("/process/user", R"({"uid":1000,"gid":1000})");
    bundle.inside(
        {"ls", "/dev/pts", ";", "open", "/dev/pts/0", "rw", ";", "open", "/dev/tty", "rw"});
    Pty pty;
    Container container(bundle);
    auto command = container.run_command({}, at(pty));
    CHECK(pty.shows("/dev/tty"));
    CHECK(command.wait().status == 0);
    Report const seen(pty.seen());
    CHECK(seen["ls"].number("/0/uid") == 1000);
    for (auto const& open : seen.all("open")) CHECK(open.text("/errno") == "");
}
