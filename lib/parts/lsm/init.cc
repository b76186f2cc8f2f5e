// SPDX-License-Identifier: Apache-2.0
// parts/lsm/init.cc - sets the labels for init's next execve(2). Runs in: init.
//
// It writes to a proven procfs: a /proc of the image, or a file mounted into it, would take a label
// without effect (CVE-2019-16884, CVE-2025-52881).
// Kernel interface: proc(5) attr/, aa_change_profile(2), aa_stack_profile(2).
#include "init/init.h"
#include "base/try.h"
#include "safe/procfs.h"

namespace davit::lsm {

namespace {

using launch::Detail;

Sys<> write_own(safe::Procfs const& proc, char const* name, char const* text, std::size_t size) {
    auto const file = TRY(proc.open_own(name, O_WRONLY));
    return sys::write_once(file.number(), text, size);
}

/// Reads "unconfined", or "NAME (MODE)".
Sys<bool> is_confined(safe::Procfs const& proc) {
    constexpr char word[] = "unconfined";
    constexpr auto length = sizeof word - 1;
    auto const file = TRY(proc.open_own("attr/apparmor/current", O_RDONLY));
    char label[4096];
    auto size = TRY(sys::read(file.number(), label, sizeof label));
    while (size > 0 && (label[size - 1] == '\n' || label[size - 1] == ')' || !label[size - 1]))
        --size;
    return size < length || std::memcmp(label + size - length, word, length) != 0;
}

/// With no_new_privs the kernel only changes to a profile that restricts further. A stack of the
/// present and the new profile does. Without it config.json's profile holds alone.
Sys<bool> must_stack(init::Init const& init, safe::Procfs const& proc) {
    if (!init.plan().process.no_new_privileges && TRY(sys::prctl(PR_GET_NO_NEW_PRIVS)) == 0)
        return false;
    return is_confined(proc);
}

Sys<> set_apparmor(init::Init& init, safe::Procfs const& proc) {
    auto const& labels = init.plan().lsm;
    auto const command = TRY(must_stack(init, proc)) ? labels.apparmor_stack : labels.apparmor_exec;
    return write_own(proc, "attr/apparmor/exec", init.view().text(command), command.size);
}

Sys<> set_selinux(init::Init& init, safe::Procfs const& proc) {
    auto const& labels = init.plan().lsm;
    auto const write = [&](char const* name, plan::Text label) -> Sys<> {
        if (!label) return {};
        return write_own(proc, name, init.view().text(label), label.size);
    };
    TRY(write("attr/exec", labels.selinux));
    init.doing(Detail::selinux_key);
    return write("attr/keycreate", labels.selinux_key); // execve(2) clears it
}

} // namespace

Sys<> set_labels(init::Init& init) {
    auto const& labels = init.plan().lsm;
    init.doing(Detail::source);
    auto const proc = TRY(safe::Procfs::make_or_open());
    if (labels.apparmor_exec) {
        init.doing(Detail::apparmor);
        TRY(set_apparmor(init, proc));
    }
    if (labels.selinux) {
        init.doing(Detail::selinux);
        TRY(set_selinux(init, proc));
    }
    return {};
}

} // namespace davit::lsm
