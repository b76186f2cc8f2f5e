// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/host.cc - the namespaces that a container joins. Runs in: parent.
// Kernel interface: ioctl_ns(2).
#include "parts/namespaces/host.h"

#include <linux/nsfs.h>

#include "parts/namespaces/plan.h"
#include "sys/file.h"

namespace davit::namespaces {

namespace {

Result<bool> is_own(NsFd const& mounts) {
    constexpr auto own = "/proc/self/ns/mnt";
    auto const ours = TRY(context(sys::fstatat(sys::cwd, own, 0), "look at ", quoted(own)));
    auto const that = TRY(context(sys::fstat(mounts.number()), "look at a mount namespace"));
    return ours.st_ino == that.st_ino && ours.st_dev == that.st_dev;
}

} // namespace

Result<NsFd> open(spec::NamespaceType type, std::string const& path) {
    auto const where =
        text("config.json: /linux/namespaces: the ", file_name(type), " namespace ", quoted(path));
    // O_NONBLOCK: the path may lead to a fifo, and we are root.
    auto fd = TRY(context(
        sys::openat<NsFd>(sys::cwd, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY), where));
    auto const found = sys::ioctl(fd.number(), NS_GET_NSTYPE);
    if (!found) return fail(Kind::config, where, " is not a namespace");
    if (*found != static_cast<long>(type))
        return fail(Kind::config, where,
                    " is of another type: ", file_name(static_cast<spec::NamespaceType>(*found)));
    if (type == spec::NamespaceType::mount && TRY(is_own(fd)))
        return fail(Kind::config, where,
                    " is davit's own, whose root would become the container's");
    return fd;
}

} // namespace davit::namespaces
