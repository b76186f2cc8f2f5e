// SPDX-License-Identifier: Apache-2.0
// parts/namespaces/host.cc - the namespaces that a container joins. Runs in: parent.
// Kernel interface: ioctl_ns(2).
#include "parts/namespaces/host.h"

#include <linux/nsfs.h>

#include "parts/namespaces/plan.h"
#include "sys/file.h"

namespace davit::namespaces {

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
    return fd;
}

} // namespace davit::namespaces
