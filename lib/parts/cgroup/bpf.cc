// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/bpf.cc - the BPF program that enforces a device table: assembler and loader.
//
// Runs in: parent. Kernel interface: bpf(2); struct bpf_cgroup_dev_ctx in linux/bpf.h.
#include "parts/cgroup/bpf.h"

#include <cstddef>

#include "sys/bpf.h"

namespace davit::cgroup {

namespace {

constexpr auto context = BPF_REG_1, asked = BPF_REG_2, type = BPF_REG_3, major_number = BPF_REG_4,
               minor_number = BPF_REG_5, answer = BPF_REG_0;

bpf_insn instruction(int code, int to, int from, int offset, std::int64_t immediate) {
    bpf_insn i{};
    i.code = static_cast<__u8>(code);
    i.dst_reg = static_cast<__u8>(to) & 15;
    i.src_reg = static_cast<__u8>(from) & 15;
    i.off = static_cast<__s16>(offset);
    i.imm = static_cast<__s32>(static_cast<std::uint32_t>(immediate));
    return i;
}

class Assembler {
  public:
    void load(int reg, std::size_t offset) {
        put(BPF_LDX | BPF_MEM | BPF_W, reg, context, static_cast<int>(offset), 0);
    }
    void copy(int to, int from) { put(BPF_ALU | BPF_MOV | BPF_X, to, from, 0, 0); }
    void mask(int reg, unsigned bits) { put(BPF_ALU | BPF_AND | BPF_K, reg, 0, 0, bits); }
    void shift_right(int reg, unsigned by) { put(BPF_ALU | BPF_RSH | BPF_K, reg, 0, 0, by); }
    void set(int reg, unsigned value) { put(BPF_ALU | BPF_MOV | BPF_K, reg, 0, 0, value); }
    void finish() { put(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }
    void skip_if_any(int reg, unsigned bits, int count) {
        put(BPF_JMP32 | BPF_JSET | BPF_K, reg, 0, count, bits);
    }
    void skip_unless(int reg, std::int64_t value, std::size_t count) {
        put(BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, static_cast<int>(count), value);
    }

    std::vector<bpf_insn> program;

  private:
    void put(int code, int to, int from, int offset, std::int64_t immediate) {
        program.push_back(instruction(code, to, from, offset, immediate));
    }
};

/// Answers for a device that the row matches.
void answer_with(Assembler& a, unsigned allowed) {
    if (allowed != may::all && allowed != 0) {
        a.set(answer, 0);
        a.skip_if_any(asked, may::all & ~allowed, 1);
    }
    a.set(answer, allowed != 0 ? 1 : 0);
    a.finish();
}

} // namespace

std::vector<bpf_insn> assemble(DeviceTable const& table) {
    Assembler a;
    a.load(asked, offsetof(bpf_cgroup_dev_ctx, access_type)); // accesses << 16 | type
    a.copy(type, asked);
    a.mask(type, 0xffff);
    a.shift_right(asked, 16);
    a.load(major_number, offsetof(bpf_cgroup_dev_ctx, major));
    a.load(minor_number, offsetof(bpf_cgroup_dev_ctx, minor));
    for (auto const& row : without_redundant_rows(table).rows) {
        Assembler body;
        answer_with(body, row.access);
        auto skip = body.program.size() + (row.major != any_number) + (row.minor != any_number);
        a.skip_unless(type, row.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, skip);
        if (row.major != any_number) a.skip_unless(major_number, row.major, --skip);
        if (row.minor != any_number) a.skip_unless(minor_number, row.minor, --skip);
        a.program.insert(a.program.end(), body.program.begin(), body.program.end());
    }
    a.set(answer, 0); // neither a character nor a block device
    a.finish();
    return a.program;
}

Result<> attach(std::vector<bpf_insn> const& program, CgroupFd const& group) {
    auto const loaded =
        TRY(davit::context(sys::bpf_load_cgroup_device(program), "load a device program (",
                           program.size(), " instructions)"));
    return davit::context(sys::bpf_attach_cgroup_device(loaded, group), "attach a device program");
}

} // namespace davit::cgroup
