// SPDX-License-Identifier: Apache-2.0
// test/shim/core/terminal.cc - a process's terminal: both ways, its size, its end.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "shim.h"

using namespace host;
using namespace std::chrono_literals;

namespace {

struct Terminal {
    Terminal() : in(suite().temp + "/" + unique_name()), out(suite().temp + "/" + unique_name()) {
        REQUIRE(::mkfifo(in.c_str(), 0700) == 0);
    }
    ~Terminal() {
        if (keyboard >= 0) ::close(keyboard);
        ::unlink(in.c_str());
    }
    [[nodiscard]] shim::StdioNames names() const { return {in, out.path(), "", true}; }
    void type(std::string const& text) {
        if (keyboard < 0) keyboard = ::open(in.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        REQUIRE(::write(keyboard, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    bool shows(Shim& shim, std::string const& text) {
        return shim.until([&] { return out.read().find(text) != std::string::npos; }, 10s);
    }
    std::string in;
    Reader out;
    int keyboard = -1;
};

} // namespace

TEST_CASE("terminal: what is typed, what is shown, resize, the end", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bool const is_exec = GENERATE(false, true);
    if (is_exec)
        bundle.inside({"sleep", "100"});
    else
        bundle.set("/process/args", json_list({"/bin/sh"})).set("/process/env", R"(["PATH=/bin"])");
    Terminal terminal;
    Shim shim;
    auto& core = shim.core();
    auto const id = shim.running(bundle, is_exec ? shim::StdioNames{} : terminal.names());
    shim::ProcessId const shell{id, is_exec ? "e" : ""};
    if (is_exec) shim.exec(id, "e", {"/bin/sh"}, terminal.names());
    CHECK(core.state(shell)->stdio.terminal);
    CHECK(core.resize(shell, 123, 45).has_value());
    terminal.type("stty size\n");
    CHECK(terminal.shows(shim, "45 123\r\n"));
    CHECK(core.resize(shell, 80, 25).has_value());
    terminal.type("stty size; head -c 50000 /dev/zero | tr '\\0' x | wc -c; echo tail; exit 3\n");
    CHECK(terminal.shows(shim, "25 80\r\n"));
    CHECK(shim.must(core.wait(shell)).status == 3);
    (void)shim.must(core.remove(shell));
    CHECK(terminal.shows(shim, "tail\r\n"));
    CHECK(terminal.out.at_end());
    if (is_exec) shim.remove(id);
}

TEST_CASE("terminal: much that is typed at once, to a slow reader", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle
        .set("/process/args",
             json_list(shell("stty raw -echo; echo ready; sleep 0.5; head -c 200000 | wc -c")))
        .set("/process/env", R"(["PATH=/bin"])");
    Terminal terminal;
    Shim shim;
    auto const id = shim.running(bundle, terminal.names());
    REQUIRE(terminal.shows(shim, "ready"));
    terminal.type("");
    std::string const text(200000, 'x');
    std::size_t typed = 0;
    CHECK(shim.until([&] {
        auto const n = ::write(terminal.keyboard, text.data() + typed, text.size() - typed);
        if (n > 0) typed += static_cast<std::size_t>(n);
        return typed == text.size();
    }));
    CHECK(terminal.shows(shim, "200000"));
    CHECK(shim.must(shim.core().wait({id, ""})).status == 0);
    (void)shim.must(shim.core().remove({id, ""}));
}

TEST_CASE("terminal: the tail of much output", "[shim]") {
    Bundle bundle;
    add_busybox(bundle);
    bundle.set("/process/args", json_list(shell("yes 0123456 | head -n 50000")))
        .set("/process/env", R"(["PATH=/bin"])");
    Terminal terminal;
    terminal.out.keep = false;
    Shim shim;
    auto const id = shim.running(bundle, terminal.names());
    CHECK(shim.until([&] {
        (void)terminal.out.read();
        return shim.core().state({id, ""})->phase == shim::Phase::stopped;
    }));
    auto removing = shim.begin(shim.core().remove({id, ""}));
    REQUIRE(shim.until([&] {
        (void)terminal.out.read();
        return removing->has_value();
    }));
    shim.run_for(5ms);
    (void)terminal.out.read();
    CHECK(terminal.out.bytes == 50000 * 9); // "\n" becomes "\r\n"
}
