// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/host_untranslated.cc - replaces host_translate.cc without libseccomp (meson setup
// -Dseccomp=disabled, or a bare cross compiler). Runs in: parent.
#include "parts/seccomp/host.h"

namespace davit::seccomp {

std::string libseccomp_version() { return {}; }
bool is_known(spec::SeccompArch) { return false; }

std::vector<std::string> unknown_calls(spec::Seccomp const&) { return {}; }

Result<Program> translate(spec::Seccomp const&) {
    return fail(Kind::unsupported,
                "config.json: /linux/seccomp: this davit was built without libseccomp");
}

} // namespace davit::seccomp
