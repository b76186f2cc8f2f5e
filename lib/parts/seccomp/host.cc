// SPDX-License-Identifier: Apache-2.0
// parts/seccomp/host.cc - programs, cached by content. Runs in: parent.
//
//   ROOT/~seccomp/NNN    0600: a Header, the key, the program; '~' is in no container's id
//
// A hash of its key names a file; davit believes it only if the whole key is equal. There are 1024
// names: two profiles that share one replace each other, and the directory can't grow further.
#include "parts/seccomp/host.h"

#include <sys/utsname.h>

#include <cstring>

#include "parts/seccomp/plan.h"
#include "safe/root.h"
#include "sys/file.h"
#include "sys/process.h"

namespace davit::seccomp {

namespace {

/// Raise it when translate() makes other programs of the same profiles: davit must not believe the
/// files of an older davit then.
constexpr unsigned translation = 3;

constexpr char directory_name[] = "~seccomp";
constexpr std::size_t largest = 256 << 10; ///< larger programs aren't stored

struct Header {
    char magic[8] = {'d', 'a', 'v', 'i', 't', 'B', 'P', 'F'};
    std::uint64_t sum = 0; ///< of all that follows: after a crash a file may hold zeros
    std::uint32_t key_size = 0;
    std::uint32_t instructions = 0;
};

/// Detects accidents, and finds a name; eight bytes at a time.
std::uint64_t hash(std::string_view bytes) {
    std::uint64_t h = bytes.size(), word = 0;
    auto const mix = [&] {
        h = (h ^ word) * 0x9e3779b97f4a7c15;
        h ^= h >> 32;
    };
    for (; bytes.size() >= sizeof word; bytes.remove_prefix(sizeof word)) {
        std::memcpy(&word, bytes.data(), sizeof word);
        mix();
    }
    word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    mix();
    return h;
}

/// The translator and the machine.
std::string maker() {
    utsname host{};
    (void)::uname(&host);
    return text("davit ", translation, ", libseccomp ", libseccomp_version(), ", ", host.release,
                ", ", host.machine);
}

std::string encode(std::string_view key, Program const& program) {
    Header header;
    header.key_size = static_cast<std::uint32_t>(key.size());
    header.instructions = static_cast<std::uint32_t>(program.size());
    std::string out(sizeof header, '\0');
    out.append(key);
    out.append(reinterpret_cast<char const*>(program.data()), program.size() * sizeof program[0]);
    header.sum = hash(std::string_view(out).substr(sizeof header));
    std::memcpy(out.data(), &header, sizeof header);
    return out;
}

/// Empty unless `file` is the complete, intact program of that key.
Program decode(std::string_view file, std::string_view key) {
    Header header, expected;
    if (file.size() < sizeof header) return {};
    std::memcpy(&header, file.data(), sizeof header);
    file.remove_prefix(sizeof header);
    if (std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0
        || header.key_size != key.size() || header.instructions == 0
        || header.instructions > BPF_MAXINSNS
        || file.size() != key.size() + header.instructions * sizeof(sock_filter)
        || !file.starts_with(key) || header.sum != hash(file))
        return {};
    Program program(header.instructions);
    std::memcpy(program.data(), file.data() + key.size(), program.size() * sizeof program[0]);
    return program;
}

/// If other users may write beside davit (a --root in /tmp), the directory may be theirs.
Sys<Fd> open_own_directory(int root) {
    auto directory = TRY(sys::openat(root, directory_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    auto const st = TRY(sys::fstat(directory.number()));
    if (st.st_uid != sys::geteuid() || (st.st_mode & 077) != 0)
        return std::unexpected(Errno{EPERM});
    return directory;
}

/// The file's content, if only davit's user can have written it. A file of that user in a directory
/// of another proves nothing: it may come from a container's root.
Sys<std::string> read_own(int root, std::string const& name) {
    auto const directory = TRY(open_own_directory(root));
    auto const file = TRY(sys::openat(directory.number(), name.c_str(),
                                      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    auto const st = TRY(sys::fstat(file.number()));
    if (!S_ISREG(st.st_mode) || st.st_uid != sys::geteuid() || (st.st_mode & 077) != 0
        || st.st_nlink != 1 || st.st_size > static_cast<off_t>(largest))
        return std::unexpected(Errno{EPERM});
    std::string content(static_cast<std::size_t>(st.st_size), '\0');
    TRY(sys::pread_once(file.number(), content.data(), content.size()));
    return content;
}

/// The file appears complete or not at all: it is unnamed until it is written.
Sys<> keep(int root, std::string const& name, std::string const& content) {
    auto const made = sys::mkdirat(root, directory_name, 0700);
    if (!made && made.error() != Errno{EEXIST}) return made;
    auto const directory = TRY(open_own_directory(root));
    auto const file = TRY(sys::openat(directory.number(), ".", O_TMPFILE | O_WRONLY, 0600));
    TRY(sys::write_once(file.number(), content.data(), content.size()));
    (void)sys::unlinkat(directory.number(), name.c_str());
    return sys::linkat(sys::cwd, safe::FdPath(file.number()).text, directory.number(), name.c_str(),
                       AT_SYMLINK_FOLLOW);
}

} // namespace

Result<Program> program(spec::Seccomp const& profile, int root) {
    auto const wanted = key(profile, maker());
    auto const name = text(hash(wanted) % 1024);
    if (auto const file = read_own(root, name))
        if (auto cached = decode(*file, wanted); !cached.empty()) return cached;
    auto made = TRY(translate(profile));
    if (auto const content = encode(wanted, made); content.size() <= largest)
        (void)keep(root, name, content); // a cache that can't be written only costs time
    return made;
}

} // namespace davit::seccomp
