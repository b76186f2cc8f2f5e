// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/host.cc - the namespaces that a container joins. Runs in: parent.
// Kernel interface: ioctl_ns(2).
#include "parts/namespaces/host.h"

#include <linux/nsfs.h>
#include <linux/sched.h>

#include "parts/namespaces/plan.h"
#include "safe/host_procfs.h"
#include "spec/names.h"

namespace davit::namespaces {

namespace {

bool is_same(struct stat const& one, struct stat const& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

Result<struct stat> look_at(NsFd const& one) {
    return context(sys::fstat(one.number()), "look at a namespace");
}

} // namespace

Result<bool> is_same(NsFd const& one, NsFd const& other) {
    return is_same(TRY(look_at(one)), TRY(look_at(other)));
}

Result<bool> is_own(spec::NamespaceType type, NsFd const& one) {
    auto const own = text("self/ns/", file_name(type));
    auto const proc = TRY(safe::open_procfs());
    auto const ours = TRY(
        context(sys::fstatat(proc.number(), own.c_str(), 0), "look at ", quoted("/proc/" + own)));
    return is_same(ours, TRY(look_at(one)));
}

Result<bool> is_others(safe::Procfs const& proc, int pid, spec::NamespaceType type) {
    auto const file = text("/ns/", file_name(type));
    auto const own = sys::fstatat(proc.number(), ("self" + file).c_str(), 0);
    if (!own && own.error() == Errno{ENOENT}) return false;
    auto const theirs = sys::fstatat(proc.number(), (text(pid) + file).c_str(), 0);
    if (!own || !theirs)
        return fail_errno(own ? theirs.error() : own.error(), "look at ",
                          quoted(text("/proc/", pid, file)));
    return !is_same(*own, *theirs);
}

Result<std::uint64_t> others(safe::Procfs const& proc, int pid, std::uint64_t known) {
    auto types = known & ~std::uint64_t{CLONE_NEWUSER};
    for (auto const& type : json::names<spec::NamespaceType>)
        if (!(types & static_cast<std::uint64_t>(type.value))
            && TRY(is_others(proc, pid, static_cast<spec::NamespaceType>(type.value))))
            types |= static_cast<std::uint64_t>(type.value);
    return types;
}

Result<NsFd> open(spec::NamespaceType type, std::string const& path) {
    auto const where =
        text("config.json: /linux/namespaces: the ", file_name(type), " namespace ", quoted(path));
    // O_NONBLOCK: the path may lead to a fifo, and davit runs as root.
    auto fd = TRY(context(
        sys::openat<NsFd>(sys::cwd, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY), where));
    auto const found = sys::ioctl(fd.number(), NS_GET_NSTYPE);
    if (!found) return fail(Kind::config, where, " is not a namespace");
    if (*found != static_cast<long>(type))
        return fail(Kind::config, where,
                    " is of another type: ", file_name(static_cast<spec::NamespaceType>(*found)));
    if (type == spec::NamespaceType::mount && TRY(is_own(type, fd)))
        return fail(Kind::config, where,
                    " is davit's own, whose root would become the container's");
    return fd;
}

} // namespace davit::namespaces
