// SPDX-License-Identifier: Apache-2.0
// unit/seccomp_program_test.cc - parts/seccomp/host_translate: compares the finished programs'
// decisions with the profile read as a text, for random profiles and all numbers.
//
// A program is davit's own part followed by libseccomp's: this proves that together they do what
// config.json asks for.
#include "catch.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "parts/seccomp/host.h"

namespace {

using namespace davit;
using enum spec::SeccompAction;
using enum spec::SeccompArch;

/// The kernel's interpreter, as far as libseccomp uses it. Anything else, such as a jump over the
/// end, fails the test.
/// among it, fails the test.
std::uint32_t run(seccomp::Program const& program, seccomp_data const& data) {
    std::uint32_t a = 0;
    for (std::size_t i = 0; i < program.size(); ++i) {
        auto const& in = program[i];
        auto const jump = [&](bool yes) { i += yes ? in.jt : in.jf; };
        switch (in.code) {
        case BPF_LD | BPF_W | BPF_ABS:
            REQUIRE(in.k + sizeof a <= sizeof data);
            std::memcpy(&a, reinterpret_cast<char const*>(&data) + in.k, sizeof a);
            break;
        case BPF_ALU | BPF_AND | BPF_K: a &= in.k; break;
        case BPF_JMP | BPF_JA: i += in.k; break;
        case BPF_JMP | BPF_JEQ | BPF_K: jump(a == in.k); break;
        case BPF_JMP | BPF_JGE | BPF_K: jump(a >= in.k); break;
        case BPF_JMP | BPF_JGT | BPF_K: jump(a > in.k); break;
        case BPF_JMP | BPF_JSET | BPF_K: jump((a & in.k) != 0); break;
        case BPF_RET | BPF_K: return in.k;
        default: FAIL("an instruction that libseccomp doesn't make: " << in.code);
        }
    }
    FAIL("the program has no end");
    return 0;
}

/// The numbers of a name; -1: the architecture has no such call.
struct Call {
    char const* name;
    int x86_64, i386, x32;
    bool is_newer = false; ///< than Debian 12's libseccomp: decided by number, without conditions
};
constexpr int bit = 0x40000000; // __X32_SYSCALL_BIT
// Old and new calls, calls that an architecture lacks, one that only x32 has.
constexpr int uretprobe = 335; // libseccomp 2.6 gives x32 one, too, which the kernel hasn't got
constexpr Call calls[] = {
    {"read", 0, 3, bit | 0},
    {"getppid", 110, 64, bit | 110},
    {"personality", 135, 136, bit | 135},
    {"prctl", 157, 172, bit | 157},
    {"uselib", 134, 86, -1},
    {"waitpid", -1, 7, -1},
    {"ioctl", 16, 54, bit | 514},
    {"clone", 56, 120, bit | 56},
    {"statx", 332, 383, bit | 332},
    {"clone3", 435, 435, bit | 435},
    {"openat2", 437, 437, bit | 437},
    {"faccessat2", 439, 439, bit | 439},
    {"cachestat", 451, 451, bit | 451, true},
    {"mseal", 462, 462, bit | 462, true},
    {"file_setattr", 469, 469, bit | 469, true},
    {"uretprobe", uretprobe, -1, -1, true},
    {"no_such_call", -1, -1, -1},
};

struct Arch {
    spec::SeccompArch arch;
    std::uint32_t audit;
    int Call::* number;
};
constexpr Arch archs[] = {
    {x86_64, AUDIT_ARCH_X86_64, &Call::x86_64},
    {x86, AUDIT_ARCH_I386, &Call::i386},
    {x32, AUDIT_ARCH_X86_64, &Call::x32},
};

std::uint32_t returned(spec::SeccompAction action, std::optional<std::uint32_t> number) {
    switch (action) {
    case kill:
    case kill_thread: return SECCOMP_RET_KILL_THREAD;
    case kill_process: return SECCOMP_RET_KILL_PROCESS;
    case trap: return SECCOMP_RET_TRAP;
    case errno_: return SECCOMP_RET_ERRNO | number.value_or(EPERM);
    case trace: return SECCOMP_RET_TRACE | number.value_or(EPERM);
    case allow: return SECCOMP_RET_ALLOW;
    case log: return SECCOMP_RET_LOG;
    case notify: return SECCOMP_RET_USER_NOTIF;
    }
    return 0;
}

bool holds(spec::SeccompArg const& c, seccomp_data const& data) {
    using enum spec::SeccompOperator;
    auto const arg = data.args[c.index];
    switch (c.op) {
    case ne: return arg != c.value;
    case lt: return arg < c.value;
    case le: return arg <= c.value;
    case eq: return arg == c.value;
    case ge: return arg >= c.value;
    case gt: return arg > c.value;
    case masked_eq: return (arg & c.value) == c.value_two;
    }
    return false;
}

/// The profile, read as a text. Each name is in one rule, so the order doesn't matter.
std::uint32_t asked_for(spec::Seccomp const& profile, seccomp_data const& data) {
    bool const is_x32 =
        data.arch == AUDIT_ARCH_X86_64 && data.nr != -1 && static_cast<unsigned>(data.nr) >= bit;
    auto const* const arch = std::ranges::find_if(
        archs, [&](Arch const& a) { return a.audit == data.arch && (a.arch == x32) == is_x32; });
    bool const is_filtered =
        arch != std::end(archs)
        && (arch->arch == x86_64 || std::ranges::count(profile.architectures, arch->arch));
    if (!is_filtered) return SECCOMP_RET_KILL_THREAD;
    int highest = is_x32 ? bit - 1 : 0;
    for (auto const& rule : profile.syscalls)
        for (auto const& name : rule.names) {
            auto const* const call =
                std::ranges::find_if(calls, [&](Call const& c) { return c.name == name; });
            int const number = call->*arch->number;
            highest = std::max(highest, number);
            if (number != -1 && number == data.nr
                && std::ranges::all_of(rule.args, [&](auto const& c) { return holds(c, data); }))
                return returned(rule.action, rule.errno_ret);
        }
    if (profile.default_action == errno_ && data.nr > highest) return SECCOMP_RET_ERRNO | ENOSYS;
    return returned(profile.default_action, profile.default_errno_ret);
}

struct Dice {
    std::mt19937_64 engine;
    std::uint64_t below(std::uint64_t n) { return engine() % n; }
    template <class T>
    T one_of(std::initializer_list<T> all) {
        return all.begin()[below(all.size())];
    }
    std::uint64_t argument() {
        return one_of<std::uint64_t>({0, 1, 5, 0xffffffff, 0x100000000, 0x1'00000005, ~0ULL,
                                      0x7fffffffffffffff, below(8), engine()});
    }
};

spec::SeccompArg random_condition(Dice& dice, std::uint32_t index) {
    spec::SeccompArg c{index, dice.argument(), dice.argument(),
                       static_cast<spec::SeccompOperator>(1 + dice.below(7))};
    if (c.op != spec::SeccompOperator::masked_eq) return c;
    if (dice.below(4)) c.value_two &= c.value; // else it never holds, most often
    return c;
}

spec::Seccomp random_profile(Dice& dice) {
    static constexpr spec::SeccompAction actions[] = {
        kill, kill_process, kill_thread, trap, errno_, errno_, trace, allow, allow, log, notify};
    spec::Seccomp profile;
    // Numbers with special treatment, more often.
    profile.default_action = dice.one_of({errno_, errno_, allow, kill_process, trap, log});
    if (profile.default_action == errno_)
        profile.default_errno_ret = dice.one_of<std::optional<std::uint32_t>>({{}, 1, 38, 4094});
    for (auto const arch : {x86_64, x86, x32})
        if (dice.below(2)) profile.architectures.push_back(arch);
    std::ranges::shuffle(profile.architectures, dice.engine);
    for (auto const& call : calls) {
        if (dice.below(3) == 0) continue;
        // Refused if it would have to restrict something.
        bool const is_known = call.x86_64 != -1 || call.i386 != -1;
        if (!is_known && (profile.default_action == allow || profile.default_action == log))
            continue;
        if (dice.below(4) == 0 && !profile.syscalls.empty()
            && (!call.is_newer || profile.syscalls.back().args.empty())) {
            profile.syscalls.back().names.emplace_back(call.name);
            continue;
        }
        auto& rule = profile.syscalls.emplace_back();
        rule.names = {call.name};
        rule.action = actions[dice.below(std::size(actions))];
        if (rule.action == errno_ && dice.below(2)) rule.errno_ret = dice.below(4095);
        for (std::uint32_t i = 0; i < 6; ++i)
            if (dice.below(8) == 0 && !call.is_newer)
                rule.args.push_back(random_condition(dice, i));
    }
    // For an architecture of 32 bits, libseccomp takes the lower half of a value.
    if (std::ranges::any_of(profile.architectures, [](auto a) { return a != x86_64; }))
        for (auto& rule : profile.syscalls)
            for (auto& c : rule.args) {
                c.value &= 0xffffffff;
                c.value_two &= 0xffffffff;
            }
    return profile;
}

/// `calls` has the numbers of x86.
bool lacks_archs() {
    utsname host{};
    bool const is_x86 = ::uname(&host) == 0 && std::string_view(host.machine) == "x86_64";
    return unit::skip_unless(!seccomp::libseccomp_version().empty(), "built without libseccomp")
           || unit::skip_unless(is_x86, "the profiles are for x86_64");
}

TEST_CASE("seccomp: programs decide as the profile says") {
    if (lacks_archs()) return;
    Dice dice{std::mt19937_64(Catch::rngSeed())};
    std::vector<int> numbers{-1, INT32_MIN, bit - 1, bit, INT32_MAX, 4095, 100'000};
    for (int n = 0; n < 480; ++n) numbers.insert(numbers.end(), {n, bit | n});
    std::erase(numbers, bit | uretprobe);
    for (int i = 0; i < 60; ++i) {
        auto const profile = random_profile(dice);
        auto const program = seccomp::translate(profile);
        if (!program) FAIL(program.error().story);
        for (auto const arch : std::initializer_list<std::uint32_t>{
                 AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0})
            for (auto const nr : numbers) {
                seccomp_data data{};
                data.nr = nr;
                data.arch = arch;
                for (auto& a : data.args)
                    a = arch != AUDIT_ARCH_X86_64 || nr >= bit ? dice.argument() & 0xffffffff
                                                               : dice.argument();
                if (run(*program, data) == asked_for(profile, data)) continue;
                INFO("seed " << Catch::rngSeed() << " round " << i << " arch " << std::hex << arch
                             << " nr " << nr);
                CHECK(run(*program, data) == asked_for(profile, data));
            }
    }
}

TEST_CASE("seccomp: what x32 hasn't got says nothing of x86_64's calls") {
    if (lacks_archs()) return;
    auto const program = seccomp::translate({.default_action = errno_,
                                             .architectures = {x86_64, x32},
                                             .syscalls = {{.names = {"uselib"}, .action = allow}}});
    REQUIRE(program);
    seccomp_data data{};
    data.arch = AUDIT_ARCH_X86_64;
    data.nr = 134;
    CHECK(run(*program, data) == SECCOMP_RET_ALLOW);
    data.nr = bit | 134;
    CHECK(run(*program, data) == (SECCOMP_RET_ERRNO | ENOSYS));
}

TEST_CASE("seccomp: as many rules as the kernel takes instructions") {
    if (lacks_archs()) return;
    // Far jumps, and chains of conditions: each number keeps its own result.
    spec::Seccomp profile{.default_action = kill_process, .architectures = {x86_64}};
    auto& rules = profile.syscalls;
    for (std::uint64_t value = 0; value < 400; ++value)
        rules.push_back({.names = {calls[value % 4].name},
                         .action = errno_,
                         .errno_ret = 1 + value,
                         .args = {{1, value, 0, spec::SeccompOperator::eq}}});
    auto const program = seccomp::translate(profile);
    if (!program) FAIL(program.error().story);
    CHECK(program->size() > 400);
    for (std::uint64_t value = 0; value < 400; ++value)
        for (auto const* call = calls; call != calls + 4; ++call) {
            seccomp_data data{};
            data.arch = AUDIT_ARCH_X86_64;
            data.nr = call->x86_64;
            data.args[1] = value;
            auto const wanted = call == calls + value % 4 ? SECCOMP_RET_ERRNO | (1 + value)
                                                          : SECCOMP_RET_KILL_PROCESS;
            if (run(*program, data) != wanted) CHECK(run(*program, data) == wanted);
        }
    std::uint64_t value = 0; // all differ: equal instructions are shared
    // Spread over many calls: libseccomp's time grows with the square of a call's rules.
    for (auto const* name :
         {"chdir",  "chmod",     "chown", "close",   "dup",   "fchdir",   "fchmod",  "fchown",
          "fcntl",  "fdatasync", "flock", "fstat",   "fsync", "getdents", "getpgid", "getpid",
          "ioctl",  "kill",      "lseek", "madvise", "mkdir", "mprotect", "mremap",  "msync",
          "munmap", "openat",    "pause", "pipe",    "poll",  "readlink"})
        for (auto const end = value + 60; value < end; ++value)
            rules.push_back({.names = {name},
                             .action = errno_,
                             .errno_ret = 1 + value,
                             .args = {{1, value, 0, spec::SeccompOperator::eq}}});
    CHECK_FALSE(seccomp::translate(profile)); // and not half of them
}

} // namespace
