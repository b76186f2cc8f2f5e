// SPDX-License-Identifier: Apache-2.0
// test/host/time.cc - time namespaces: offsets, joined ones.
// [config-linux.md#offset-for-time-namespace]

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmath>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

double boottime() {
    timespec t = {};
    ::clock_gettime(CLOCK_BOOTTIME, &t);
    return static_cast<double>(t.tv_sec);
}

double uptime_in(Bundle& bundle) {
    bundle.inside({"cat", "/proc/uptime"});
    auto const ran = Container(bundle).run();
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    return std::stod(ran.out);
}

} // namespace

TEST_CASE("time: the offset of a new namespace", "[time]") {
    Bundle bundle;
    bundle.set("/linux/namespaces/-", R"({"type":"time"})");
    CHECK(std::abs(uptime_in(bundle) - boottime()) < 60);
    bundle.set("/linux/timeOffsets",
               R"({"boottime":{"secs":100000,"nanosecs":5},"monotonic":{"secs":7}})");
    CHECK(std::abs(uptime_in(bundle) - boottime() - 100000) < 60);
    REQUIRE(::chown(bundle.rootfs().c_str(), 100000, 100000) == 0);
    bundle.set("/linux/namespaces/-", R"({"type":"user"})");
    for (auto const* ids : {"/linux/uidMappings", "/linux/gidMappings"})
        bundle.set(ids, R"([{"containerID":0,"hostID":100000,"size":65536}])");
    CHECK(std::abs(uptime_in(bundle) - boottime() - 100000) < 60);
}

TEST_CASE("time: an offset before the boot is refused", "[time]") {
    Bundle bundle;
    bundle.set("/linux/namespaces/-", R"({"type":"time"})");
    bundle.set("/linux/timeOffsets", R"({"boottime":{"secs":-4000000000}})");
    refused(bundle, "/linux/timeOffsets");
    bundle.set("/linux/timeOffsets", R"({"realtime":{"secs":1}})");
    refused(bundle, "/linux/timeOffsets/realtime");
    Bundle without;
    without.set("/linux/timeOffsets", R"({"boottime":{"secs":1}})");
    refused(without, "/linux/timeOffsets");
}

TEST_CASE("time: joined", "[time]") {
    Bundle first_bundle;
    first_bundle.set("/linux/namespaces/-", R"({"type":"time"})");
    first_bundle.set("/linux/timeOffsets", R"({"boottime":{"secs":200000}})");
    first_bundle.inside({"sleep", "60"});
    Container first(first_bundle);
    REQUIRE(first.create().status == 0);
    // The created container has its clock already.
    auto const path = "/proc/" + std::to_string(first.pid()) + "/ns/time";
    struct stat theirs = {}, ours = {};
    REQUIRE(::stat(path.c_str(), &theirs) == 0);
    REQUIRE(::stat("/proc/self/ns/time", &ours) == 0);
    CHECK(theirs.st_ino != ours.st_ino);
    Bundle second;
    second.set("/linux/namespaces/-", R"({"type":"time","path":")" + path + R"("})");
    CHECK(std::abs(uptime_in(second) - boottime() - 200000) < 60);
    CHECK(first.remove_by_force().status == 0);
}
