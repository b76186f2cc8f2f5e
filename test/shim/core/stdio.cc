// SPDX-License-Identifier: Apache-2.0
// test/shim/core/stdio.cc - fifos and files: every byte, the tail, readers that go, stdin's end.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "shim.h"

using namespace host;
using namespace std::chrono_literals;

namespace {

std::string path_of(std::string const& name) { return suite().temp + "/" + unique_name() + name; }

} // namespace

TEST_CASE("stdio: stdout and stderr through fifos, apart", "[shim]") {
    Bundle bundle;
    bundle.inside({"echo", "to out", ";", "warn", "to err"});
    Reader out(path_of("out")), err(path_of("err"));
    Shim shim;
    auto const id = shim.running(bundle, {"", out.path(), err.path()});
    (void)shim.must(shim.core().wait({id, ""}));
    CHECK(shim.must(shim.core().remove({id, ""})).status == 0);
    CHECK(out.read() == "to out\n");
    CHECK(err.read() == "to err\n");
    CHECK(out.at_end());
    CHECK(err.at_end());
}

TEST_CASE("stdio: 100 MB, byte by byte", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    constexpr std::size_t size = 100'000'000;
    bundle.set("/process/args", json_list(shell("yes 0123456789abcdef | head -c 100000000")));
    Reader out(path_of("out"));
    out.keep = false;
    Shim shim;
    auto const id = shim.running(bundle, {"", "fifo://" + out.path(), ""});
    CHECK(shim.until([&] {
        (void)out.read();
        return shim.core().state({id, ""})->phase == shim::Phase::stopped && out.bytes == size;
    }));
    CHECK(out.bytes == size);
    std::uint64_t sum = 0;
    std::string const line = "0123456789abcdef\n";
    for (std::size_t i = 0; i < size; ++i)
        sum = sum * 31 + static_cast<unsigned char>(line[i % line.size()]);
    CHECK(out.sum == sum);
    (void)shim.must(shim.core().remove({id, ""}));
}

TEST_CASE("stdio: what a process wrote last isn't lost", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle.inside({"sleep", "100"});
    Shim shim;
    auto const id = shim.running(bundle);
    for (int i = 0; i < 20; ++i) {
        Reader out(path_of("out"));
        auto const exec = "e" + std::to_string(i);
        // More than the two pipes on its way hold; the process ends when the rest of it is in the
        // first.
        shim.exec(id, exec, shell("yes tail | head -c 200000"), {"", out.path(), ""});
        REQUIRE(shim.until([&] {
            (void)out.read();
            return shim.core().state({id, exec})->phase == shim::Phase::stopped;
        }));
        auto removing = shim.begin(shim.core().remove({id, exec}));
        REQUIRE(shim.until([&] {
            (void)out.read();
            return removing->has_value();
        }));
        shim.run_for(5ms);
        (void)out.read();
        CHECK(out.bytes == 200000);
        CHECK(out.at_end());
    }
    shim.remove(id);
}

TEST_CASE("stdio: a client comes back to the output of meanwhile", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle.set("/process/args", json_list(shell("echo one; sleep 0.6; echo two; sleep 100")));
    Reader out(path_of("out"));
    Shim shim;
    auto const id = shim.running(bundle, {"", out.path(), ""});
    REQUIRE(shim.until([&] { return out.read() == "one\n"; }));
    out.close(); // containerd restarts
    shim.run_for(1000ms * suite().patience);
    CHECK(shim.core().state({id, ""})->phase == shim::Phase::running); // no SIGPIPE
    out.open();
    CHECK(shim.until([&] { return out.read() == "one\ntwo\n"; }));
    shim.remove(id);
}

TEST_CASE("stdio: short lines fill no pipe before its time", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle.set("/process/env", R"(["PATH=/bin"])");
    bundle.set("/process/args",
               json_list(shell("for i in 1 2 3 4 5 6 7 8 9 10; do echo; echo; echo; echo; echo; "
                               "sleep 0.02; done; echo done >&2")));
    Reader out(path_of("out")), err(path_of("err"));
    Shim shim;
    auto const id = shim.running(bundle, {"", out.path(), err.path()});
    CHECK(shim.must(shim.core().wait({id, ""})).status == 0);
    auto const begun = std::chrono::steady_clock::now();
    (void)shim.must(shim.core().remove({id, ""})); // without a read until then
    CHECK(std::chrono::steady_clock::now() - begun < 5s * suite().patience);
    CHECK(out.read().size() == 50);
}

TEST_CASE("stdio: neither a reader that is gone nor one that keeps the pipe blocks delete for ever",
          "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle.inside({"sleep", "100"});
    Shim shim;
    auto const id = shim.running(bundle);
    Reader out(path_of("out")), other(path_of("other"));
    shim.exec(id, "keeps", shell("echo mine; sleep 60 & "), {"", out.path(), ""});
    shim.exec(id, "full", shell("yes | head -c 120000"), {"", other.path(), ""});
    other.close();
    (void)shim.must(shim.core().wait({id, "keeps"}));
    auto const begun = std::chrono::steady_clock::now();
    auto first = shim.begin(shim.core().remove({id, "keeps"}));
    (void)shim.must(shim.core().wait({id, "full"}));
    auto second = shim.begin(shim.core().remove({id, "full"}));
    REQUIRE(shim.until([&] { return first->has_value() && second->has_value(); }));
    CHECK(std::chrono::steady_clock::now() - begun < 12s * suite().patience);
    CHECK(out.read() == "mine\n");
    shim.remove(id);
}

TEST_CASE("stdio: stdin, and its end", "[shim]") {
    Bundle bundle;
    bundle.inside({"cat"});
    auto const in = path_of("in");
    REQUIRE(::mkfifo(in.c_str(), 0700) == 0);
    Reader out(path_of("out"));
    Shim shim;
    auto const id = shim.running(bundle, {in, out.path(), ""});
    int client = ::open(in.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(client >= 0);
    REQUIRE(::write(client, "hello\n", 6) == 6);
    CHECK(shim.until([&] { return out.read() == "hello\n"; }));
    ::close(client); // detached: that isn't the end
    shim.run_for(50ms);
    CHECK(shim.core().state({id, ""})->phase == shim::Phase::running);
    client = ::open(in.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(client >= 0);
    REQUIRE(::write(client, "again\n", 6) == 6);
    CHECK(shim.core().close_stdin({id, ""}).has_value());
    ::close(client);
    CHECK(shim.must(shim.core().wait({id, ""})).status == 0);
    (void)shim.must(shim.core().remove({id, ""}));
    CHECK(out.read() == "hello\nagain\n");
    ::unlink(in.c_str());
}

TEST_CASE("stdio: a file, made with its directories, of both streams", "[shim]") {
    Bundle bundle;
    bundle.inside({"echo", "to out", ";", "warn", "to err"});
    auto const directory = path_of("logs");
    auto const uri = "file://" + directory + "/of/it%20all";
    Shim shim;
    for (int i = 0; i < 2; ++i) {
        auto const id = shim.running(bundle, {"", uri, uri});
        (void)shim.must(shim.core().wait({id, ""}));
        (void)shim.must(shim.core().remove({id, ""}));
    }
    auto const text = read_file(directory + "/of/it all") + "\n";
    CHECK(text.size() == 2 * 14);
    CHECK(text.find("to out\n") != text.npos);
    CHECK(text.find("to err\n") != text.npos);
    remove_tree(directory);
}

TEST_CASE("stdio: names that mean nothing", "[shim]") {
    Bundle bundle;
    Shim shim;
    for (auto const* name : {"ttrpc+unix:///x", "file://relative", "binary://", "/no/such/fifo"}) {
        auto const created = shim.run(shim.core().create(shim.request(bundle, {"", name, ""})));
        INFO(name);
        CHECK_FALSE(created.has_value());
        CHECK(shim.core().containers() == 0);
    }
    CHECK(shim.events.empty());
}

TEST_CASE("stdio: a fifo without a reader, under a file's name, is no reason to wait", "[shim]") {
    Bundle bundle;
    auto const path = path_of("fifo");
    REQUIRE(::mkfifo(path.c_str(), 0700) == 0);
    Shim shim;
    auto const created =
        shim.run(shim.core().create(shim.request(bundle, {"", "file://" + path, ""})));
    CHECK_FALSE(created.has_value());
    ::unlink(path.c_str());
}
