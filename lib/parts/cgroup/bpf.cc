// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/bpf.cc - the BPF program that enforces a device table: assembler and loader.
//
// Runs in: parent. Kernel interface: bpf(2); struct bpf_cgroup_dev_ctx in linux/bpf.h.
#include "parts/cgroup/bpf.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

#include "sys/bpf.h"

namespace davit::cgroup {

namespace {

constexpr auto context_register = BPF_REG_1, asked = BPF_REG_2, type = BPF_REG_3,
               major_number = BPF_REG_4, minor_number = BPF_REG_5, answer = BPF_REG_0;

bpf_insn instruction(int code, int to, int from, int offset, std::int64_t immediate) {
    bpf_insn i{};
    i.code = static_cast<__u8>(code);
    i.dst_reg = static_cast<__u8>(to) & 15;
    i.src_reg = static_cast<__u8>(from) & 15;
    i.off = static_cast<__s16>(offset);
    i.imm = static_cast<__s32>(static_cast<std::uint32_t>(immediate));
    return i;
}

/// The ends of the program: what remains to be checked after a row has decided an access.
enum Label : std::size_t {
    end_of_access = 0,
    next_major = 8,
    any_major = 9,
    next_type = 10,
    labels = 11
};

/// Instructions with forward jumps to labels; it resolves a jump once its label's place is known.
class Assembler {
  public:
    void load(int reg, std::size_t offset) {
        put(BPF_LDX | BPF_MEM | BPF_W, reg, context_register, static_cast<int>(offset), 0);
    }
    void copy(int to, int from) { put(BPF_ALU | BPF_MOV | BPF_X, to, from, 0, 0); }
    void mask(int reg, unsigned bits) { put(BPF_ALU | BPF_AND | BPF_K, reg, 0, 0, bits); }
    void shift_right(int reg, unsigned by) { put(BPF_ALU | BPF_RSH | BPF_K, reg, 0, 0, by); }
    void set(int reg, unsigned value) { put(BPF_ALU | BPF_MOV | BPF_K, reg, 0, 0, value); }
    void finish() { put(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

    void go(std::size_t label) { jump(BPF_JMP | BPF_JA, 0, 0, label); }
    void go_if(int reg, std::int64_t value, std::size_t label) {
        jump(BPF_JMP32 | BPF_JEQ | BPF_K, reg, value, label);
    }
    void go_unless(int reg, std::int64_t value, std::size_t label) {
        jump(BPF_JMP32 | BPF_JNE | BPF_K, reg, value, label);
    }
    void go_if_any(int reg, unsigned bits, std::size_t label) {
        jump(BPF_JMP32 | BPF_JSET | BPF_K, reg, bits, label);
    }
    [[nodiscard]] bool is_wanted(std::size_t label) const { return !waiting_[label].empty(); }
    /// All jumps to `label` since its last place lead here.
    void here(std::size_t label) {
        for (auto const from : std::exchange(waiting_[label], {})) {
            auto const offset = program.size() - from - 1;
            if (offset > std::numeric_limits<std::int16_t>::max()) too_long = true;
            program[from].off = static_cast<std::int16_t>(offset);
        }
    }

    std::vector<bpf_insn> program;
    bool too_long = false;

  private:
    void put(int code, int to, int from, int offset, std::int64_t immediate) {
        program.push_back(instruction(code, to, from, offset, immediate));
    }
    void jump(int code, int reg, std::int64_t immediate, std::size_t label) {
        waiting_[label].push_back(program.size());
        put(code, reg, 0, 0, immediate);
    }
    std::array<std::vector<std::size_t>, labels> waiting_;
};

/// The rows of one type, in the order of the table: M:m, M:*, *:m, *:*.
void decide(Assembler& a, std::span<DeviceRow const> rows) {
    std::vector<std::int64_t> majors;
    for (auto const& row : rows)
        if (row.major != any_number
            && std::find(majors.begin(), majors.end(), row.major) == majors.end())
            majors.push_back(row.major);
    for (auto const major : majors) {
        a.go_unless(major_number, major, next_major);
        bool decided = false;
        for (auto const& row : rows) {
            if (row.major != major) continue;
            decided = row.minor == any_number;
            if (decided)
                a.go(end_of_access + row.access);
            else
                a.go_if(minor_number, row.minor, end_of_access + row.access);
        }
        if (!decided) a.go(any_major);
        a.here(next_major);
    }
    a.here(any_major);
    for (auto const& row : rows) {
        if (row.major != any_number) continue;
        if (row.minor == any_number)
            a.go(end_of_access + row.access);
        else
            a.go_if(minor_number, row.minor, end_of_access + row.access);
    }
}

} // namespace

// Short and with few branches: its load takes most of the time that a v2 group takes, and the
// kernel's verifier walks every path.
std::vector<bpf_insn> assemble(DeviceTable const& table) {
    constexpr auto denied = end_of_access + 0, allowed = end_of_access + may::all;
    auto const rows = without_redundant_rows(table).rows;
    Assembler a;
    a.load(asked, offsetof(bpf_cgroup_dev_ctx, access_type)); // accesses << 16 | type
    a.copy(type, asked);
    a.mask(type, 0xffff);
    a.shift_right(asked, 16);
    a.load(major_number, offsetof(bpf_cgroup_dev_ctx, major));
    a.load(minor_number, offsetof(bpf_cgroup_dev_ctx, minor));
    for (char const letter : {'c', 'b'}) {
        std::vector<DeviceRow> of_type;
        std::copy_if(rows.begin(), rows.end(), std::back_inserter(of_type),
                     [&](DeviceRow const& row) { return row.type == letter; });
        a.go_unless(type, letter == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, next_type);
        decide(a, of_type);
        a.here(next_type);
    }
    a.go(denied); // neither a character nor a block device
    for (unsigned some = 1; some < may::all; ++some) {
        if (!a.is_wanted(end_of_access + some)) continue;
        a.here(end_of_access + some);
        a.go_if_any(asked, may::all & ~some, denied);
        a.go(allowed);
    }
    for (bool const yes : {false, true}) {
        if (!a.is_wanted(yes ? allowed : denied)) continue; // the verifier refuses dead code
        a.here(yes ? allowed : denied);
        a.set(answer, yes);
        a.finish();
    }
    return a.too_long ? std::vector<bpf_insn>() : a.program;
}

namespace {

constexpr auto program_name = "davit_devices"; // davit recognises its own programs by it
constexpr auto attach_story = "attach a device program";

Result<Fd> load(std::vector<bpf_insn> const& program) {
    if (program.empty()) return fail(Kind::unsupported, "too many device rules for a BPF program");
    auto loaded = sys::bpf_load_cgroup_device(program, program_name);
    // A signal, or a stop by a tracer, interrupts the kernel's verifier: bpf_check() says EAGAIN.
    for (int tries = 1; !loaded && loaded.error() == Errno{EAGAIN} && tries < 5; ++tries)
        loaded = sys::bpf_load_cgroup_device(program, program_name);
    return davit::context(std::move(loaded), "load a device program (", program.size(),
                          " instructions)");
}

struct Attached {
    std::vector<Fd> ours;
    std::size_t others = 0;
};

Result<Attached> attached(CgroupFd const& group) {
    std::uint32_t ids[64]; // the kernel's limit for a group
    auto const count =
        TRY(davit::context(sys::bpf_query_cgroup_device(group, ids), "list the device programs"));
    Attached out;
    for (auto const id : std::span(ids, count)) {
        auto program = sys::bpf_open_program(id);
        if (!program && program.error() == Errno{ENOENT}) continue;
        TRY(davit::context(Sys<>(program ? Sys<>{} : std::unexpected(program.error())),
                           "open the device program ", id));
        bpf_prog_info info{};
        TRY(davit::context(sys::bpf_program_info(*program, info), "look at the device program ",
                           id));
        if (std::string_view(info.name, strnlen(info.name, sizeof info.name)) == program_name)
            out.ours.push_back(*std::move(program));
        else
            ++out.others;
    }
    return out;
}

Result<> detach(std::span<Fd const> programs, CgroupFd const& group) {
    for (auto const& program : programs)
        TRY(davit::context(sys::bpf_detach_cgroup_device(program, group),
                           "detach a device program"));
    return {};
}

} // namespace

Result<> attach(std::vector<bpf_insn> const& program, CgroupFd const& group) {
    auto const loaded = TRY(load(program));
    return davit::context(sys::bpf_attach_cgroup_device(loaded, group), attach_story);
}

Result<> exchange(std::vector<bpf_insn> const* program, CgroupFd const& group, Others others) {
    auto const there = TRY(attached(group));
    auto const& ours = there.ours;
    if (ours.empty() && there.others > 0 && others == Others::unexpected)
        return fail(Kind::state, "another process has exchanged the device program");
    if (!program) return detach(ours, group);
    auto const loaded = TRY(load(*program));
    auto const* const old = ours.empty() ? nullptr : &ours.front();
    TRY(davit::context(sys::bpf_attach_cgroup_device(loaded, group, old), attach_story));
    return detach(std::span(ours).subspan(old ? 1 : 0), group);
}

Result<> detach(CgroupFd const& group) { return detach(TRY(attached(group)).ours, group); }

} // namespace davit::cgroup
