// SPDX-License-Identifier: Apache-2.0
// unit/cgroup_devices_test.cc - device rules: the v1 text and the v2 program mean the same.
//
// Three models answer the same questions: the rules read literally, the kernel's v1 controller fed
// with our lines, and an interpreter of the few BPF instructions that assemble() emits.
#include "catch.h"

#include <cstring>
#include <random>

#include "parts/cgroup/bpf.h"
#include "parts/cgroup/devices.h"

namespace {

using namespace davit;
using namespace davit::cgroup;
using enum spec::DeviceRuleType;

struct Question {
    char type;
    std::uint32_t major, minor;
    unsigned access;
};

// ---- the rules, literally: for each single access the last rule that names it decides ----------

bool by_rules(std::vector<spec::DeviceRule> const& rules, Question q) {
    for (auto const& [bit, letter] :
         {std::pair{may::read, 'r'}, std::pair{may::write, 'w'}, std::pair{may::mknod, 'm'}}) {
        if (!(q.access & bit)) continue;
        bool allowed = false;
        for (auto const& r : rules) {
            if (r.type != all && (r.type == block) != (q.type == 'b')) continue;
            if (r.major.value_or(-1) != -1 && *r.major != q.major) continue;
            if (r.minor.value_or(-1) != -1 && *r.minor != q.minor) continue;
            if (r.access.find(letter) == std::string::npos) continue;
            allowed = r.allow;
        }
        if (!allowed) return false;
    }
    return true;
}

// ---- v1: security/device_cgroup.c in small ------------------------------------------------------

struct V1 {
    struct Exception {
        char type;
        std::int64_t major, minor;
        unsigned access;
    };
    bool allow_by_default = true;
    std::vector<Exception> exceptions;

    void write(std::string const& file, std::string const& line) {
        bool const allow = file == "devices.allow";
        if (line == "a") {
            allow_by_default = allow;
            exceptions.clear();
            return;
        }
        char type, major[16], minor[16], letters[8];
        REQUIRE(std::sscanf(line.c_str(), "%c %15[^:]:%15s %7s", &type, major, minor, letters)
                == 4);
        unsigned bits = 0;
        for (auto const* l = letters; *l; ++l)
            bits |= *l == 'r' ? may::read : *l == 'w' ? may::write : may::mknod;
        REQUIRE(allow != allow_by_default); // else the kernel would remove exceptions
        exceptions.push_back({type, *major == '*' ? -1 : std::atoll(major),
                              *minor == '*' ? -1 : std::atoll(minor), bits});
    }
    bool allows(Question q) const {
        for (auto const& e : exceptions) {
            if (e.type != q.type || (e.major != -1 && e.major != q.major)
                || (e.minor != -1 && e.minor != q.minor))
                continue;
            if (allow_by_default ? (q.access & e.access) != 0 : !(q.access & ~e.access))
                return !allow_by_default;
        }
        return allow_by_default;
    }
};

// ---- v2: an interpreter -------------------------------------------------------------------------

bool by_program(std::vector<bpf_insn> const& program, Question q) {
    bpf_cgroup_dev_ctx const context{
        (q.access << 16)
            | static_cast<unsigned>(q.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
        q.major, q.minor};
    std::uint64_t r[11] = {};
    for (std::size_t pc = 0;; ++pc) {
        if (pc >= program.size()) FAIL("ran off the end");
        auto const& i = program[pc];
        auto const immediate = static_cast<std::uint32_t>(i.imm);
        auto& to = r[i.dst_reg];
        switch (i.code) {
        case BPF_LDX | BPF_MEM | BPF_W: {
            if (i.src_reg != 1) FAIL("reads elsewhere");
            std::uint32_t word;
            std::memcpy(&word, reinterpret_cast<char const*>(&context) + i.off, sizeof word);
            to = word;
            break;
        }
        case BPF_ALU | BPF_MOV | BPF_X: to = static_cast<std::uint32_t>(r[i.src_reg]); break;
        case BPF_ALU | BPF_MOV | BPF_K: to = immediate; break;
        case BPF_ALU | BPF_AND | BPF_K: to = static_cast<std::uint32_t>(to) & immediate; break;
        case BPF_ALU | BPF_RSH | BPF_K: to = static_cast<std::uint32_t>(to) >> immediate; break;
        case BPF_JMP | BPF_JA: pc += static_cast<std::size_t>(i.off); break;
        case BPF_JMP32 | BPF_JEQ | BPF_K:
            if (static_cast<std::uint32_t>(to) == immediate) pc += static_cast<std::size_t>(i.off);
            break;
        case BPF_JMP32 | BPF_JNE | BPF_K:
            if (static_cast<std::uint32_t>(to) != immediate) pc += static_cast<std::size_t>(i.off);
            break;
        case BPF_JMP32 | BPF_JSET | BPF_K:
            if (static_cast<std::uint32_t>(to) & immediate) pc += static_cast<std::size_t>(i.off);
            break;
        case BPF_JMP | BPF_EXIT: return r[0] != 0;
        default: FAIL("unknown instruction " << int{i.code});
        }
    }
}

DeviceTable table_of(std::vector<spec::DeviceRule> const& rules) {
    auto table = device_table(rules);
    REQUIRE(table);
    return *table;
}

TEST_CASE("device rules: v1 text, v2 program and the rules agree", "[cgroup]") {
    std::mt19937 random(20260101);
    auto const pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    char const* const letters[] = {"r", "w", "m", "rw", "rm", "wm", "rwm"};
    int spelled = 0, refused = 0;
    for (int round = 0; round < 2500; ++round) {
        std::vector<spec::DeviceRule> rules(pick(7));
        for (auto& rule : rules) {
            rule = {pick(2) == 0, spec::DeviceRuleType{pick(3)}, {}, {}, letters[pick(7)]};
            if (pick(3)) rule.major = std::int64_t{pick(4)} - 1;
            if (pick(3)) rule.minor = std::int64_t{pick(4)} - 1;
        }
        auto const table = table_of(rules);
        auto const program = assemble(table);
        auto const lines = v1_device_lines(table);
        lines ? ++spelled : ++refused;
        V1 v1;
        if (lines)
            for (auto const& [file, line] : *lines) v1.write(file, line);
        for (char const type : {'c', 'b'})
            for (std::uint32_t major = 0; major < 4; ++major)
                for (std::uint32_t minor = 0; minor < 4; ++minor)
                    for (unsigned bits = 1; bits <= may::all; ++bits) {
                        Question const q{type, major, minor, bits};
                        bool const expected = by_rules(rules, q);
                        if (by_program(program, q) != expected)
                            FAIL("program: round " << round << ' ' << type << major << ':' << minor
                                                   << " access " << bits);
                        if (lines && v1.allows(q) != expected)
                            FAIL("v1: round " << round << ' ' << type << major << ':' << minor
                                              << " access " << bits);
                    }
    }
    CHECK(spelled > 200); // both were tried
    CHECK(refused > 200);
}

TEST_CASE("device rules: what a default container may use", "[cgroup]") {
    std::vector<spec::DeviceRule> rules{{false, all, {}, {}, "rwm"}};
    auto const& defaults = default_device_rules();
    rules.insert(rules.end(), defaults.begin(), defaults.end());
    auto const table = table_of(rules);
    CHECK_FALSE(table.allows_everything());
    auto const program = assemble(table);
    CHECK(by_program(program, {'c', 1, 3, may::all}));
    CHECK(by_program(program, {'c', 136, 7, may::read | may::write}));
    CHECK(by_program(program, {'b', 8, 0, may::mknod}));
    CHECK_FALSE(by_program(program, {'b', 8, 0, may::read}));
    CHECK(by_program(program, {'c', 10, 200, may::all}));     // net/tun
    CHECK_FALSE(by_program(program, {'c', 5, 1, may::read})); // the host's console
    CHECK_FALSE(by_program(program, {'c', 10, 229, may::mknod | may::write}));
    auto const lines = v1_device_lines(table);
    REQUIRE(lines);
    std::string text;
    for (auto const& [file, line] : *lines) text += file + ' ' + line + '\n';
    CHECK(text
          == "devices.deny a\n"
             "devices.allow b *:* m\n"
             "devices.allow c *:* m\n"
             "devices.allow c 136:* rwm\n"
             "devices.allow c 10:200 rwm\n"
             "devices.allow c 5:2 rwm\n"
             "devices.allow c 5:0 rwm\n"
             "devices.allow c 1:9 rwm\n"
             "devices.allow c 1:8 rwm\n"
             "devices.allow c 1:7 rwm\n"
             "devices.allow c 1:5 rwm\n"
             "devices.allow c 1:3 rwm\n");
}

TEST_CASE("device rules: a narrower access beside a default one stays narrow", "[cgroup]") {
    std::vector<spec::DeviceRule> rules{{false, all, {}, {}, "rwm"},
                                        {true, character, 10, 229, "r"}};
    auto const program = assemble(table_of(rules));
    CHECK(by_program(program, {'c', 10, 229, may::read}));
    CHECK_FALSE(by_program(program, {'c', 10, 229, may::write}));
}

TEST_CASE("device rules: more than a program can hold is refused", "[cgroup]") {
    DeviceTable table;
    for (int minor = 0; minor < 33'000; ++minor) table.rows.push_back({'c', 10, minor, may::read});
    auto const program = assemble(table);
    CHECK(program.empty());
    CHECK_FALSE(attach(program, CgroupFd()));
}

TEST_CASE("device rules: everything allowed", "[cgroup]") {
    CHECK(table_of({{true, all, {}, {}, "rwm"}}).allows_everything());
    CHECK_FALSE(table_of({{true, all, {}, {}, "rw"}}).allows_everything());
    CHECK_FALSE(
        table_of({{true, all, {}, {}, "rwm"}, {false, block, 8, 0, "w"}}).allows_everything());
    CHECK_FALSE(table_of({}).allows_everything());
}

TEST_CASE("device rules: mistakes", "[cgroup]") {
    auto const story = [](spec::DeviceRule const& rule) {
        auto const table = device_table({rule});
        REQUIRE_FALSE(table);
        CHECK(table.error().kind == Kind::config);
        return table.error().story;
    };
    CHECK(story({false, all, {}, {}, "xa"})
          == "config.json: /linux/resources/devices/0/access: expected letters of \"rwm\", found "
             "\"xa\"");
    // Other letters beside them mean nothing: callers write "rwa".
    CHECK(table_of({{true, block, 8, 0, "rwa"}}) == table_of({{true, block, 8, 0, "rw"}}));
    CHECK(story({true, all, -2, {}, "r"})
          == "config.json: /linux/resources/devices/0/major: expected a device number or -1, "
             "found -2");
    CHECK(story({true, all, 1, 4294967295, "r"}).find("/minor: ") != std::string::npos);
    CHECK(story({true, all, {}, {}, ""})
          == "config.json: /linux/resources/devices/0/access: a rule that allows must say what");
    CHECK_FALSE(table_of({{true, all, {}, {}, "rwm"}, {false, all, {}, {}, ""}})
                    .allows_everything()); // unset means all
}

} // namespace
