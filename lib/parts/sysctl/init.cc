// SPDX-License-Identifier: Apache-2.0
// parts/sysctl/init.cc - writing the sysctls. Runs in: init, before anything of the container is
// mounted.
//
// Through a procfs of our own: a path of a /proc may lead to another file of it, core_pattern
// (CVE-2025-52881). Whose sysctls it shows follows from our namespaces, not from how it was made.
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
