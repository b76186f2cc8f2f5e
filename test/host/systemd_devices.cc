// SPDX-License-Identifier: Apache-2.0
// test/host/systemd_devices.cc - systemd's own device rules, which apply beside davit's program:
// needs systemd 255 or newer as the host's process 1.
//
// systemd.resource-control(5), DeviceAllow=.

#include <cerrno>
#include <set>
#include <sstream>

#include "systemd_unit.h"

using namespace host;

TEST_CASE("systemd: its device rules are the container's, and after a failed update the old ones",
          "[systemd][devices]") {
    if (absent()) return;
    constexpr char fuse[] = R"([{"allow":false,"access":"rwm"},
        {"allow":true,"type":"c","major":10,"minor":229,"access":"rw"}])";
    constexpr char loop[] = R"({"devices":[{"allow":false,"access":"rwm"},
        {"allow":true,"type":"c","major":10,"minor":237,"access":"rw"}]})";
    for (auto const* before : {fuse, R"([{"allow":true,"access":"rwm"}])"}) {
        INFO(before);
        Unit unit;
        unit.set("/linux/resources/devices", before);
        REQUIRE(unit.create().status == 0);
        auto const rules = [&] {
            std::istringstream list(property(unit.name, "DeviceAllow")); // newest first
            std::set<std::string> sorted;
            for (std::string line; std::getline(list, line);) sorted.insert(line);
            auto all = property(unit.name, "DevicePolicy");
            for (auto const& line : sorted) all += "\n" + line;
            return all;
        };
        auto const old = rules();
        CHECK(contains(old, "10:229") == (before == fuse));
        auto const document = unit.path() + "/loop.json";
        REQUIRE(write_file(document, loop));
        auto const faulty = [&](Words how) {
            how.insert(how.begin(), suite().fault);
            how.emplace_back("--");
            for (auto& word : host::davit({"update", "--resources", document, unit.id}))
                how.push_back(std::move(word));
            return host::run(how);
        };
        // Which calls are about davit's own program: an update that changes nothing shows it.
        auto const calls = unit.path() + "/calls";
        CHECK(faulty({"--list", calls}).status == 0);
        CHECK(contains(rules(), "10:237"));
        CHECK_FALSE(contains(rules(), "10:229"));
        CHECK(property(unit.name, "DevicePolicy") == "strict");
        REQUIRE(write_file(document, std::string(R"({"devices":)") + before + "}"));
        CHECK(unit.davit({"update", "--resources", document, unit.id}).status == 0);
        CHECK(rules() == old);
        REQUIRE(write_file(document, loop));
        std::istringstream lines(read_file(calls));
        long programs = 0;
        for (std::string role, index, name; lines >> role >> index >> name;)
            programs += role == "0" && name == "bpf";
        int failures = 0;
        for (long i = 0; i < programs; ++i) {
            auto const updated = faulty({"0", "bpf:" + std::to_string(i), std::to_string(EIO)});
            INFO("bpf call " << i << ": " << updated.err);
            CHECK((updated.status == 1 || updated.status == 0));
            if (updated.status == 0) { // it can live without that call
                REQUIRE(write_file(document, std::string(R"({"devices":)") + before + "}"));
                CHECK(unit.davit({"update", "--resources", document, unit.id}).status == 0);
                REQUIRE(write_file(document, loop));
            } else if (contains(updated.err, "device program")) {
                ++failures;
            }
            CHECK(rules() == old);
        }
        CHECK(failures > 0);
        CHECK(unit.remove_by_force().status == 0);
    }
}
