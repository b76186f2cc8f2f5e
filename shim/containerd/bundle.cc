// SPDX-License-Identifier: Apache-2.0
// shim/containerd/bundle.cc - what a shim reads and leaves in a container's bundle.
#include "containerd/bundle.h"

#include <limits.h>
#include <unistd.h>

#include <cerrno>

#include "base/result.h"
#include "core/names.h"
#include "safe/whole_file.h"

namespace davit::shim::containerd {

namespace {

constexpr char root_file[] = "/davit-root";

} // namespace

Result<std::string> bundle_of(Flags const& flags) {
    auto bundle = flags.bundle;
    if (!bundle.starts_with('/')) {
        char here[PATH_MAX];
        if (::getcwd(here, sizeof here) == nullptr)
            return fail_errno(Errno{errno}, "find the working directory, which is the bundle");
        bundle = bundle.empty() ? std::string(here) : here + ('/' + bundle);
    }
    TRY(check_path("bundle", bundle));
    return bundle;
}

Result<> note_state_root(std::string const& bundle, std::string_view root) {
    return safe::replace_file(bundle + root_file, root, 0600);
}

Result<std::string> noted_state_root(std::string const& bundle) {
    auto root = safe::read_file(bundle + root_file, PATH_MAX);
    if (!root && root.error().errnum == ENOENT) return std::string();
    if (root) TRY(within(check_path("root", *root), quoted(bundle + root_file)));
    return root;
}

std::string noted_socket(std::string const& bundle) {
    constexpr std::string_view scheme = "unix://";
    auto const text = safe::read_file(bundle + "/address", PATH_MAX);
    return text && text->starts_with(scheme) ? text->substr(scheme.size()) : std::string();
}

} // namespace davit::shim::containerd
