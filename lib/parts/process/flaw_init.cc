// SPDX-License-Identifier: Apache-2.0
// parts/process/flaw_init.cc - why execve(2) refuses the program, as far as its file shows.
//
// Runs in: init, inside the container's root, as its user, only after execve has failed: a success
// costs nothing. The files are the image's, and may change meanwhile: the result only goes into a
// message, and decides nothing. elf(5), execve(2).
#include <elf.h>

#include "base/bytes.h"
#include "base/machine.h"
#include "init/init.h"
#include "sys/filesystem.h"

namespace davit::process {

namespace {

using launch::Flaw;
using launch::Flawed;

/// As many bytes as execve(2) reads.
struct Head {
    char bytes[256];
    std::size_t size = 0;

    [[nodiscard]] bool begins_with(char const* text, std::size_t length) const {
        return size >= length && std::memcmp(bytes, text, length) == 0;
    }
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool ends_name(char c) { return is_blank(c) || c == '\n' || c == '\0'; }

/// Copies the text up to `end`, as much as fits, and adds a NUL.
template <std::size_t N>
void copy(char (&into)[N], char const* from, char const* end) {
    auto const size = static_cast<std::size_t>(end - from);
    auto const fits = size < N - 1 ? size : N - 1;
    std::memcpy(into, from, fits);
    into[fits] = '\0';
}

/// The errno for which `flawed.needs` can't be executed; 0 for none.
int refusal(Flawed const& flawed) {
    auto const good = check_executable(flawed.needs);
    return good ? 0 : good.error().value;
}

void look_at_script(Head const& head, Flawed& flawed) {
    char const* const end = head.bytes + head.size;
    char const* from = head.bytes + 2;
    while (from != end && is_blank(*from)) ++from;
    char const* to = from;
    while (to != end && !ends_name(*to)) ++to;
    copy(flawed.needs, from, to);
    flawed.errnum = refusal(flawed);
    flawed.flaw = from == to                                  ? Flaw::no_name
                  : flawed.errnum == ENOENT && to[-1] == '\r' ? Flaw::carriage
                                                              : Flaw::interpreter;
}

/// A number of `size` bytes in the file's order.
std::uint64_t number(char const* at, unsigned size, bool is_big) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
        auto const byte = static_cast<unsigned char>(at[is_big ? i : size - 1 - i]);
        value = value << 8 | byte;
    }
    return value;
}

/// Where the fields are in a 64-bit and a 32-bit file.
struct Layout {
    unsigned word; ///< bytes of an address
    unsigned headers, header_size, header_count;
    unsigned offset, length; ///< of a program header
};
constexpr Layout wide{8, 32, 54, 56, 8, 32};
constexpr Layout narrow{4, 28, 42, 44, 4, 16};

/// Puts the loader that PT_INTERP names into `flawed.needs`; false if there is none.
bool find_loader(Fd const& file, Head const& head, bool is_big, Flawed& flawed) {
    auto const& at = head.bytes[EI_CLASS] == ELFCLASS32 ? narrow : wide;
    if (head.size < sizeof(Elf64_Ehdr)) return false;
    auto const headers = number(head.bytes + at.headers, at.word, is_big);
    auto const size = number(head.bytes + at.header_size, 2, is_big);
    auto const count = number(head.bytes + at.header_count, 2, is_big);
    constexpr std::uint64_t most = 128;
    for (std::uint64_t i = 0; i < count && i < most; ++i) {
        char header[sizeof(Elf64_Phdr)] = {};
        auto const got =
            sys::pread(file.number(), header, sizeof header, static_cast<long>(headers + i * size));
        if (!got || *got < at.length + at.word) return false;
        if (number(header, 4, is_big) != PT_INTERP) continue;
        auto const length = number(header + at.length, at.word, is_big);
        auto const room = sizeof flawed.needs - 1;
        auto const read =
            sys::pread(file.number(), flawed.needs, length < room ? length : room,
                       static_cast<long>(number(header + at.offset, at.word, is_big)));
        if (!read) return false;
        flawed.needs[*read] = '\0';
        return flawed.needs[0] == '/';
    }
    return false;
}

void look_at_elf(Fd const& file, Head const& head, Flawed& flawed) {
    constexpr std::size_t behind_machine = 20;
    flawed.flaw = Flaw::damaged;
    if (head.size < behind_machine) return;
    bool const is_big = head.bytes[EI_DATA] == ELFDATA2MSB;
    flawed.machine = static_cast<std::uint16_t>(number(head.bytes + 18, 2, is_big));
    if (flawed.machine != machine::elf && machine::elf != EM_NONE) {
        flawed.flaw = Flaw::machine;
    } else if (find_loader(file, head, is_big, flawed)) {
        flawed.errnum = refusal(flawed);
        if (flawed.errnum != 0) flawed.flaw = Flaw::loader;
    }
}

/// Opens the file so that it has no effect even if it is no longer a regular file.
void look_at(char const* path, Flawed& flawed) {
    auto const file = sys::openat(sys::cwd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return;
    auto const st = sys::fstat(file->number());
    if (!st || !S_ISREG(st->st_mode)) return;
    Head head;
    auto const got = sys::pread(file->number(), head.bytes, sizeof head.bytes, 0);
    if (!got) return;
    head.size = *got;
    if (head.size == 0)
        flawed.flaw = Flaw::empty;
    else if (head.begins_with("#!", 2))
        look_at_script(head, flawed);
    else if (head.begins_with(ELFMAG, SELFMAG))
        look_at_elf(*file, head, flawed);
    else
        flawed.flaw = Flaw::no_format;
}

} // namespace

void tell_flaw(init::Init& init, Errno failure) {
    if (failure != Errno{ENOENT} && failure != Errno{ENOEXEC} && failure != Errno{EACCES}) return;
    Flawed flawed;
    look_at(init.program, flawed);
    // An interpreter may be a script as well, or need a loader; execve(2) follows as many.
    constexpr int most_scripts = 5;
    for (int i = 0; flawed.flaw == Flaw::interpreter && flawed.errnum == 0; ++i) {
        if (i == most_scripts) return;
        char const* end = flawed.needs;
        while (*end) ++end;
        copy(flawed.file, flawed.needs, end);
        flawed.flaw = Flaw::none;
        look_at(flawed.file, flawed);
    }
    // If the kernel found something else wrong, the format is not the reason.
    bool const other = failure != Errno{ENOEXEC} && flawed.errnum == 0;
    if (flawed.flaw != Flaw::none && !other) (void)init.parent.send(flawed);
}

} // namespace davit::process
