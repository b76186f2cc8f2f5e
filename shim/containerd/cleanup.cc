// SPDX-License-Identifier: Apache-2.0
// shim/containerd/cleanup.cc - "delete": removes a container whose shim is gone.
#include "containerd/cleanup.h"

#include <chrono>

#include "base/try.h"
#include "containerd/address.h"
#include "containerd/bundle.h"
#include "containerd/options.h"
#include "containerd/task_messages.h"
#include "containerd/time.h"
#include "davit/mounts.h"
#include "davit/runtime.h"

namespace davit::shim::containerd {

namespace {

constexpr std::uint32_t killed = 128 + 9;

struct Removed {
    int pid = 0;
    std::vector<std::string> warnings;
};

Result<Removed> remove_container(std::string const& root, std::string const& id) {
    auto const runtime = Runtime::open({.root = root});
    if (!runtime) return std::unexpected(runtime.error());
    auto container = runtime->find(id);
    if (!container && container.error().kind == Kind::not_found) return Removed();
    if (!container) return std::unexpected(container.error());
    auto const state = container->state();
    auto warnings = TRY(container->remove(Removal::force));
    return Removed{state ? state->pid : 0, std::move(warnings)};
}

} // namespace

Result<CleanedUp> clean_up(Flags const& flags) {
    auto const bundle = TRY(bundle_of(flags));
    auto root = TRY(noted_state_root(bundle));
    if (root.empty()) root = state_root({}, flags.name_space);
    auto removed = TRY(remove_container(root, flags.id));

    CleanedUp done{.answer = wire::encode(
                       DeleteResponse{.pid = static_cast<std::uint32_t>(removed.pid),
                                      .exit_status = killed,
                                      .exited_at = timestamp(std::chrono::system_clock::now())}),
                   .warnings = std::move(removed.warnings)};
    if (auto const unmounted = unmount_all(bundle + "/rootfs"); !unmounted)
        done.warnings.push_back(unmounted.error().story);
    if (auto const socket = noted_socket(bundle); !socket.empty()) remove_dead_socket(socket);
    return done;
}

} // namespace davit::shim::containerd
