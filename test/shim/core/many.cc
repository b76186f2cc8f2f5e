// SPDX-License-Identifier: Apache-2.0
// test/shim/core/many.cc - a thousand execs, fifty containers: nothing leaks, little is used.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "command.h"
#include "json.h"
#include "shim.h"

using namespace host;
using namespace std::chrono_literals;

namespace {

std::size_t open_fds() {
    std::size_t count = 0;
    for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        (void)entry;
        ++count;
    }
    return count;
}

long kibibytes(char const* what) {
    auto const text = read_file("/proc/self/smaps_rollup");
    auto const at = text.find(what);
    return at == text.npos ? 0 : std::atol(text.c_str() + at + std::string(what).size());
}

long threads() {
    auto const text = read_file("/proc/self/status");
    return std::atol(text.c_str() + text.find("Threads:") + 8);
}

} // namespace

TEST_CASE("many: execs leave neither fd, nor zombie, nor memory", "[shim]") {
    Bundle bundle;
    bundle.inside({"sleep", "1000"});
    Shim shim;
    auto const id = shim.running(bundle);
    Reader out(suite().temp + "/" + unique_name()), err(suite().temp + "/" + unique_name());
    int const count = suite().all ? 5000 : 1000;
    std::size_t fds = 0;
    long before = 0;
    for (int i = 0; i < count; ++i) {
        if (i == count / 5) {
            fds = open_fds();
            before = kibibytes("Private_Dirty:");
        }
        auto const exec = "e" + std::to_string(i);
        shim.exec(id, exec, {"/inside", "echo", "x"}, {"", out.path(), err.path()});
        REQUIRE(shim.must(shim.core().wait({id, exec})).status == 0);
        (void)shim.must(shim.core().remove({id, exec}));
        shim.events.clear();
    }
    shim.run_for(20ms);
    CHECK(open_fds() == fds);
    CHECK(threads() == 1);
    auto const after = kibibytes("Private_Dirty:");
    INFO(before << " KiB, then " << after << " KiB");
    CHECK(after < before + 64);
    CHECK(out.read().size() == 2 * static_cast<std::size_t>(count));
    shim.remove(id);
}

TEST_CASE("many: fifty containers at once", "[shim]") {
    std::vector<std::unique_ptr<Bundle>> bundles;
    Shim shim;
    auto& core = shim.core();
    auto const fds = open_fds();
    std::vector<std::string> ids;
    std::vector<std::shared_ptr<std::optional<davit::Result<int>>>> creating, starting;
    for (int i = 0; i < 50; ++i) {
        auto& bundle = *bundles.emplace_back(std::make_unique<Bundle>());
        bundle.inside({"exit", std::to_string(i)});
        auto request = shim.request(bundle);
        ids.push_back(request.id);
        creating.push_back(shim.begin(core.create(std::move(request))));
    }
    auto const all = [](auto const& list) {
        return [&list] {
            return std::ranges::all_of(list, [](auto const& one) { return one->has_value(); });
        };
    };
    REQUIRE(shim.until(all(creating)));
    for (auto const& id : ids) starting.push_back(shim.begin(core.start({id, ""})));
    REQUIRE(shim.until(all(starting)));
    for (unsigned i = 0; i < ids.size(); ++i) {
        CHECK((*creating[i])->has_value());
        CHECK(shim.must(core.wait({ids[i], ""})).status == i);
        CHECK(shim.must(core.remove({ids[i], ""})).status == i);
    }
    shim.run_for(20ms);
    CHECK(open_fds() == fds);
    while (!bundles.empty()) bundles.pop_back(); // each looks for what came after it was made
}
