// SPDX-License-Identifier: Apache-2.0
// launch/flaw_story.cc - what is wrong with a program's file, in people's words. Runs in: parent.
#include <elf.h>

#include <cstring>
#include <iterator>

#include "base/machine.h"
#include "base/result.h"
#include "launch/story.h"

namespace davit::launch {

namespace {

struct Machine {
    std::uint16_t number;
    std::string_view name; ///< as uname(1) has it
};
constexpr Machine machines[] = {
    {EM_386, "i386"},        {EM_ARM, "arm"},     {EM_X86_64, "x86_64"},
    {EM_AARCH64, "aarch64"}, {EM_PPC64, "ppc64"}, {EM_S390, "s390x"},
    {EM_MIPS, "mips"},       {EM_RISCV, "riscv"}, {EM_LOONGARCH, "loongarch"},
};

std::string machine_name(std::uint16_t number) {
    for (auto const& machine : machines)
        if (machine.number == number) return std::string(machine.name);
    return text("machine ", number, " of ELF");
}

template <std::size_t N>
std::string_view words_of(char const (&words)[N]) {
    return {words, strnlen(words, N)};
}

std::string missing(char const* what, Flawed const& flawed) {
    auto const story = text(what, " ", quoted(words_of(flawed.needs)));
    return flawed.errnum == ENOENT
               ? story + " is not in the container's root"
               : text(story, " can't be executed (", errno_text(flawed.errnum), ")");
}

std::string what_is_wrong(Flawed const& flawed) {
    switch (flawed.flaw) {
    case Flaw::none: break;
    case Flaw::empty: return "the file is empty";
    case Flaw::no_format:
        return "it is neither an ELF program nor a script (whose first line begins with \"#!\")";
    case Flaw::no_name: return "its first line names no interpreter behind \"#!\"";
    case Flaw::carriage:
        return text("its first line ends in CR LF, so the interpreter would be ",
                    quoted(words_of(flawed.needs)), ": remove the CR");
    case Flaw::interpreter: return missing("its first line's interpreter", flawed);
    case Flaw::loader: return missing("its dynamic loader", flawed);
    case Flaw::machine:
        return text("it is for ", machine_name(flawed.machine), ", this machine is ",
                    machine::name);
    case Flaw::damaged: return "it is an ELF file for this machine, but no program, or damaged";
    }
    return {};
}

} // namespace

std::string flaw_story(Flawed const& flawed) {
    auto const wrong = what_is_wrong(flawed);
    if (wrong.empty()) return {};
    auto const file = words_of(flawed.file);
    return file.empty() ? text(": ", wrong) : text(": its interpreter ", quoted(file), ": ", wrong);
}

} // namespace davit::launch
