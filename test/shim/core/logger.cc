// SPDX-License-Identifier: Apache-2.0
// test/shim/core/logger.cc - logging programs: what they get, and how they end.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "shim.h"

using namespace host;
using namespace std::chrono_literals;

namespace {

/// A script on the host, and what it writes to "$0.log".
struct Script {
    explicit Script(std::string const& text)
        : path(suite().temp + "/" + unique_name()), log(path + ".log") {
        REQUIRE(write_file(path, "#!/bin/busybox sh\n" + text));
        ::chmod(path.c_str(), 0755);
    }
    ~Script() {
        ::unlink(path.c_str());
        ::unlink(log.c_str());
    }
    [[nodiscard]] std::string uri(std::string const& query = "") const {
        return "binary://" + path + query;
    }
    std::string path, log;
};

} // namespace

TEST_CASE("logger: arguments, environment, both streams, its own end", "[shim]") {
    Bundle bundle;
    bundle.inside({"echo", "to out", ";", "warn", "to err"});
    Script const script(R"---(exec >"$0.log"
echo "args: $*"; echo "id: $CONTAINER_ID"; echo "namespace: $CONTAINER_NAMESPACE"
echo "open:" $(/bin/busybox ls /proc/self/fd)
exec 5>&-
/bin/busybox cat <&3; /bin/busybox cat <&4
)---");
    Shim shim;
    auto const uri = script.uri("?key=a%20value&other=2&flag");
    auto const id = shim.running(bundle, {"", uri, uri});
    (void)shim.must(shim.core().wait({id, ""}));
    (void)shim.must(shim.core().remove({id, ""}));
    auto const log = read_file(script.log);
    INFO(log);
    CHECK(log.find("args: key a value other 2 flag\n") != log.npos);
    CHECK(log.find("id: " + id + "\n") != log.npos);
    CHECK(log.find("namespace: tests\n") != log.npos);
    CHECK(log.find("open: 0 1 2 3 4 5 6\n") != log.npos); // 6: what ls reads
    CHECK(log.find("to out\nto err") != log.npos);
}

TEST_CASE("logger: create waits until it is ready", "[shim]") {
    Bundle bundle;
    Script const script("/bin/busybox sleep 0.5; exec 5>&-; exec /bin/busybox cat <&3 >/dev/null");
    Shim shim;
    auto const begun = std::chrono::steady_clock::now();
    auto const id = shim.running(bundle, {"", script.uri(), ""});
    CHECK(std::chrono::steady_clock::now() - begun >= 450ms);
    (void)shim.must(shim.core().wait({id, ""}));
    (void)shim.must(shim.core().remove({id, ""}));
}

TEST_CASE("logger: one that doesn't end is asked to, then killed", "[shim]") {
    Bundle bundle;
    bool const deaf = GENERATE(false, true);
    Script const script(
        std::string(deaf ? "trap '' TERM\n" : "trap 'echo asked >$0.log; exit' TERM\n")
        + "exec 5>&-\nwhile :; do /bin/busybox sleep 0.1; done");
    Shim shim;
    auto const id = shim.running(bundle, {"", script.uri(), ""});
    (void)shim.must(shim.core().wait({id, ""}));
    auto const begun = std::chrono::steady_clock::now();
    (void)shim.must(shim.core().remove({id, ""}));
    auto const took = std::chrono::steady_clock::now() - begun;
    CHECK(took < (deaf ? 17s : 4s) * suite().patience);
    if (deaf)
        CHECK(took > 12s);
    else
        CHECK(read_file(script.log) == "asked");
}

TEST_CASE("logger: a program that isn't there, or ends at once", "[shim]") {
    Bundle bundle;
    Shim shim;
    auto const created =
        shim.run(shim.core().create(shim.request(bundle, {"", "binary:///no/logger", ""})));
    REQUIRE_FALSE(created.has_value());
    CHECK(created.error().story
          == "start the logging program \"/no/logger\": no such file or directory");
    Script const script("exit 1");
    bundle.inside({"echo", "into nothing"});
    auto const id = shim.running(bundle, {"", script.uri(), ""});
    (void)shim.must(shim.core().wait({id, ""}));
    (void)shim.must(shim.core().remove({id, ""}));
}
