// SPDX-License-Identifier: Apache-2.0
// test/host/unsupported.cc - what isn't implemented yet is refused, named by its JSON pointer.
//
// Silently ignoring a requested restriction is a security bug. When a member is implemented, its
// row goes, and a test of what it does comes.

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

struct Request {
    char const* pointer; // where it is set
    char const* json;
    char const* named; // what the story has to name; nullptr: the pointer
};

constexpr Request requests[] = {
    {"/linux/mountLabel", "\"system_u:object_r:svirt_sandbox_file_t:s0\"", nullptr},
};

} // namespace

TEST_CASE("unsupported: each member is refused by name", "[unsupported][davit]") {
    if (skip_unless(suite().is_davit, "another runtime supports other things")) return;
    for (auto const& [pointer, json, named] : requests) {
        INFO(pointer << " " << json);
        Bundle bundle;
        bundle.set(pointer, json);
        refused(bundle, named ? named : pointer);
    }
}

TEST_CASE("unsupported: intelRdt where the kernel or the hardware has no resctrl",
          "[unsupported][davit]") {
    if (skip_unless(suite().is_davit && !exists("/sys/fs/resctrl/schemata"), "resctrl is here"))
        return;
    for (auto const* const rdt : {R"({})", R"({"closID":"/","enableMonitoring":true})",
                                  R"({"closID":"gold","schemata":["L3:0=f"]})"}) {
        Bundle bundle;
        bundle.set("/linux/intelRdt", rdt);
        refused(bundle, "/linux/intelRdt: no resctrl file system is mounted");
    }
}

TEST_CASE("unsupported: unknown members are ignored, as the specification says", "[unsupported]") {
    Bundle bundle;
    bundle.set("/ofTomorrow", R"({"deep":[1,2,{"er":true}]})");
    bundle.set("/linux/ofTomorrow", "1").set("/process/ofTomorrow", "\"x\"");
    bundle.set("/windows", R"({"layerFolders":["C:\\"]})").inside({"exit", "0"});
    CHECK(Container(bundle).run().status == 0);
}
