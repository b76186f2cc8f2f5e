// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/init.cc - loading the filter. Runs in: init.
//
// seccomp(2). What init calls after it is listed in lib/README.md: a profile must allow that.
#include "init/init.h"
#include "base/try.h"
#include "sys/seccomp.h"

namespace davit::seccomp {

namespace {

using launch::Detail;

Sys<> load(init::Init& init) {
    auto const& filter = init.plan().seccomp;
    auto const loaded =
        TRY(sys::seccomp_set_filter(filter.flags, init.view().list(filter.program)));
    if (!(filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)) return {};
    Fd const listener(static_cast<int>(loaded));
    init.doing(Detail::attach);
    return init.parent.send(launch::TakeListener{}, listener.number());
}

} // namespace

Sys<> load_early(init::Init& init) {
    // caps::set_all() has left it among the permitted ones.
    init.doing(Detail::raise);
    TRY(caps::raise_admin(init));
    init.doing(Detail::none);
    TRY(load(init));
    init.doing(Detail::drop);
    return caps::drop_admin(init);
}

Sys<> load_late(init::Init& init) { return load(init); }

} // namespace davit::seccomp
