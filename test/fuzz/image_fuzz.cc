// SPDX-License-Identifier: Apache-2.0
// fuzz/image_fuzz.cc - what init reads of the image's files: /etc/passwd, and a program that can't
// be executed. Any content leaves init with texts that end inside their buffers. The first byte
// chooses the file.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

// NOLINTBEGIN(bugprone-suspicious-include): the tested functions are static to these files
#include "parts/process/flaw_init.cc"
#include "parts/process/lookup_init.cc"
// NOLINTEND(bugprone-suspicious-include)

using namespace davit;

namespace {

void read_passwd(Fd const& file) {
    for (std::uint32_t const uid : {0U, 1000U, ~0U}) {
        std::memcpy(process::home, "HOME=/", sizeof "HOME=/");
        process::search_passwd(file, uid);
        if (::strnlen(process::home, sizeof process::home) == sizeof process::home) std::abort();
        ::lseek(file.number(), 0, SEEK_SET);
    }
}

void read_program(Fd const& file) {
    launch::Flawed flawed;
    process::look_at(safe::FdPath(file.number()).text, flawed);
    if (::strnlen(flawed.needs, sizeof flawed.needs) == sizeof flawed.needs) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    Fd const file(::memfd_create("image", MFD_CLOEXEC));
    if (::write(file.number(), data + 1, size - 1) != static_cast<ssize_t>(size - 1)) std::abort();
    ::lseek(file.number(), 0, SEEK_SET);
    data[0] == '0' ? read_passwd(file) : read_program(file);
    return 0;
}
