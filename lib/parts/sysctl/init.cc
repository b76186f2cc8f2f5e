// SPDX-License-Identifier: Apache-2.0
// parts/sysctl/init.cc - writing the sysctls. Runs in: init, before it mounts anything of the
// container.
//
// It uses init's own procfs: a path in another /proc may lead to a different file, core_pattern
// (CVE-2025-52881). init's namespaces decide whose sysctls it shows, not how it was made.
#include "init/init.h"
#include "base/try.h"
#include "safe/procfs.h"

namespace davit::sysctl {

using launch::Detail;

Sys<> set_all(init::Init& init) {
    init.doing(Detail::source);
    auto const proc = TRY(safe::Procfs::make_or_open());
    for (auto const& setting : init.view().list(init.plan().sysctl.settings)) {
        init.doing(Detail::target);
        auto const file = TRY(proc.open_file(init.view().text(setting.path), O_WRONLY));
        init.doing(Detail::parameter);
        TRY(sys::write_once(file.number(), init.view().text(setting.value), setting.value.size));
        ++init.item;
    }
    return {};
}

} // namespace davit::sysctl
