// SPDX-License-Identifier: Apache-2.0
// shim/containerd/address.cc - the socket of a shim: where it is, and who listens there.
#include "containerd/address.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/result.h"
#include "containerd/sha256.h"

namespace davit::shim::containerd {

namespace {

/// By the text alone, as Go's path/filepath.Clean does it for absolute paths.
std::string cleaned(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        auto const part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(part.size() + 1, path.size()));
        if (part.empty() || part == ".") continue;
        if (part == "..")
            out.erase(std::min(out.rfind('/'), out.size()));
        else
            (out += '/') += part;
    }
    return out;
}

std::optional<sockaddr_un> address_of(std::string const& path) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    if (path.size() >= sizeof address.sun_path) return {};
    path.copy(address.sun_path, path.size());
    return address;
}
sockaddr const* generic(sockaddr_un const& address) {
    return reinterpret_cast<sockaddr const*>(&address);
}

Fd new_socket() { return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

/// A listener with a full backlog answers EAGAIN.
bool has_listener(sockaddr_un const& address) {
    auto const probe = new_socket();
    return ::connect(probe.number(), generic(address), sizeof address) == 0 || errno == EAGAIN;
}

/// Other users can't reach sockets in a directory that they may not search; CVE-2020-15257 was a
/// socket without one. A directory that exists keeps its mode, since it may be /run: then the
/// socket's mode, and the check of each peer, protect it.
Result<Fd> private_directory(std::string const& path) {
    for (auto at = path.find('/', 1); at != path.npos; at = path.find('/', at + 1))
        (void)::mkdir(path.substr(0, at).c_str(), 0711);
    (void)::mkdir(path.c_str(), 0700);
    Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status{};
    if (!directory || ::fstat(directory.number(), &status) != 0)
        return fail_errno(Errno{errno}, "open ", quoted(path));
    if (status.st_uid != ::geteuid())
        return fail(Kind::denied, quoted(path), " belongs to user ", status.st_uid,
                    ": expected our own");
    if ((status.st_mode & 022) != 0)
        return fail(Kind::denied, quoted(path), " can be changed by other users");
    return directory;
}

std::string directory_of(std::string const& path) { return path.substr(0, path.rfind('/')); }

/// Held between a look and the act that follows it: against another start of the group, and a
/// delete. The longest of them takes less than a millisecond.
Result<> lock(Fd const& directory, std::string const& path) {
    for (int tries = 0; ::flock(directory.number(), LOCK_EX | LOCK_NB) != 0; ++tries) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail_errno(Errno{errno}, "lock ", quoted(path));
        if (tries == 1000)
            return fail(Kind::system, "another process holds the lock of ", quoted(path),
                        " for 10 s");
        ::poll(nullptr, 0, 10);
    }
    return {};
}

/// ENOTSOCK for a file of another type: it isn't ours to remove, even if a request says it is a
/// socket.
int remove_socket(std::string const& path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(status.st_mode)) return ENOTSOCK;
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

Result<Fd> bind_and_listen(sockaddr_un const& address) {
    auto socket = new_socket();
    // bind(2) takes the file's mode from the socket's: so it never has another one.
    bool const done = socket && ::fchmod(socket.number(), 0600) == 0
                      && ::bind(socket.number(), generic(address), sizeof address) == 0
                      && ::listen(socket.number(), SOMAXCONN) == 0;
    if (done) return socket;
    return fail_errno(Errno{errno}, "listen at ", quoted(address.sun_path));
}

} // namespace

std::string socket_path(std::string_view directory, std::string_view address,
                        std::string_view name_space, std::string_view group) {
    std::string whole(address);
    (whole += '/') += name_space;
    (whole += '/') += group;
    return cleaned(directory) + '/' + sha256(cleaned(whole));
}

Result<Fd> listen_at(std::string const& path) {
    auto const address = address_of(path);
    if (!address) return fail(Kind::config, "the socket's path is too long: ", quoted(path));
    auto const directory = TRY(private_directory(directory_of(path)));
    TRY(lock(directory, directory_of(path)));
    if (has_listener(*address)) return Fd();
    if (int const problem = remove_socket(path); problem != 0)
        return fail_errno(Errno{problem}, "remove ", quoted(path), ", where no process listens");
    return bind_and_listen(*address);
}

void remove_dead_socket(std::string const& path) {
    auto const address = address_of(path);
    Fd const directory(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!address || !directory || !lock(directory, path)) return;
    if (!has_listener(*address)) (void)remove_socket(path);
}

} // namespace davit::shim::containerd
