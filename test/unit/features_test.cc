// SPDX-License-Identifier: Apache-2.0
// unit/features_test.cc - ops/features.cc: the lists come from the tables that the parser reads.
#include "catch.h"

#include <fstream>

#include "davit/config.h"
#include "davit/runtime.h"
#include "json/json.h"
#include "parts/caps/plan.h"
#include "parts/mounts/options.h"
#include "spec/fields.h"
#include "spec/names.h"

using namespace davit;

namespace {

spec::Features known() {
    auto const all = features();
    INFO((all ? "" : all.error().story));
    REQUIRE(all);
    return *all;
}

template <class E>
spec::Texts all_names() {
    spec::Texts names;
    for (auto const& row : json::names<E>) names.emplace_back(row.name);
    return names;
}

} // namespace

TEST_CASE("features: the members are those of features.md and features-linux.md") {
    std::string pointers;
    for (auto const& row : json::document<spec::Features>())
        if (!row.pointer.ends_with("*")) pointers += row.pointer + "\n";
    CHECK(pointers
          == "/ociVersionMin\n/ociVersionMax\n/hooks\n/mountOptions\n/linux\n/linux/namespaces\n"
             "/linux/capabilities\n/linux/cgroup\n/linux/cgroup/v1\n/linux/cgroup/v2\n"
             "/linux/cgroup/systemd\n/linux/cgroup/systemdUser\n/linux/cgroup/rdma\n"
             "/linux/seccomp\n/linux/seccomp/enabled\n/linux/seccomp/actions\n"
             "/linux/seccomp/operators\n/linux/seccomp/archs\n/linux/seccomp/knownFlags\n"
             "/linux/seccomp/supportedFlags\n/linux/apparmor\n/linux/apparmor/enabled\n"
             "/linux/selinux\n/linux/selinux/enabled\n/linux/intelRdt\n/linux/intelRdt/enabled\n"
             "/linux/intelRdt/schemata\n/linux/intelRdt/monitoring\n/linux/memoryPolicy\n"
             "/linux/memoryPolicy/modes\n/linux/memoryPolicy/flags\n/linux/mountExtensions\n"
             "/linux/mountExtensions/idmap\n/linux/mountExtensions/idmap/enabled\n"
             "/linux/netDevices\n/linux/netDevices/enabled\n/annotations\n"
             "/potentiallyUnsafeConfigAnnotations\n");
}

TEST_CASE("features: an absent member isn't written, an empty one is") {
    CHECK(write_features({"1.0.0", "1.3.0"})
          == "{\n    \"ociVersionMin\": \"1.0.0\",\n    \"ociVersionMax\": \"1.3.0\"\n}");
    CHECK(write_features({"1.0.0", "1.3.0", spec::Texts{}}).ends_with("\"hooks\": []\n}"));
    spec::Features some{.oci_version_min = "1.0.0", .oci_version_max = "1.3.0"};
    some.linux.emplace().apparmor = spec::Enabled{false};
    CHECK(json::write(some).ends_with(R"("linux":{"apparmor":{"enabled":false}}})"));
}

TEST_CASE("features: everything is told, and survives the way through text") {
    auto const all = known();
    auto const again = json::read<spec::Features>(write_features(all), "features");
    REQUIRE(again);
    CHECK(*again == all);
    auto const text = write_features(all);
    for (auto const& row : json::document<spec::Features>()) {
        auto const name = row.pointer.substr(row.pointer.rfind('/') + 1);
        CAPTURE(row.pointer);
        if (name != "*") CHECK(text.find('"' + name + '"') != text.npos);
    }
}

TEST_CASE("features: both versions are accepted by the parser") {
    for (auto const& version : {known().oci_version_min, known().oci_version_max})
        CHECK(parse_config(R"({"ociVersion":")" + version + R"(","root":{"path":"r"}})", "c"));
}

TEST_CASE("features: hooks and mount options are the parser's tables") {
    spec::Texts hooks, options;
    for (auto const& hook : json::fields<spec::Hooks>) hooks.emplace_back(hook.name);
    for (auto const& option : mounts::options) options.emplace_back(option.name);
    CHECK(known().hooks == hooks);
    CHECK(known().mount_options == options);
}

TEST_CASE("features: names are the parser's, those that this kernel has") {
    auto const linux = *known().linux;
    auto const namespaces = all_names<spec::NamespaceType>();
    CHECK(std::ranges::includes(namespaces, *linux.namespaces));
    CHECK(linux.namespaces->size() >= 7); // all but time can't be left out of a kernel for davit
    CHECK(linux.seccomp->actions == all_names<spec::SeccompAction>());
    CHECK(linux.seccomp->operators == all_names<spec::SeccompOperator>());
    CHECK(std::ranges::includes(all_names<spec::SeccompArch>(), *linux.seccomp->archs));
    CHECK(linux.seccomp->known_flags == all_names<spec::SeccompFlag>());
    CHECK(std::ranges::includes(*linux.seccomp->known_flags, *linux.seccomp->supported_flags));
    CHECK(std::ranges::includes(all_names<spec::MemoryPolicyMode>(), *linux.memory_policy->modes));
    CHECK(std::ranges::includes(all_names<spec::MemoryPolicyFlag>(), *linux.memory_policy->flags));
}

TEST_CASE("features: capabilities are those up to the kernel's last one") {
    unsigned last = 0;
    std::ifstream("/proc/sys/kernel/cap_last_cap") >> last;
    auto const names = *known().linux->capabilities;
    for (std::size_t i = 0; i < names.size(); ++i) CHECK(names[i] == caps::name(unsigned(i)));
    CHECK((names.size() == last + 1 || caps::name(unsigned(names.size())).empty()));
}
