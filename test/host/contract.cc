// SPDX-License-Identifier: Apache-2.0
// test/host/contract.cc - what engines search for in davit's messages, searched as they do it.
//
// [davit/contract.h] Each row names the caller, provokes the message with the real command line,
// and applies the caller's own expression to stderr and to the last error in the --log.

#include <regex>
#include <sstream>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

/// A bundle and an id, and command lines with a log as containerd's shim writes them.
class Scene {
  public:
    Scene() { bundle.inside({"sleep", "60"}); }
    Scene(Scene const&) = delete;
    Scene& operator=(Scene const&) = delete;
    ~Scene() { (void)run(davit({"delete", "--force", id})); }

    Outcome verb(Words const& words) const {
        Words all = {"--log", log(), "--log-format", "json"};
        all.insert(all.end(), words.begin(), words.end());
        return run(davit(all));
    }
    Outcome create(Words const& options = {}) const {
        bundle.write();
        Words all = {"create", "--bundle", bundle.path()};
        all.insert(all.end(), options.begin(), options.end());
        all.push_back(id);
        return verb(all);
    }
    Outcome create_program(std::string const& program) {
        bundle.file("/file", "text", 0644).directory("/directory");
        bundle.set("/process/args", json_list({program}));
        return create();
    }
    void make_running() const {
        CHECK(create().status == 0);
        CHECK(verb({"start", id}).status == 0);
    }
    void make_stopped() const {
        CHECK(create().status == 0);
        CHECK(verb({"kill", id, "KILL"}).status == 0);
        CHECK(eventually([&] { return contains(verb({"state", id}).out, "stopped"); }));
    }
    Outcome exec_program(std::string const& program) {
        bundle.file("/file", "text", 0644).directory("/directory");
        make_running();
        return verb({"exec", id, program});
    }
    [[nodiscard]] std::string log() const { return bundle.path() + "/log.json"; }

    Bundle bundle;
    std::string id = unique_name();
};

/// containerd (cmd/containerd-shim-runc-v2/process/utils.go, getLastRuntimeError).
std::string last_error(std::string const& log) {
    std::istringstream lines(read_file(log));
    std::string line, last;
    while (std::getline(lines, line)) {
        Json const record(line);
        CHECK(!record.text("/time").empty());
        if (record.text("/level") == "error") last = record.text("/msg");
    }
    return last;
}

struct Row {
    char const* caller;
    char const* what;
    Outcome (*provoke)(Scene&);
    char const* expression;      ///< the caller's; "(?i)" at the beginning as in Go
    char const* never = nullptr; ///< an expression that it tries before, and must not find
    int status = 1;
};

constexpr char podman_127[] =
    "(?i)executable file not found in|no such file or directory|open executable";
constexpr char podman_126[] = "(?i)permission denied|operation not permitted";
// It searches the lower-cased text; 126 comes first.
constexpr char docker_127[] = "(?i)executable file not found|no such file or directory|"
                              "system cannot find the file specified|not a directory";
constexpr char docker_126[] = "(?i)permission denied|is a directory";

constexpr Row rows[] = {
    // containerd (shim: process/utils.go checkKillError, init.go)
    {"containerd", "kill of a stopped container",
     [](Scene& s) { return s.make_stopped(), s.verb({"kill", s.id, "9"}); },
     "os: process already finished|container not running|(no such process)"},
    {"containerd", "kill --all of a missing one",
     [](Scene& s) { return s.verb({"kill", "--all", s.id, "9"}); }, "does not exist"},
    {"containerd", "delete of a missing one", [](Scene& s) { return s.verb({"delete", s.id}); },
     "does not exist"},
    {"containerd", "update of a missing one",
     [](Scene& s) { return s.verb({"update", "--pids-limit", "9", s.id}); }, "does not exist"},
    // CRI-O (internal/oci/runtime_oci.go): case counts
    {"CRI-O", "kill of a stopped container",
     [](Scene& s) { return s.make_stopped(), s.verb({"kill", s.id, "15"}); },
     "no such process|container not running|invalid process"},
    {"CRI-O", "state of a missing one", [](Scene& s) { return s.verb({"state", s.id}); },
     "does not exist"},
    // Podman (libpod/oci_util.go)
    {"Podman", "a program that is nowhere in PATH",
     [](Scene& s) { return s.create_program("nosuch"); }, podman_127, podman_126},
    {"Podman", "a program that isn't there", [](Scene& s) { return s.create_program("/nosuch"); },
     podman_127, podman_126},
    {"Podman", "a program that may not be executed",
     [](Scene& s) { return s.create_program("/file"); }, podman_126},
    {"Podman", "no name at all for a program", [](Scene& s) { return s.create_program(""); },
     "exec: \"\": executable file not found in \\$PATH", podman_126},
    // Podman (pkg/checkpoint/crutils): whether an option exists
    {"Podman", "an option without its value",
     [](Scene& s) { return s.verb({"create", "--bundle"}); },
     "flag needs an argument|requires an argument"},
    {"Podman", "a directory as program", [](Scene& s) { return s.create_program("/directory"); },
     podman_126},
    // Docker (daemon/errors.go)
    {"Docker", "a program that is nowhere in PATH",
     [](Scene& s) { return s.create_program("nosuch"); }, docker_127, docker_126},
    {"Docker", "a program that isn't there", [](Scene& s) { return s.create_program("/nosuch"); },
     docker_127, docker_126},
    {"Docker", "a file on the way to the program",
     [](Scene& s) { return s.create_program("/file/x"); }, docker_127, docker_126},
    {"Docker", "a program that may not be executed",
     [](Scene& s) { return s.create_program("/file"); }, docker_126},
    {"Docker", "a directory as program", [](Scene& s) { return s.create_program("/directory"); },
     docker_126},
    // Kubernetes' probes and `podman start` show these two.
    {"kubelet", "the words of runc", [](Scene& s) { return s.create_program("nosuch"); },
     "exec: \"nosuch\": executable file not found in \\$PATH"},
    {"kubelet", "the words of runc, with a path",
     [](Scene& s) { return s.create_program("/nosuch"); },
     "exec: \"/nosuch\": stat /nosuch: no such file or directory"},
    // The same of exec, of which conmon and containerd look at the exit code.
    {"Podman", "exec of a program that is nowhere in PATH",
     [](Scene& s) { return s.exec_program("nosuch"); }, podman_127, podman_126, 255},
    {"Podman", "exec of a program that isn't there",
     [](Scene& s) { return s.exec_program("/nosuch"); }, podman_127, podman_126, 255},
    {"Podman", "exec of a program that may not be executed",
     [](Scene& s) { return s.exec_program("/file"); }, podman_126, nullptr, 255},
    // Podman (libpod/define/exec_codes.go) makes 127 of these words.
    {"Podman", "exec of what isn't there, by its words for the exit code",
     [](Scene& s) { return s.exec_program("nosuch"); }, "not found", "no such file", 255},
    {"Podman", "exec of a path that isn't there, by its words for the exit code",
     [](Scene& s) { return s.exec_program("/nosuch"); }, "no such file", nullptr, 255},
    {"Docker", "exec of a program that is nowhere in PATH",
     [](Scene& s) { return s.exec_program("nosuch"); }, docker_127, docker_126, 255},
    {"Docker", "exec of a program that isn't there",
     [](Scene& s) { return s.exec_program("/nosuch"); }, docker_127, docker_126, 255},
    {"Docker", "exec with a file on the way to the program",
     [](Scene& s) { return s.exec_program("/file/x"); }, docker_127, docker_126, 255},
    {"Docker", "exec of a program that may not be executed",
     [](Scene& s) { return s.exec_program("/file"); }, docker_126, nullptr, 255},
    {"Docker", "exec of a directory", [](Scene& s) { return s.exec_program("/directory"); },
     docker_126, nullptr, 255},
    {"kubelet", "the words of runc's exec", [](Scene& s) { return s.exec_program("nosuch"); },
     "exec failed: .*exec: \"nosuch\": executable file not found in \\$PATH", nullptr, 255},
    {"kubelet", "the words of runc's exec, with a path",
     [](Scene& s) { return s.exec_program("/nosuch"); },
     "exec failed: .*exec: \"/nosuch\": stat /nosuch: no such file or directory", nullptr, 255},
    {"containerd", "exec in a missing container",
     [](Scene& s) { return s.verb({"exec", s.id, "/inside"}); }, "does not exist", nullptr, 255},
    // Scripts and test suites that were written for runc.
    {"scripts", "exec in a stopped container",
     [](Scene& s) { return s.make_stopped(), s.verb({"exec", s.id, "/inside"}); },
     "cannot exec in a stopped container", nullptr, 255},
    {"scripts", "exec in a paused container",
     [](Scene& s) {
         s.make_running();
         CHECK(s.verb({"pause", s.id}).status == 0);
         return s.verb({"exec", s.id, "/inside"});
     },
     "cannot exec in a paused container \\(use --ignore-paused to override\\)", nullptr, 255},
    {"scripts", "exec of nothing",
     [](Scene& s) { return s.make_running(), s.verb({"exec", s.id}); },
     "process args cannot be empty", nullptr, 255},
    {"scripts", "an id that is used", [](Scene& s) { return s.make_running(), s.create(); },
     "container with given ID already exists"},
    {"scripts", "an id that is none",
     [](Scene& s) { return s.verb({"create", "-b", s.bundle.path(), "a/b"}); },
     "invalid container ID format"},
    {"scripts", "start of a running container",
     [](Scene& s) { return s.make_running(), s.verb({"start", s.id}); },
     "cannot start an already running container"},
    {"scripts", "start of a stopped container",
     [](Scene& s) { return s.make_stopped(), s.verb({"start", s.id}); },
     "cannot start a container that has stopped"},
    {"scripts", "delete of a running container",
     [](Scene& s) { return s.make_running(), s.verb({"delete", s.id}); },
     "cannot delete container .* that is not stopped: running"},
    {"scripts", "a signal that is none", [](Scene& s) { return s.verb({"kill", s.id, "NOSUCH"}); },
     "unknown signal .*NOSUCH"},
    {"scripts", "events of a stopped container",
     [](Scene& s) { return s.make_stopped(), s.verb({"events", "--stats", s.id}); },
     "container with id .* is not running"},
    {"scripts", "update of a stopped container",
     [](Scene& s) { return s.make_stopped(), s.verb({"update", "--pids-limit", "9", s.id}); },
     "container not running"},
    {"scripts", "a terminal that nobody takes",
     [](Scene& s) { return s.bundle.set("/process/terminal", "true"), s.create(); },
     "cannot allocate tty if .* will detach without setting console socket"},
    {"scripts", "a file descriptor that isn't there",
     [](Scene& s) { return s.create({"--preserve-fds", "700"}); }, "failed to stat preserved fd"},
    {"scripts", "a bundle without config.json",
     [](Scene& s) { return s.verb({"create", "--bundle", s.bundle.rootfs(), s.id}); },
     "JSON specification file config.json not found"},
    {"scripts", "spec over a config.json",
     [](Scene& s) { return s.bundle.write(), s.verb({"spec", "--bundle", s.bundle.path()}); },
     "File config.json exists. Remove it first"},
    {"scripts", "a command that is none", [](Scene& s) { return s.verb({"frobnicate"}); },
     "No help topic for 'frobnicate'", nullptr, 3},
    {"scripts", "/ as root", [](Scene& s) { return s.verb({"--root", "/", "list"}); },
     "Option --root argument should not be set to /"},
};

std::regex compiled(std::string expression) {
    bool const any_case = expression.starts_with("(?i)");
    if (any_case) expression.erase(0, 4);
    return any_case ? std::regex(expression, std::regex::icase) : std::regex(expression);
}

} // namespace

TEST_CASE("contract: what callers search for, they find", "[contract]") {
    for (auto const& row : rows) {
        INFO(row.caller << ": " << row.what);
        Scene scene;
        auto const outcome = row.provoke(scene);
        INFO("stderr: " << outcome.err);
        CHECK(outcome.status == row.status);
        for (auto const& text : {outcome.err, last_error(scene.log())}) {
            INFO("searched: " << text);
            CHECK(std::regex_search(text, compiled(row.expression)));
            if (row.never != nullptr) CHECK_FALSE(std::regex_search(text, compiled(row.never)));
        }
    }
}

TEST_CASE("contract: delete --force of a missing container is done", "[contract]") {
    auto const outcome = run(davit({"delete", "--force", unique_name()}));
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
}

// go-runc (parseVersion) takes the prefixes; Docker (parseRuntimeVersion) every line with
// "version".
TEST_CASE("contract: --version is read by go-runc and Docker", "[contract]") {
    for (auto const* option : {"--version", "-v"}) {
        auto const outcome = run({suite().runtime, option});
        CHECK(outcome.status == 0);
        CHECK(outcome.err.empty());
        std::istringstream lines(outcome.out);
        std::string line, versions, commit, specification;
        for (bool first = true; std::getline(lines, line); first = false) {
            auto const at = line.find("version");
            if (at != std::string::npos) versions += line.substr(at + 7);
            CHECK(first == line.starts_with("davit version "));
            if (line.starts_with("commit: ")) commit = line.substr(8);
            if (line.starts_with("spec: ")) specification = line.substr(6);
        }
        CHECK(std::regex_match(versions, std::regex(" [0-9]+\\.[0-9]+\\.[0-9]+\\S*")));
        CHECK(!commit.empty());
        Json const known(run(davit({"features"})).out);
        auto const seccomp = known.text("/annotations/io.github.seccomp.libseccomp.version");
        CHECK(contains(outcome.out, "\nlibseccomp: " + seccomp + "\n") == !seccomp.empty());
        CHECK(std::regex_match(specification, std::regex("1\\.[0-9]+\\.[0-9]+\\S*")));
    }
}

// Podman (crutils) takes "flag needs an argument" for "can restore into a pod".
TEST_CASE("contract: what davit hasn't, callers don't believe it has", "[contract]") {
    if (skip_unless(run(davit({"help", "restore"})).status != 0, "it has restore")) return;
    CHECK(run(davit({"checkpoint", "--help"})).status != 0);
    auto const outcome = run(davit({"restore", "--lsm-mount-context"}));
    CHECK_FALSE(contains(outcome.out + outcome.err, "flag needs an argument"));
    CHECK_FALSE(contains(outcome.out + outcome.err, "requires an argument"));
}
