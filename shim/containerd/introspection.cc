// SPDX-License-Identifier: Apache-2.0
// shim/containerd/introspection.cc - "-info" and "-v": what this runtime is and can do.
#include "containerd/introspection.h"

#include "base/try.h"
#include "base/version.h"
#include "containerd/boot_messages.h"
#include "davit/config.h"
#include "davit/runtime.h"

namespace davit::shim::containerd {

Result<std::string> runtime_info() {
    auto const known = TRY(features());
    return wire::encode(RuntimeInfo{
        .name = "io.containerd.davit.v2",
        .version = RuntimeVersion{.version = version, .revision = commit},
        .options = {},
        .features = Any{"types.containerd.io/opencontainers/runtime-spec/1/features/Features",
                        write_features(known)},
        .annotations = {}});
}

std::string version_text() {
    return std::string("containerd-shim-davit-v2:\n  Version:  ") + version
           + "\n  Revision: " + commit + "\n";
}

} // namespace davit::shim::containerd
