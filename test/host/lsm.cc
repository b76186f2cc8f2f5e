// SPDX-License-Identifier: Apache-2.0
// test/host/lsm.cc - AppArmor profiles and SELinux labels: refused where the kernel hasn't them.
//
// [config.md#linux-process] A guest tests a kernel that has AppArmor.

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

bool has_apparmor() {
    return read_file("/sys/module/apparmor/parameters/enabled").starts_with("Y");
}
bool has_selinux() { return exists("/sys/fs/selinux/enforce"); }

} // namespace

TEST_CASE("lsm: without AppArmor no profile but unconfined", "[lsm][security]") {
    if (skip_unless(!has_apparmor(), "AppArmor is enabled")) return;
    Bundle bundle;
    bundle.inside({"exit", "7"});
    bundle.set("/process/apparmorProfile", "\"some-profile\"");
    refused(bundle, "apparmor is disabled or not supported");
    bundle.set("/process/apparmorProfile", "\"unconfined\"");
    CHECK(Container(bundle).run().status == 7);
}

TEST_CASE("lsm: with AppArmor, a profile that isn't loaded", "[lsm][security]") {
    if (skip_unless(has_apparmor(), "no AppArmor")) return;
    Bundle bundle;
    bundle.set("/process/apparmorProfile", "\"davit-test-no-such-profile\"");
    refused(bundle, "the profile isn't loaded");
    bundle.set("/process/apparmorProfile", "\"unconfined\"");
    bundle.inside({"cat", "/proc/self/attr/current"});
    CHECK(Container(bundle).run().out == "unconfined\n");
}

TEST_CASE("lsm: without SELinux no label", "[lsm][security]") {
    if (skip_unless(!has_selinux(), "SELinux is enabled")) return;
    Bundle bundle;
    bundle.set("/process/selinuxLabel", "\"system_u:system_r:svirt_lxc_net_t:s0\"");
    refused(bundle, "selinux is disabled or not supported");
}
