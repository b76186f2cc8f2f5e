// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/print.cc - the profile as `davit explain` shows it. Runs in: parent, pure.
//
// The rules, not the program: the program depends on libseccomp's version.
#include "parts/seccomp/plan.h"
#include "spec/names.h"

namespace davit::seccomp {

namespace {

using spec::SeccompAction;

std::string to_text(SeccompAction action, std::optional<std::uint32_t> errnum) {
    auto const name = json::name_of(action);
    if (action != SeccompAction::errno_ && action != SeccompAction::trace) return std::string(name);
    return text(name, '(', errno_of(errnum), ')');
}

std::string to_text(spec::SeccompArg const& a) {
    std::string out = text("argument ", a.index, " ", json::name_of(a.op), " ", hex(a.value));
    if (a.op == spec::SeccompOperator::masked_eq) out += text(" ", hex(a.value_two));
    return out;
}

/// Docker's default profile allows some 350 calls.
std::string to_text(spec::Texts const& names) {
    constexpr std::size_t most = 8;
    std::string out;
    for (std::size_t i = 0; i < names.size() && i < most; ++i) out += text(" ", quoted(names[i]));
    if (names.size() > most) out += text(" and ", names.size() - most, " more");
    return out;
}

std::string to_text(std::vector<spec::SeccompArg> const& args) {
    std::string out;
    for (auto const& all : alternatives(args)) {
        if (all.empty()) continue;
        out += out.empty() ? ", if " : ", or if ";
        for (auto const& condition : all)
            out += text(&condition == &all[0] ? "" : " and ", to_text(condition));
    }
    return out;
}

} // namespace

void print(spec::Seccomp const& profile, InitPlan const& inside, std::string& out) {
    out += text("seccomp ", to_text(profile.default_action, profile.default_errno_ret),
                " by default, loaded ",
                inside.when == When::early          ? "while there is CAP_SYS_ADMIN"
                : inside.when == When::before_hooks ? "before the startContainer hooks"
                                                    : "last",
                '\n');
    std::string archs;
    for (auto const arch : profile.architectures) archs += text(" ", json::name_of(arch));
    if (!archs.empty()) out += text("    architectures", archs, '\n');
    for (auto const flag : profile.flags) out += text("    flag ", json::name_of(flag), '\n');
    if (notifies(profile)) out += text("    agent at ", quoted(profile.listener_path), '\n');
    for (auto const& rule : profile.syscalls)
        if (!is_default(profile, rule))
            out += text("    ", to_text(rule.action, rule.errno_ret), to_text(rule.names),
                        to_text(rule.args), '\n');
    if (hides_newer(profile)) out += "    ENOSYS for all that are newer than those\n";
}

} // namespace davit::seccomp
