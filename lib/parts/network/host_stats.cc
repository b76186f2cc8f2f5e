// SPDX-License-Identifier: Apache-2.0
// parts/network/host_stats.cc - asking the kernel for the interfaces of a process's namespace.
//
// Runs in: parent. Kernel interface: proc_pid_net(5). That file needs neither a child in the
// namespace nor a setns(2) of a thread of the caller.
#include "parts/namespaces/host.h"
#include "parts/network/stats.h"
#include "safe/host_procfs.h"

namespace davit::network {

Result<Interfaces> interfaces_of(int pid) {
    auto const proc = TRY(safe::open_procfs());
    auto const net_namespace = proc.open_namespace(pid, "net");
    if (!net_namespace) return {};
    if (TRY(namespaces::is_own(spec::NamespaceType::network, *net_namespace))) return {};
    auto const file = proc.open_file(pid, "net/dev", O_RDONLY);
    if (!file) return {};
    std::string content(4096, '\0');
    for (std::size_t size = 0;;) {
        auto const n = sys::read(file->number(), content.data() + size, content.size() - size);
        if (!n) return {};
        size += *n;
        if (size == content.size()) content.resize(2 * size);
        if (*n > 0) continue;
        content.resize(size);
        break;
    }
    auto found = read_interfaces(content);
    if (!found) return fail(Kind::system, "read \"/proc/", pid, "/net/dev\": unknown format");
    return *std::move(found);
}

} // namespace davit::network
