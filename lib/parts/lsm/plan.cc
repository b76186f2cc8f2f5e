// SPDX-License-Identifier: Apache-2.0
// parts/lsm/plan.cc - the labels of the process. Runs in: parent, pure. config.md#linux-process.
#include "parts/lsm/plan.h"

namespace davit::lsm {

Result<InitPlan> plan(spec::Process const& process, bool new_keyring, Facts const& facts,
                      plan::Builder& builder) {
    InitPlan inside;
    if (auto const& profile = process.apparmor_profile; !profile.empty()) {
        // Without AppArmor every process is unconfined.
        if (!facts.apparmor && profile != "unconfined")
            return fail(Kind::unsupported,
                        "config.json: /process/apparmorProfile: apparmor profile ", quoted(profile),
                        " is specified, but apparmor is disabled or not supported");
        if (facts.apparmor) {
            inside.apparmor_exec = builder.text("exec " + profile);
            inside.apparmor_stack = builder.text("stack " + profile);
        }
    }
    if (auto const& label = process.selinux_label; !label.empty()) {
        if (!facts.selinux)
            return fail(Kind::unsupported, "config.json: /process/selinuxLabel: selinux label ",
                        quoted(label), " is specified, but selinux is disabled or not supported");
        inside.selinux = builder.text(label);
        if (new_keyring) inside.selinux_key = inside.selinux;
    }
    return inside;
}

void print(InitPlan const& inside, plan::View view, std::string& out) {
    if (inside.apparmor_exec)
        out += text("AppArmor: ", quoted(view.text(inside.apparmor_exec)), ", or ",
                    quoted(view.text(inside.apparmor_stack)),
                    " where davit is confined and privileges may not grow\n");
    if (inside.selinux)
        out += text("SELinux label ", quoted(view.text(inside.selinux)),
                    inside.selinux_key ? ", of the session keyring too\n" : "\n");
}

} // namespace davit::lsm
