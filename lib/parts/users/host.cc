// SPDX-License-Identifier: Apache-2.0
// parts/users/host.cc - user namespaces and what their ids mean outside. Runs in: parent.
//
// A user namespace needs a process at first: one is born in it, waits, and is killed once the maps
// are written and an fd holds the namespace.
// Kernel interface: user_namespaces(7), clone3(2).
#include "parts/users/host.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "parts/users/unprivileged_host.h"
#include "safe/child.h"
#include "safe/host_procfs.h"
#include "sys/socket.h"

namespace davit::users {

namespace {

Result<> write_map(safe::Procfs const& proc, int pid, char const* file,
                   std::vector<spec::IdMapping> const& mappings) {
    std::string lines;
    for (auto const& one : mappings)
        lines += text(one.container_id, " ", one.host_id, " ", one.size, "\n");
    // The kernel wants all in one write, shorter than a page.
    auto const limit = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    if (lines.size() >= limit)
        return fail(Kind::unsupported, "write ", file, ": its ", mappings.size(),
                    " entries are a text of ", lines.size(), " bytes, the kernel takes ",
                    limit - 1);
    auto const map = TRY(context(proc.open_file(pid, file, O_WRONLY), "open ", file));
    auto const written = sys::write_once(map.number(), lines.data(), lines.size());
    // A caller without rights over these ids may map its own, or may have been granted some.
    if (!written && written.error() == Errno{EPERM})
        return write_as_granted(proc, pid, file, lines);
    return context(Sys<>(written), "write ", file);
}

/// "inside outside size" in each line, at most 340; the kernel sorts the longer maps.
Result<std::vector<spec::IdMapping>> read_map(safe::Procfs const& proc, int pid, char const* file) {
    auto const map = TRY(context(proc.open_file(pid, file, O_RDONLY), "open ", file));
    std::string lines;
    for (char buffer[4096];;) {
        auto const n = TRY(context(sys::read(map.number(), buffer, sizeof buffer), "read ", file));
        if (n == 0) break;
        lines.append(buffer, n);
    }
    std::vector<spec::IdMapping> mappings;
    for (auto const line : split(lines, '\n')) {
        auto words = split(line, ' ');
        std::erase(words, std::string_view{});
        if (words.size() != 3) continue; // after the last line
        auto const number = [&](std::size_t i) {
            return parse<std::uint32_t>(words[i]).value_or(0);
        };
        mappings.push_back({number(0), number(1), number(2)});
    }
    return mappings;
}

Result<> check_map(safe::Procfs const& proc, int pid, char const* file, std::string_view member,
                   std::vector<spec::IdMapping> wanted) {
    auto found = TRY(read_map(proc, pid, file));
    std::ranges::sort(found, {}, &spec::IdMapping::container_id);
    std::ranges::sort(wanted, {}, &spec::IdMapping::container_id);
    if (found == wanted) return {};
    return fail(Kind::config, "config.json: /linux/", member,
                ": the joined user namespace has other mappings");
}

/// A process in a new user namespace; it lives as long as this object.
class NamespaceHolder {
  public:
    static Result<NamespaceHolder> make() {
        auto const parent = sys::getpid();
        int pidfd = -1;
        clone_args args{};
        // The files are shared, not copied: what other threads close meanwhile is closed. No
        // exit_signal: the caller's handler, or its wait(2) for any child, must not see this one.
        args.flags = CLONE_NEWUSER | CLONE_FILES | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
        args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
        auto const pid = TRY(context(
            safe::fork([&] { return sys::clone3(args); }, [&] { wait_for_the_end(parent); }),
            "make a user namespace"));
        return NamespaceHolder(pid, PidFd(pidfd));
    }
    NamespaceHolder(NamespaceHolder&&) = default;
    ~NamespaceHolder() {
        // If it can't be killed, don't wait for it: it ends with the caller.
        if (process_ && sys::pidfd_send_signal(process_, SIGKILL)) (void)safe::reap(process_);
    }
    [[nodiscard]] int pid() const { return pid_; }

  private:
    NamespaceHolder(int pid, PidFd process) : pid_(pid), process_(std::move(process)) {}

    [[noreturn]] static void wait_for_the_end(int parent) {
        (void)sys::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (sys::getppid() == parent) (void)sys::ppoll(nullptr, 0, nullptr);
        sys::exit_group(0); // the parent ended before this child asked for its death signal
    }

    int pid_;
    PidFd process_;
};

} // namespace

Result<> write_id_maps(safe::Procfs const& proc, int pid, IdMaps const& maps) {
    TRY(write_map(proc, pid, "uid_map", maps.uids));
    return write_map(proc, pid, "gid_map", maps.gids);
}

Result<> check_id_maps(safe::Procfs const& proc, int pid, IdMaps const& maps) {
    TRY(check_map(proc, pid, "uid_map", "uidMappings", maps.uids));
    return check_map(proc, pid, "gid_map", "gidMappings", maps.gids);
}

Result<NsFd> make_user_namespace(IdMaps const& maps) {
    auto const proc = TRY(safe::open_procfs());
    auto const inhabitant = TRY(NamespaceHolder::make());
    TRY(write_id_maps(proc, inhabitant.pid(), maps));
    return context(proc.open_namespace(inhabitant.pid(), "user"), "open a user namespace");
}

} // namespace davit::users
