// SPDX-License-Identifier: Apache-2.0
// test/shim/core/security.cc - what a container may get hold of in a runtime that lives on.
//
// Unlike the command line, a shim lives before and after the container. A hostile container looks
// for the shim's memory, fds, environment and program.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "shim.h"

using namespace host;
using namespace std::chrono_literals;

namespace {

std::string path_of(std::string const& name) { return suite().temp + "/" + unique_name() + name; }

/// fds to the host's root and to a secret; another program has left them open for all.
class LeftOpen {
  public:
    LeftOpen() {
        for (unsigned fd = first; fd < end; ++fd) ::dup3(root_, static_cast<int>(fd), 0);
    }
    LeftOpen(LeftOpen const&) = delete;
    LeftOpen& operator=(LeftOpen const&) = delete;
    ~LeftOpen() {
        ::close_range(first, end - 1, 0);
        ::close(root_);
    }
    static constexpr unsigned first = 60, end = 70;

  private:
    int root_ = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
};

/// What it said on stdout.
std::string said_by(Shim& shim, std::string const& id, Words const& args, std::string const& cwd) {
    Reader out(path_of("out"));
    static int count = 0;
    auto const exec = "said" + std::to_string(++count);
    auto process =
        davit::parse_process(R"({"user":{"uid":0,"gid":0},"env":["PATH=/bin"],"cwd":)"
                                 + json_quote(cwd) + R"(,"args":)" + json_list(args) + "}",
                             "process.json");
    REQUIRE(process.has_value());
    REQUIRE(shim.core().exec({{id, exec}, *std::move(process), {"", out.path(), ""}}).has_value());
    if (shim.good(shim.core().start({id, exec}))) (void)shim.must(shim.core().wait({id, exec}));
    (void)shim.must(shim.core().remove({id, exec}));
    return out.read();
}

/// The spy looks for processes of that name: a copy of the shim has it, too.
void be_called_davit() { REQUIRE(::prctl(PR_SET_NAME, "davit-shim") == 0); }

/// Runs execs while the container's root looks for davit's processes; returns what it got of them.
Json spied(Shim& shim, std::string const& id, Reader& out) {
    REQUIRE(shim.until([&] { return out.read().find("ready") != std::string::npos; }));
    auto& core = shim.core();
    for (int i = 0; core.state({id, ""})->phase == shim::Phase::running; ++i) {
        auto const exec = "e" + std::to_string(i);
        if (!shim.add(id, exec, {"/inside", "exit", "0"})) break; // it has ended meanwhile
        if (shim.good(core.start({id, exec}))) (void)shim.must(core.wait({id, exec}));
        (void)shim.must(core.remove({id, exec}));
    }
    (void)shim.must(core.wait({id, ""}));
    (void)shim.must(core.remove({id, ""}));
    return Report(out.read())["spied"];
}

void must_have_got_nothing(Json const& found) {
    INFO(found.dump());
    for (auto const* what : {"/exe", "/fds", "/root", "/memory", "/traced"})
        CHECK(found.number(what) == 0);
    CHECK(found.number("/seen") > 0); // else there was nothing to look into
}

} // namespace

TEST_CASE("security: neither process has an fd, a variable or a signal mask of the shim's",
          "[shim][security]") {
    LeftOpen const left_open;
    REQUIRE(::setenv("DAVIT_SECRET", "PRIZE", 1) == 0);
    Bundle bundle;
    bundle.inside({"fds", ";", "env", ";", "flags", ";", "sleep", "100"});
    Reader out(path_of("out"));
    Shim shim;
    auto const id = shim.running(bundle, {"", out.path(), ""});
    REQUIRE(shim.until([&] { return out.read().find("\"flags\"") != std::string::npos; }));
    for (auto const& text :
         {out.read(), said_by(shim, id, {"/inside", "fds", ";", "env", ";", "flags"}, "/")}) {
        Report const report(text);
        INFO(text);
        CHECK(report["fds"].size() == 3);
        CHECK(text.find("PRIZE") == std::string::npos);
        CHECK(text.find("DAVIT_SECRET") == std::string::npos);
        CHECK(report["flags"].text("/blocked") == "0000000000000000");
        CHECK(report["flags"].text("/ignored") == "0000000000000000");
    }
    shim.remove(id);
    REQUIRE(::unsetenv("DAVIT_SECRET") == 0);
}

TEST_CASE("security: no working directory is an fd of the shim's", "[shim][security]") {
    // CVE-2024-21626: there, it was the host's /sys/fs/cgroup.
    LeftOpen const left_open;
    Bundle bundle;
    bundle.inside({"sleep", "100"});
    Shim shim;
    auto const id = shim.running(bundle);
    for (unsigned fd = 0; fd < LeftOpen::end; ++fd) {
        auto const cwd = "/proc/self/fd/" + std::to_string(fd);
        auto const text = said_by(shim, id, {"/inside", "cwd", ";", "ls", "../../../.."}, cwd);
        INFO(cwd << ": " << text);
        CHECK(text.empty());
    }
    for (unsigned fd : {3U, 10U, LeftOpen::first}) {
        Bundle other;
        other.set("/process/cwd", json_quote("/proc/self/fd/" + std::to_string(fd)));
        other.inside({"sleep", "1"});
        CHECK_FALSE(shim.good(shim.core().create(shim.request(other))));
    }
    shim.remove(id);
}

TEST_CASE("security: the shim's program can't be had from inside", "[shim][security]") {
    // CVE-2019-5736
    struct stat own = {};
    REQUIRE(::stat("/proc/self/exe", &own) == 0);
    Bundle bundle;
    bundle.file("/script", "#!/proc/self/exe\n", 0755).inside({"sleep", "100"});
    Shim shim;
    auto const request = shim.request(bundle);
    auto const pid = shim.must(shim.core().create(request));
    auto const exe = "/proc/" + std::to_string(pid) + "/exe";
    struct stat inits = {};
    REQUIRE(::stat(exe.c_str(), &inits) == 0);
    CHECK((inits.st_dev != own.st_dev || inits.st_ino != own.st_ino));
    for (int const mode : {O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC}) {
        int const fd = ::open(exe.c_str(), mode | O_CLOEXEC);
        CHECK(fd < 0);
        if (fd >= 0) ::close(fd);
    }
    (void)shim.must(shim.core().start({request.id, ""}));
    CHECK(said_by(shim, request.id, {"/script"}, "/").empty());
    shim.remove(request.id);
    struct stat now = {};
    REQUIRE(::stat("/proc/self/exe", &now) == 0);
    CHECK(now.st_size == own.st_size);
    CHECK(now.st_mtim.tv_nsec == own.st_mtim.tv_nsec);
}

TEST_CASE("security: the container's root sees nothing of the shim in what is added",
          "[shim][security]") {
    // CVE-2016-9962
    be_called_davit();
    Bundle bundle;
    bundle.inside({"spy", "2"});
    Reader out(path_of("out"));
    Shim shim;
    auto const id = shim.running(bundle, {"", out.path(), ""});
    must_have_got_nothing(spied(shim, id, out));
}

TEST_CASE("security: nor in a neighbour of the pod that comes into its pid namespace",
          "[shim][security]") {
    be_called_davit();
    Bundle pod;
    pod.inside({"spy", "3"});
    Reader out(path_of("out"));
    Shim shim;
    auto const id = shim.running(pod, {"", out.path(), ""});
    REQUIRE(shim.until([&] { return out.read().find("ready") != std::string::npos; }));
    Bundle bundle;
    auto const pid = std::to_string(*shim.core().pid(id));
    bundle.join_namespace("pid", "/proc/" + pid + "/ns/pid").inside({"exit", "0"});
    while (shim.core().state({id, ""})->phase == shim::Phase::running) {
        auto const request = shim.request(bundle);
        if (!shim.good(shim.core().create(request))) break; // its pid namespace has ended
        if (shim.good(shim.core().start({request.id, ""})))
            (void)shim.must(shim.core().wait({request.id, ""}));
        else
            (void)shim.good(shim.core().kill({request.id, ""}, SIGKILL, true));
        (void)shim.must(shim.core().remove({request.id, ""}));
    }
    (void)shim.must(shim.core().wait({id, ""}));
    (void)shim.must(shim.core().remove({id, ""}));
    must_have_got_nothing(Report(out.read())["spied"]);
}

namespace {

/// A shim with a container that may trace, and does what `words` say.
class Usurped {
  public:
    explicit Usurped(Words const& words) : out_(path_of("out")) {
        bundle_.inside(words);
        for (auto const* set : {"bounding", "effective", "permitted"})
            bundle_.set(std::string("/process/capabilities/") + set, R"(["CAP_SYS_PTRACE"])");
        id = shim.running(bundle_, {"", out_.path(), ""});
        REQUIRE(shim.until([&] { return out_.read().find("ready") != std::string::npos; }));
    }
    Shim shim;
    std::string id;

    /// Adds processes as long as the container lives, and passes on the output of each. The answer
    /// must come at once.
    void add(std::function<void(std::string const& exec, Reader& said)> const& added) {
        auto& core = shim.core();
        for (int i = 0; core.state({id, ""})->phase == shim::Phase::running && i < 200; ++i) {
            Reader said(path_of("said"));
            auto const exec = "e" + std::to_string(i);
            if (!shim.add(id, exec, {"/inside", "echo", "x"}, {"", said.path(), ""})) break;
            auto const begin = std::chrono::steady_clock::now();
            added(exec, said);
            CHECK(std::chrono::steady_clock::now() - begin < 2s);
        }
        (void)shim.must(core.wait({id, ""}));
        (void)shim.must(core.remove({id, ""}));
        INFO(out_.read());
        CHECK(Report(out_.read())["usurped"].number("") > 0); // else it spoke in no place
    }

  private:
    Bundle bundle_;
    Reader out_;
};

} // namespace

TEST_CASE("security: who traces what is added can neither give it a console nor hold up its end",
          "[shim][security]") {
    Usurped usurped({"usurp", "3"});
    usurped.add([&](std::string const& exec, Reader& said) {
        auto& core = usurped.shim.core();
        shim::ProcessId const process{usurped.id, exec};
        if (usurped.shim.good(core.start(process))) (void)usurped.shim.must(core.wait(process));
        (void)usurped.shim.must(core.remove(process));
        INFO(said.read());
        CHECK((said.read().empty() || said.read() == "x\n"));
    });
}

TEST_CASE("security: nor hold up a failure by never taking its end", "[shim][security]") {
    Usurped usurped({"usurp", "3", "trace"});
    usurped.add([&](std::string const& exec, Reader&) {
        (void)usurped.shim.good(usurped.shim.core().start({usurped.id, exec}));
    });
}
