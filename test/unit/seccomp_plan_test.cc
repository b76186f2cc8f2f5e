// SPDX-License-Identifier: Apache-2.0
// unit/seccomp_plan_test.cc - parts/seccomp: what davit plans for a profile, its key, the range of
// newer calls.
#include "catch.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "davit/config.h"
#include "parts/seccomp/newer.h"
#include "parts/seccomp/numbers.h"
#include "parts/seccomp/plan.h"
#include "plan/plan.h"

namespace {

using namespace davit;
using enum spec::SeccompAction;
using enum spec::SeccompOperator;
using Args = std::vector<spec::SeccompArg>;

spec::Config with(spec::Seccomp profile) {
    auto config = example_config(false, false, 0, 0);
    config.linux.seccomp = std::move(profile);
    return config;
}

TEST_CASE("seccomp: early or late, and which flags") {
    using enum spec::SeccompFlag;
    auto config = with({.default_action = allow, .flags = {log, tsync}});
    config.process->no_new_privileges = true;
    auto inside = seccomp::plan(config);
    REQUIRE(inside);
    CHECK(inside->when == seccomp::When::late);
    CHECK(inside->flags == SECCOMP_FILTER_FLAG_LOG); // one thread needs no TSYNC
    config.hooks.start_container = {{.path = "/hook"}};
    inside = seccomp::plan(config);
    REQUIRE(inside);
    CHECK(inside->when == seccomp::When::before_hooks);
    config.process->no_new_privileges = false;
    config.linux.seccomp->listener_path = "/ignored";
    inside = seccomp::plan(config);
    REQUIRE(inside);
    CHECK(inside->when == seccomp::When::early);
    config.linux.seccomp->syscalls = {{.names = {"mknod"}, .action = notify}};
    config.linux.seccomp->flags = {wait_killable_recv};
    inside = seccomp::plan(config);
    REQUIRE(inside);
    CHECK(inside->flags == (SECCOMP_FILTER_FLAG_NEW_LISTENER | 0x20U));
    config.linux.seccomp.reset();
    inside = seccomp::plan(config);
    REQUIRE(inside);
    CHECK(inside->when == seccomp::When::never);
}

TEST_CASE("seccomp: a rule that says what the default says") {
    spec::Seccomp profile{.default_action = errno_};
    CHECK(seccomp::is_default(profile, {.names = {}, .action = errno_}));
    CHECK(seccomp::is_default(profile, {.names = {}, .action = errno_, .errno_ret = EPERM}));
    CHECK_FALSE(seccomp::is_default(profile, {.names = {}, .action = errno_, .errno_ret = 38}));
    CHECK_FALSE(seccomp::is_default(profile, {.names = {}, .action = trace}));
    profile = {.default_action = kill, .default_errno_ret = {}};
    CHECK(seccomp::is_default(profile, {.names = {}, .action = kill_thread}));
    CHECK_FALSE(seccomp::is_default(profile, {.names = {}, .action = kill_process}));
    profile = {.default_action = trace, .default_errno_ret = 7};
    CHECK(seccomp::is_default(profile, {.names = {}, .action = trace, .errno_ret = 7}));
    CHECK_FALSE(seccomp::is_default(profile, {.names = {}, .action = trace}));
}

TEST_CASE("seccomp: conditions on one argument are alternatives, on several they hold together") {
    Args const none, different{{0, 1, 0, eq}, {1, 2, 0, ne}},
        same{{0, 1, 0, eq}, {0, 8, 0, eq}, {2, 3, 0, lt}};
    CHECK(seccomp::alternatives(none) == std::vector<Args>{{}});
    CHECK(seccomp::alternatives(different) == std::vector<Args>{different});
    CHECK(seccomp::alternatives(same) == std::vector<Args>{{same[0]}, {same[1]}, {same[2]}});
}

TEST_CASE("seccomp: the key is all that the program depends on, and nothing else") {
    spec::Seccomp const profile{
        .default_action = errno_,
        .architectures = {spec::SeccompArch::x86},
        .syscalls = {
            {.names = {"a", "b"}, .action = allow, .errno_ret = {}, .args = {{1, 2, 3, eq}}}}};
    auto const key = seccomp::key(profile, "maker");
    CHECK(key == seccomp::key(profile, "maker"));
    auto other = profile;
    other.flags = {spec::SeccompFlag::log};
    other.listener_path = "/x";
    other.listener_metadata = "an id";
    other.default_errno_ret = EPERM; // as absent
    CHECK(key == seccomp::key(other, "maker"));

    CHECK(key != seccomp::key(profile, "other maker"));
    void (*const changes[])(spec::Seccomp&) = {
        [](spec::Seccomp& p) { p.default_action = trap; },
        [](spec::Seccomp& p) { p.default_errno_ret = 2; },
        [](spec::Seccomp& p) { p.architectures = {}; },
        [](spec::Seccomp& p) { p.architectures[0] = spec::SeccompArch::x32; },
        [](spec::Seccomp& p) { p.syscalls.clear(); },
        [](spec::Seccomp& p) { p.syscalls.push_back(p.syscalls[0]); },
        [](spec::Seccomp& p) { p.syscalls[0].action = log; },
        [](spec::Seccomp& p) { p.syscalls[0].errno_ret = 2; },
        [](spec::Seccomp& p) { p.syscalls[0].names = {"ab"}; },
        [](spec::Seccomp& p) { p.syscalls[0].names = {"a\nb"}; },
        [](spec::Seccomp& p) { std::swap(p.syscalls[0].names[0], p.syscalls[0].names[1]); },
        [](spec::Seccomp& p) { p.syscalls[0].args.clear(); },
        [](spec::Seccomp& p) { p.syscalls[0].args[0].index = 0; },
        [](spec::Seccomp& p) { p.syscalls[0].args[0].value = 0; },
        [](spec::Seccomp& p) { p.syscalls[0].args[0].value_two = 0; },
        [](spec::Seccomp& p) { p.syscalls[0].args[0].op = masked_eq; },
    };
    for (auto const change : changes) {
        auto changed = profile;
        change(changed);
        CHECK(key != seccomp::key(changed, "maker"));
    }
}

/// What the kernel would do with the few instructions that refuse() writes; 0: on to the program.
std::uint32_t decide(std::vector<sock_filter> const& program, std::uint32_t arch,
                     std::uint32_t number) {
    std::uint32_t a = 0;
    for (std::size_t i = 0; i < program.size(); ++i) {
        auto const& in = program[i];
        switch (in.code) {
        case BPF_LD | BPF_W | BPF_ABS:
            a = in.k == offsetof(seccomp_data, arch) ? arch : number;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K: i += a == in.k ? in.jt : in.jf; break;
        case BPF_JMP | BPF_JGE | BPF_K: i += a >= in.k ? in.jt : in.jf; break;
        case BPF_JMP | BPF_JGT | BPF_K: i += a > in.k ? in.jt : in.jf; break;
        case BPF_RET | BPF_K: return in.k;
        default: FAIL("an instruction that nobody asked for");
        }
    }
    return 0;
}

TEST_CASE("seccomp: newer system calls don't exist, of each architecture its own") {
    seccomp::Numbers const newer[] = {{AUDIT_ARCH_X86_64, 440, 0x3fffffff},
                                      {AUDIT_ARCH_I386, 430, 0x7fffffff}};
    auto const program = seccomp::refuse(newer);
    std::uint32_t const gone = SECCOMP_RET_ERRNO | ENOSYS;
    CHECK(decide(program, AUDIT_ARCH_X86_64, 439) == 0);
    CHECK(decide(program, AUDIT_ARCH_X86_64, 440) == gone);
    CHECK(decide(program, AUDIT_ARCH_X86_64, 0x3fffffff) == gone);
    CHECK(decide(program, AUDIT_ARCH_X86_64, 0x40000000) == 0); // x32's: the filter's to refuse
    CHECK(decide(program, AUDIT_ARCH_X86_64, 0xffffffff) == 0); // a tracer's "skip it"
    CHECK(decide(program, AUDIT_ARCH_I386, 429) == 0);
    CHECK(decide(program, AUDIT_ARCH_I386, 430) == gone);
    CHECK(decide(program, AUDIT_ARCH_I386, 0xffffffff) == 0);
    CHECK(decide(program, AUDIT_ARCH_AARCH64, 1000) == 0);
    CHECK(seccomp::refuse({}).empty());

    CHECK(seccomp::hides_newer({.default_action = errno_}));
    CHECK_FALSE(seccomp::hides_newer({.default_action = errno_, .default_errno_ret = ENOSYS}));
    CHECK_FALSE(seccomp::hides_newer({.default_action = kill_process}));
    CHECK_FALSE(seccomp::hides_newer({.default_action = allow}));
}

TEST_CASE("seccomp: calls that libseccomp may not know have their numbers") {
    std::uint32_t const x32 = AUDIT_ARCH_X86_64 & ~std::uint32_t{__AUDIT_ARCH_64BIT};
    for (std::uint32_t const arch : std::initializer_list<std::uint32_t>{
             AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_RISCV64,
             AUDIT_ARCH_S390X, AUDIT_ARCH_ARM})
        CHECK(seccomp::number_of(arch, "mseal") == 462);
    CHECK(seccomp::number_of(x32, "mseal") == 0x40000000 + 462);
    CHECK(seccomp::number_of(AUDIT_ARCH_MIPSEL, "mseal") == 4462);
    CHECK(seccomp::number_of(AUDIT_ARCH_MIPS64, "mseal") == 5462);
    CHECK(seccomp::number_of(AUDIT_ARCH_MIPSEL64N32, "mseal") == 6462);
    CHECK(seccomp::number_of(AUDIT_ARCH_X86_64, "uretprobe") == 335);
    CHECK_FALSE(seccomp::number_of(AUDIT_ARCH_AARCH64, "uretprobe"));
    CHECK(seccomp::is_numbered("uretprobe"));
    CHECK(seccomp::number_of(AUDIT_ARCH_RISCV64, "riscv_hwprobe") == 258);
    CHECK_FALSE(seccomp::number_of(AUDIT_ARCH_X86_64, "read"));
    CHECK_FALSE(seccomp::is_numbered("no_such_call"));
    // Those that this machine's headers know.
    CHECK(seccomp::number_of(AUDIT_ARCH_AARCH64, "mount_setattr") == SYS_mount_setattr);
    CHECK(seccomp::number_of(AUDIT_ARCH_AARCH64, "set_mempolicy_home_node")
          == SYS_set_mempolicy_home_node);
}

TEST_CASE("seccomp: numbers are decided before libseccomp's part, of each architecture its own") {
    seccomp::Decision const decisions[] = {{AUDIT_ARCH_X86_64, 462, SECCOMP_RET_ALLOW},
                                           {AUDIT_ARCH_X86_64, 0x40000000 + 462, SECCOMP_RET_LOG},
                                           {AUDIT_ARCH_X86_64, 452, SECCOMP_RET_TRAP},
                                           {AUDIT_ARCH_I386, 462, SECCOMP_RET_ERRNO | 7}};
    auto const program = seccomp::decide(decisions);
    CHECK(decide(program, AUDIT_ARCH_X86_64, 462) == SECCOMP_RET_ALLOW);
    CHECK(decide(program, AUDIT_ARCH_X86_64, 0x40000000 + 462) == SECCOMP_RET_LOG);
    CHECK(decide(program, AUDIT_ARCH_X86_64, 452) == SECCOMP_RET_TRAP);
    CHECK(decide(program, AUDIT_ARCH_I386, 462) == (SECCOMP_RET_ERRNO | 7));
    for (std::uint32_t const other : {0U, 451U, 453U, 461U, 463U, 0x40000000U, 0xffffffffU}) {
        CHECK(decide(program, AUDIT_ARCH_X86_64, other) == 0);
        CHECK(decide(program, AUDIT_ARCH_I386, other) == 0);
    }
    CHECK(decide(program, AUDIT_ARCH_AARCH64, 462) == 0);
    CHECK(seccomp::decide({}).empty());
}

TEST_CASE("seccomp: the program comes into the finished block") {
    plan::HostFacts const facts{
        {cgroup::Mode::unified, {{{"cpu", "memory"}, "/sys/fs/cgroup", "/x", true}}}};
    auto plan = plan::compile(with({.default_action = allow}), facts, {.id = "b", .bundle = "/b"});
    REQUIRE(plan);
    CHECK(plan->header().seccomp.program.count == 0);
    auto const before = plan::print(*plan);
    plan::add_filter(*plan, {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}});
    auto const program = plan->view().list(plan->header().seccomp.program);
    REQUIRE(program.size() == 1);
    CHECK(program[0].k == SECCOMP_RET_ALLOW);
    CHECK(plan::print(*plan) == before); // all else is where it was
}

} // namespace
