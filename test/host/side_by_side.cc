// SPDX-License-Identifier: Apache-2.0
// test/host/side_by_side.cc - davit and runc through the same command lines: a table.
//
// For every line the test compares the exit code, the shape of the output (JSON members, a table's
// head), whether there is an error message, and the states of four containers. contract.cc tests
// the messages. runc is Debian's; RUNC names another.
// lint: a table may be long

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <regex>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

/// A runtime with a root of its own and four containers: "created", "running", "stopped", "paused".
class Side {
  public:
    Side(std::string program, std::string const& name)
        : program_(std::move(program)), root_(suite().temp + "/side-" + name) {
        new_->inside({"sleep", "600"});
        for (auto const* id : ids) make(id);
    }
    Side(Side const&) = delete;
    Side& operator=(Side const&) = delete;
    ~Side() { clear(); }

    void clear() const {
        for (auto const* id : ids) (void)verb({"delete", "--force", id});
        (void)verb({"delete", "--force", "new"});
        remove_tree(root_);
    }
    Outcome verb(Words const& words) const {
        Words all = {program_, "--root", root_};
        for (auto word : words) {
            for (auto at = word.find("BUNDLE"); at != word.npos; at = word.find("BUNDLE"))
                word.replace(at, 6, new_->path());
            all.push_back(word);
        }
        CommandOptions how;
        how.cwd = new_->path();
        return run(all, how);
    }
    [[nodiscard]] std::string status(std::string const& id) const {
        auto const state = verb({"state", id});
        return state.status == 0 ? Json(state.out).text("/status") : "none";
    }
    [[nodiscard]] std::string statuses() const {
        std::string text;
        for (auto const* id : ids) text += std::string(id) + "=" + status(id) + " ";
        return text + "new=" + status("new");
    }
    /// Restores what a line has changed. False if the runtime can't do that here.
    bool restore() {
        for (auto const* id : ids)
            if (status(id) != id) make(id);
        (void)verb({"delete", "--force", "new"});
        for (auto const* left : {"/pid", "/log", "/rootfs/config.json"})
            ::unlink((new_->path() + left).c_str());
        new_->write();
        return std::ranges::all_of(ids, [&](auto const* id) { return status(id) == id; });
    }

  private:
    static constexpr char const* ids[] = {"created", "running", "stopped", "paused"};

    void make(std::string const& id) {
        (void)verb({"delete", "--force", id});
        auto& bundle = *bundles_[&*std::ranges::find(ids, id) - ids];
        bundle.inside({"sleep", "600"});
        bundle.write();
        (void)verb({"create", "--bundle", bundle.path(), id});
        if (id == "running" || id == "paused") (void)verb({"start", id});
        if (id == "paused") (void)verb({"pause", id});
        if (id != "stopped") return;
        (void)verb({"kill", id, "KILL"});
        (void)eventually([&] { return status(id) == id; });
    }

    std::string program_, root_;
    std::unique_ptr<Bundle> new_ = std::make_unique<Bundle>();
    std::unique_ptr<Bundle> bundles_[4] = {std::make_unique<Bundle>(), std::make_unique<Bundle>(),
                                           std::make_unique<Bundle>(), std::make_unique<Bundle>()};
};

/// "[ociVersion id …]" for JSON, "ID PID …" for a table, else the size of the output.
std::string shape(std::string const& text) {
    auto const begin = text.find_first_not_of(" \n");
    if (begin == std::string::npos) return "nothing";
    if (text[begin] == '{' || text[begin] == '[') {
        Json const json(text);
        bool const list = text[begin] == '[';
        auto const keys = list ? json.has("/0/id") ? json.keys("/0") : Words{} : json.keys();
        std::string result = list ? "list of:" : "object of:";
        Words sorted(keys.begin(), keys.end());
        std::ranges::sort(sorted);
        for (auto const& key : sorted) result += " " + key;
        return result;
    }
    if (text.starts_with("ID ") || text.starts_with("UID "))
        return std::regex_replace(text.substr(0, text.find('\n')), std::regex(" +"), " ");
    if (text.starts_with("runc version") || text.starts_with("davit version")) return "version";
    if (text.starts_with("null")) return "null";
    return "text";
}

/// The compared results.
struct Aspects {
    std::string status, out, err, effect;

    bool operator==(Aspects const&) const = default;
    [[nodiscard]] std::string shown() const {
        return "exit " + status + "; prints " + out + "; " + err + "; " + effect;
    }
};

Aspects look(Side& side, Words const& words) {
    auto const outcome = side.verb(words);
    if (words.size() > 1 && words[0] == "kill" && outcome.status == 0 && words.back() != "0")
        (void)eventually([&] { return side.status(words[words.size() - 2]) == "stopped"; });
    bool const usage = contains(outcome.out, "Incorrect Usage");
    return {std::to_string(outcome.status), usage ? "nothing" : shape(outcome.out),
            outcome.err.empty() ? "no message" : "a message", side.statuses()};
}

struct Line {
    Words words;
    char const* difference = nullptr; ///< why davit does otherwise
};

std::vector<Line> lines() {
    return {
        // Global options, and wrong command lines.
        {{"--version"}},
        {{"-v"}},
        {{"--help"}},
        {{"-h"}},
        {{}},
        {{"frobnicate"}},
        {{"help", "frobnicate"}},
        {{"help"}},
        {{"--frobnicate", "list"}},
        {{"--root"}},
        {{"--log-format", "xml", "list"}},
        {{"--log", "/nonexistent/log", "list"}},
        {{"--log", "BUNDLE/log", "--log-format", "json", "state", "missing"}},
        {{"--debug=false", "list"}},
        {{"--rootless", "auto", "list"}},
        {{"--rootless=false", "list"}},
        {{"--criu", "/usr/sbin/criu", "list"}},
        {{"--systemd-cgroup=false", "list"}},
        {{"--root", "/", "list"}, "runc searched / for containers until 1.2, which refuses it"},
        // state
        {{"state", "created"}},
        {{"state", "running"}},
        {{"state", "stopped"}},
        {{"state", "missing"}},
        {{"state"}},
        {{"state", "a", "b"}},
        {{"state", "--frobnicate", "running"}},
        {{"state", "--help"}},
        {{"state", "../running"}},
        {{"state", ""}},
        // list
        {{"list"}},
        {{"list", "--format", "json"}},
        {{"list", "-f=json"}},
        {{"list", "-f", "table"}},
        {{"list", "-q"}},
        {{"list", "--quiet=true"}},
        {{"list", "--quiet=maybe"}},
        {{"list", "-qf", "json"}},
        {{"list", "--format", "xml"}},
        {{"list", "running"}},
        // create
        {{"create", "new"}},
        {{"create", "--bundle", "BUNDLE", "new"}},
        {{"create", "-b=BUNDLE", "--pid-file", "BUNDLE/pid", "new"}},
        {{"create", "-bundle", "BUNDLE", "-no-pivot=false", "new"}},
        {{"create", "--bundle", "BUNDLE", "--", "new"}},
        {{"create", "--bundle", "BUNDLE", "running"}},
        {{"create", "--bundle", "BUNDLE", "a/b"}},
        {{"create", "--bundle", "BUNDLE", ".."}},
        {{"create", "--bundle", "BUNDLE"}},
        {{"create", "--bundle"}},
        {{"create", "--bundle", "/nonexistent", "new"}},
        {{"create", "--bundle", "BUNDLE/rootfs", "new"}},
        {{"create", "--bundle", "BUNDLE", "--preserve-fds", "many", "new"}},
        {{"create", "--bundle", "BUNDLE", "--pid-file", "/nonexistent/pid", "new"}},
        {{"create", "--bundle", "BUNDLE", "--console-socket", "/nonexistent/s", "new"}},
        // start
        {{"start", "created"}},
        {{"start", "running"}},
        {{"start", "stopped"}},
        {{"start", "missing"}},
        {{"start"}},
        // kill
        {{"kill", "running", "0"}},
        {{"kill", "running", "KILL"}},
        {{"kill", "created", "SIGKILL"}},
        {{"kill", "running", "kill"}},
        {{"kill", "--all", "running", "9"}},
        {{"kill", "created", "0"}},
        {{"kill", "running", "SIGTERM"}},
        {{"kill", "running", "9"}},
        {{"kill", "--all", "created", "KILL"}},
        {{"kill", "running", "NOSUCH"}},
        {{"kill", "running", "4711"}},
        {{"kill", "stopped", "TERM"}},
        {{"kill", "stopped"}},
        {{"kill", "missing", "TERM"}},
        {{"kill"}},
        // delete
        {{"delete", "created"}},
        {{"delete", "running"}},
        {{"delete", "stopped"}},
        {{"delete", "missing"}},
        {{"delete", "--force", "running"}},
        {{"delete", "-f", "missing"}},
        {{"delete", "-f", "paused"}},
        {{"delete", "--force=true", "stopped"}},
        {{"delete"}},
        // run
        {{"run", "--bundle", "BUNDLE", "--detach", "new"}},
        {{"run", "--bundle", "BUNDLE", "running"}},
        {{"run", "--bundle", "/nonexistent", "new"}},
        {{"run", "-d", "--keep", "-no-subreaper", "new"}},
        // exec
        {{"exec", "running", "/inside", "exit", "7"}},
        {{"exec", "running", "/inside", "echo", "text"}},
        {{"exec", "running", "inside", "exit", "7"}}, // it is in /, not in PATH
        {{"exec", "running", "/inside", "kill-self", "KILL"}},
        {{"exec", "created", "/inside", "exit", "0"}},
        {{"exec", "stopped", "/inside", "exit", "0"}},
        {{"exec", "paused", "/inside", "exit", "0"}},
        {{"exec", "missing", "/inside", "exit", "0"}},
        {{"exec", "running", "nosuch"}},
        {{"exec", "running", "/nosuch"}},
        {{"exec", "running", "/inside/x"}},
        {{"exec", "running", "/proc"}},
        {{"exec", "running", "/proc/version"}},
        {{"exec", "running", ""}},
        {{"exec", "running", "--", "/inside", "exit", "0"}},
        {{"exec", "running"}},
        {{"exec"}},
        {{"exec", "--help"}},
        {{"exec", "--frobnicate", "running", "/inside"}},
        {{"exec", "--detach", "--pid-file", "BUNDLE/pid", "running", "/inside", "exit", "7"}},
        {{"exec", "--pid-file", "/nonexistent/pid", "running", "/inside", "exit", "0"}},
        {{"exec", "--tty", "--detach", "running", "/inside", "exit", "0"}},
        {{"exec", "--console-socket", "/nonexistent/s", "running", "/inside", "exit", "0"}},
        {{"exec", "--process", "/nonexistent", "running"}},
        {{"exec", "--process", "BUNDLE/config.json", "running"}},
        {{"exec", "--user", "1:2", "--env", "A=1", "-cwd", "/proc", "running", "/inside", "ids"}},
        {{"exec", "--user", "daemon", "running", "/inside", "exit", "0"}},
        {{"exec", "--cwd", "/nosuch", "running", "/inside", "exit", "0"}},
        {{"exec", "--cap", "CAP_SYS_ADMIN", "running", "/inside", "exit", "0"}},
        {{"exec", "--cap", "CAP_NOSUCH", "running", "/inside", "exit", "0"}},
        {{"exec", "--cgroup", "nosuch", "running", "/inside", "exit", "0"}},
        {{"exec", "--cgroup", "/", "running", "/inside", "exit", "0"}},
        {{"exec", "--no-new-privs", "-g", "5", "running", "/inside", "ids"}},
        {{"exec", "--preserve-fds", "700", "running", "/inside", "exit", "0"}},
        // pause, resume, ps, and what else may be done to a paused container
        {{"pause", "running"}},
        {{"resume", "paused"}},
        {{"state", "paused"}},
        {{"start", "paused"}},
        {{"ps", "--format", "json", "paused"}},
        {{"delete", "paused"}},
        {{"pause", "missing"}},
        {{"pause", "stopped"}},
        {{"resume", "missing"}},
        {{"resume", "running"}},
        {{"ps", "--format", "json", "running"}},
        {{"ps", "-f", "json", "created"}},
        {{"ps", "running"}},
        {{"ps", "running", "-o", "pid,comm"}},
        {{"ps", "-f", "table", "paused"}},
        {{"ps", "--format", "json", "missing"}},
        {{"ps", "missing"}},
        {{"ps", "--format", "xml", "running"}},
        {{"ps"}},
        // events
        {{"events", "--stats", "running"}},
        {{"events", "--stats", "created"}},
        {{"events", "--stats", "paused"}},
        {{"events", "--stats", "stopped"}},
        {{"events", "--stats", "missing"}},
        {{"events", "stopped"}},
        {{"events", "missing"}},
        {{"events", "--interval", "0s", "running"}},
        {{"events", "--interval", "5", "running"}},
        {{"events", "--interval", "soon", "running"}},
        {{"events"}},
        // update
        {{"update", "running"}},
        {{"update", "--pids-limit", "50", "running"}},
        {{"update", "--pids-limit=-1", "created"}},
        {{"update", "-pids-limit", "50", "paused"}},
        {{"update", "--cpu-share", "512", "running"}},
        {{"update", "--cpu-period", "50000", "--cpu-quota", "20000", "running"}},
        {{"update", "--memory", "64m", "--memory-swap", "-1", "running"}},
        {{"update", "--memory", "much", "running"}},
        {{"update", "--pids-limit", "many", "running"}},
        {{"update", "--cpu-share", "-5", "running"}},
        {{"update", "--cpuset-cpus", "4000", "running"}},
        {{"update", "--cpuset-cpus", "all", "running"}},
        {{"update", "--resources", "/nonexistent", "running"}},
        {{"update", "--resources", "BUNDLE/config.json", "running"}},
        {{"update", "--resources"}},
        {{"update", "--frobnicate", "1", "running"}},
        {{"update", "--pids-limit", "50", "stopped"}},
        {{"update", "--pids-limit", "50", "missing"}},
        {{"update", "--pids-limit", "50"}},
        {{"update", "running", "extra"}},
        {{"update", "--help"}},
        {{"update"}},
        // spec, features
        {{"spec"}}, // there is one
        {{"spec", "--bundle", "/nonexistent"}},
        {{"spec", "extra"}},
        {{"spec", "--rootless", "--bundle", "BUNDLE/rootfs"}},
        {{"features"}, "potentiallyUnsafeConfigAnnotations is newer than Debian's runc"},
        {{"features", "extra"}},
    };
}

} // namespace

TEST_CASE("side by side: davit and runc", "[peer]") {
    char const* named = std::getenv("RUNC");
    std::string const runc = named != nullptr ? named : "/usr/sbin/runc";
    if (skip_unless(exists(runc), runc + " isn't installed")) return;
    if (skip_unless(suite().is_davit, "runc is tested itself")) return;
    Side ours(suite().runtime, "davit"), theirs(runc, "runc");
    if (skip_unless(theirs.restore(), runc + " can't make a container here")) return;
    REQUIRE(ours.restore());
    for (auto const& line : lines()) {
        std::string shown = "davit";
        for (auto const& word : line.words) shown += " " + word;
        INFO(shown);
        auto const we = look(ours, line.words), they = look(theirs, line.words);
        INFO("davit: " << we.shown());
        INFO("runc:  " << they.shown());
        if (line.difference == nullptr) {
            CHECK(we == they);
        } else {
            INFO(line.difference);
            CHECK_FALSE(we == they);
        }
        CHECK(ours.restore());
        CHECK(theirs.restore());
    }
    ours.clear(); // before the bundles of either look for what is left
    theirs.clear();
}
