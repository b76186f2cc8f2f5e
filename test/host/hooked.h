// SPDX-License-Identifier: Apache-2.0
// test/host/hooked.h - a bundle with hooks that write down what they see, and how they may fail.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "catch.h"
#include "container.h"

namespace host {

inline char const* const all_kinds[] = {"prestart",       "createRuntime", "createContainer",
                                        "startContainer", "poststart",     "poststop"};

/// A bundle whose hooks write to one file, which the container sees as /log/file.
class Hooked : public Bundle {
  public:
    Hooked() {
        directory("/log");
        ::mkdir((path() + "/log").c_str(), 0777);
        ::chmod((path() + "/log").c_str(), 0777);
        mount("/log", "bind", path() + "/log", {"bind", "rw"});
        inside({"namespaces"});
    }

    /// Appends a hook that runs /inside with those words; `more` are members like `,"timeout":1`.
    Hooked& hook(std::string const& kind, Words const& words, std::string const& more = "") {
        Words args = {"inside"};
        args.insert(args.end(), words.begin(), words.end());
        auto const program = kind == "startContainer" ? "/inside" : rootfs("/inside");
        return raw(kind, R"({"path":)" + json_quote(program) + R"(,"args":)" + json_list(args)
                             + more + "}");
    }
    Hooked& raw(std::string const& kind, std::string const& json) {
        if (!config().has("/hooks/" + kind)) set("/hooks/" + kind, "[]");
        set("/hooks/" + kind + "/-", json);
        return *this;
    }
    /// Appends a hook that notes its name, then does `words`.
    Hooked& note(std::string const& kind, Words const& words = {"input"},
                 std::string const& more = "") {
        Words all = {"into", kind == "startContainer" ? "/log/file" : log_file(), ";", "args", kind,
                     ";"};
        all.insert(all.end(), words.begin(), words.end());
        return hook(kind, all, more);
    }

    [[nodiscard]] std::string log_file() const { return path() + "/log/file"; }
    [[nodiscard]] std::string log() const { return read_file(log_file()); }
    /// The names that note() wrote, in their order.
    [[nodiscard]] Words order() const {
        Words names;
        for (auto const& args : Report(log()).all("args"))
            names.push_back(args.text("/" + std::to_string(args.size() - 1)));
        return names;
    }
};

inline std::string story_of(std::string const& kind, int index) {
    auto const number = std::to_string(index);
    return "error running " + kind + " hook #" + number + ": config.json: /hooks/" + kind + "/"
           + number + ": ";
}

inline bool at_create(std::string const& kind) {
    return kind == "prestart" || kind == "createRuntime" || kind == "createContainer";
}

/// The container's hook of that kind fails with that story, at create or at start; then nothing of
/// the container is left, and its poststop hook has run.
inline void fails(Hooked& bundle, std::string const& kind, std::string const& story) {
    INFO(kind << ": " << story);
    auto const before = Snapshot::take();
    bundle.note("poststop");
    Container container(bundle);
    auto outcome = container.create();
    if (!at_create(kind)) {
        INFO(outcome.err);
        REQUIRE(outcome.status == 0);
        outcome = container.start();
    }
    INFO(outcome.err);
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.err, "error running " + kind + " hook #"));
    CHECK(contains(outcome.err, story));
    CHECK(container.status() == "");
    CHECK(appeared_since(before) == "");
    auto const log = Report(bundle.log());
    REQUIRE_FALSE(bundle.order().empty());
    CHECK(bundle.order().back() == "poststop");
    CHECK(log["input"].text("/status") == "stopped");
    CHECK(log["input"].text("/id") == container.id());
}

inline auto seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// No more than `seconds` have passed, times the suite's patience.
inline bool soon(std::chrono::steady_clock::time_point begin, int seconds) {
    return seconds_since(begin) < seconds * suite().patience;
}

inline void works(Outcome const& outcome) {
    INFO("stderr: " << outcome.err);
    CHECK(outcome.status == 0);
}

/// True if a process of that name runs; zombies don't count.
inline bool runs(std::string const& words) {
    return host::run({"/bin/sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"})
               .out.find(words)
           != std::string::npos;
}

} // namespace host
