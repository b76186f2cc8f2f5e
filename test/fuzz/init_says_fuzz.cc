// SPDX-License-Identifier: Apache-2.0
// fuzz/init_says_fuzz.cc - a failure that init reports, as a process that traces it could forge it:
// its numbers refer to lists of the plan, and may be any. The result is a sentence, never a crash.
// The first byte chooses the listener.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "launch/story.h"
#include "plan/builder.h"
#include "plan/init_plan.h"

using namespace davit;

namespace {

/// A plan with one element in each list that a sentence may look at; the lists end with the block.
std::vector<std::byte> a_plan() {
    plan::Builder builder(sizeof(plan::InitPlan));
    plan::InitPlan inside;
    auto const one = [&]<class T>(plan::List<T>& list, T const& element) {
        list = builder.list(std::vector{element});
    };
    inside.rootfs.path = builder.text("/b/rootfs");
    inside.process.cwd = builder.text("/work");
    inside.process.argv = builder.pointers(std::vector{std::string("prog")});
    inside.lsm.apparmor_exec = builder.text("exec profile");
    mounts::Mount mount;
    mount.destination = builder.text("/data");
    mount.source = builder.text("/host/data");
    mount.parameters =
        builder.list(std::vector{mounts::Parameter{builder.text("size"), builder.text("1")}});
    one(inside.mounts.mounts, mount);
    one(inside.sysctl.settings, {builder.text("key"), builder.text("sys/key"), builder.text("1")});
    devices::Device device{};
    device.path = builder.text("/dev/x");
    one(inside.devices.devices, device);
    one(inside.devices.links, {builder.text("/dev/fd"), builder.text("/proc/self/fd")});
    one(inside.rootfs.read_only, builder.text("/proc/sys"));
    one(inside.rootfs.masked, builder.text("/proc/kcore"));
    return std::move(builder).finish(inside);
}

template <class Message>
Message forged(std::string_view bytes) {
    Message message;
    std::memcpy(static_cast<void*>(&message), bytes.data(), std::min(bytes.size(), sizeof message));
    return message;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static auto const plan = a_plan();
    static auto const hooks = [] {
        spec::Hooks hooks;
        hooks.start_container = {{"/bin/hook", {}, {}, {}}};
        return hooks;
    }();
    if (size == 0) return 0;
    std::string_view const rest(reinterpret_cast<char const*>(data) + 1, size - 1);
    switch (data[0]) {
    case '0':
        if (launch::tell(forged<launch::Failed>(rest), plan::View(plan.data())).story.empty())
            std::abort();
        break;
    case '1':
        if (launch::tell_after_gate(forged<launch::Failed>(rest), hooks).story.empty())
            std::abort();
        break;
    default: (void)launch::flaw_story(forged<launch::Flawed>(rest));
    }
    return 0;
}
