// SPDX-License-Identifier: Apache-2.0
// spec/validate_seccomp.cc - the rules of config-linux.md#seccomp. Runs in: parent.
#include "spec/rules.h"

namespace davit::spec {
namespace {

// "When the action doesn't support an errno, the runtime MUST print and error and fail.": but
// profiles have one beside SCMP_ACT_ALLOW, and no runtime fails. seccomp::doubts() warns.
Result<> validate_errno(Path const& at, SeccompAction action, std::optional<std::uint32_t> number) {
    // The kernel's MAX_ERRNO; SECCOMP_RET_DATA, which goes to a tracer.
    std::uint32_t const largest = action == SeccompAction::errno_ ? 4095 : 0xffff;
    if (!number || (action != SeccompAction::errno_ && action != SeccompAction::trace)) return {};
    if (*number > largest) return wrong(at, text("must be at most ", largest), *number);
    return {};
}

} // namespace

Result<> validate_seccomp(Seccomp const& seccomp) {
    constexpr std::uint32_t last_argument = 5; // of the six that a system call has
    Path const linux_at{"linux"};
    Path const at{linux_at, "seccomp"};
    TRY(validate_errno({at, "defaultErrnoRet"}, seccomp.default_action, seccomp.default_errno_ret));

    bool notifies = seccomp.default_action == SeccompAction::notify;
    Path const syscalls{at, "syscalls"};
    for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i) {
        auto const& rule = seccomp.syscalls[i];
        Path const here{syscalls, i};
        // "names MUST contain at least one entry."
        if (rule.names.empty()) return wrong({here, "names"}, "must have at least one entry");
        TRY(validate_errno({here, "errnoRet"}, rule.action, rule.errno_ret));
        Path const args{here, "args"};
        for (std::size_t j = 0; j < rule.args.size(); ++j)
            if (rule.args[j].index > last_argument)
                return wrong({Path(args, j), "index"}, "must be 0 to 5", rule.args[j].index);
        notifies |= rule.action == SeccompAction::notify;
    }

    // "This field MUST NOT be set if listenerPath is not set."
    if (!seccomp.listener_metadata.empty() && seccomp.listener_path.empty())
        return wrong({at, "listenerMetadata"}, "needs listenerPath");
    // "If sending to this socket fails, the runtime MUST generate an error."
    if (notifies && seccomp.listener_path.empty())
        return wrong({at, "listenerPath"}, "is required for SCMP_ACT_NOTIFY");
    return {};
}

} // namespace davit::spec
