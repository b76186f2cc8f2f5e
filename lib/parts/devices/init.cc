// SPDX-License-Identifier: Apache-2.0
// parts/devices/init.cc - making device nodes and links. Runs in: init.
// Kernel interface: mknodat(2). The umask is 0 here: modes are exact.
#include "init/init.h"
#include "base/bytes.h"
#include "base/try.h"

namespace davit::devices {

namespace {

using launch::Detail;

/// Finds places; remembers the last directory, since nearly all are in /dev.
class Places {
  public:
    explicit Places(init::Init& init) : init_(init) {}

    Sys<safe::Place const*> find(char const* path) {
        auto const length = static_cast<std::size_t>(last_slash(path) - path);
        if (!path_ || length != length_ || std::memcmp(path, path_, length) != 0) {
            last_ = TRY(init::place_for(init_, path));
            path_ = path;
            length_ = length;
        }
        last_.name = path + length + 1;
        return &last_;
    }

  private:
    init::Init& init_;
    safe::Place last_{};
    char const* path_ = nullptr;
    std::size_t length_ = 0;
};

/// An existing node is good if it is the same device. [config-linux.md#devices]
bool same(struct stat const& there, Device const& device) {
    return (there.st_mode & S_IFMT) == (device.mode & S_IFMT)
           && (S_ISFIFO(there.st_mode) || there.st_rdev == device.number);
}

/// `device` with mode and owner of the existing node, where config.json has none.
Device with_rest_of(struct stat const& there, Device device) {
    constexpr std::uint32_t permissions = 07777;
    if (!(device.asked & asked_mode))
        device.mode = (device.mode & ~permissions) | (there.st_mode & permissions);
    if (!(device.asked & asked_uid)) device.uid = there.st_uid;
    if (!(device.asked & asked_gid)) device.gid = there.st_gid;
    return device;
}

/// By fd: another process that shares the directory may have replaced the node.
Sys<> give(safe::Place const& place, Device const& device) {
    auto const node =
        TRY(sys::openat<PathFd>(place.directory.number(), place.name, O_PATH | O_NOFOLLOW));
    auto const st = TRY(sys::fstat(node.number()));
    if ((st.st_mode & S_IFMT) != (device.mode & S_IFMT) || st.st_rdev != device.number)
        return std::unexpected(Errno{ESTALE});
    return sys::fchownat(node.number(), "", device.uid, device.gid, AT_EMPTY_PATH);
}

Sys<> make(init::Init& init, safe::Place const& place, Device const& device) {
    init.doing(Detail::node);
    auto const made =
        sys::mknodat(place.directory.number(), place.name, device.mode, device.number);
    if (!made) return made;
    init.doing(Detail::owner);
    if (device.uid || device.gid) TRY(give(place, device));
    return {};
}

/// An existing node must be the device. A node of the image gets the wanted mode and owner; one in
/// another mount may be the host's own: davit must not change it.
Sys<> accept(init::Init& init, safe::Place const& place, Device const& device) {
    auto const there = TRY(sys::fstatat(place.directory.number(), place.name, AT_SYMLINK_NOFOLLOW));
    if (!same(there, device)) {
        init.doing(Detail::mismatch);
        return std::unexpected(Errno{EEXIST});
    }
    auto const wanted = with_rest_of(there, device);
    bool const is_as_wanted =
        there.st_mode == wanted.mode && there.st_uid == wanted.uid && there.st_gid == wanted.gid;
    if (is_as_wanted) return {};
    if (TRY(sys::mount_id(place.directory.number(), place.name, AT_SYMLINK_NOFOLLOW))
        != TRY(sys::mount_id(init.root.number(), "", AT_EMPTY_PATH)))
        return {};
    TRY(sys::unlinkat(place.directory.number(), place.name)); // chmod needs more than an O_PATH fd
    return make(init, place, wanted);
}

/// Binds the host's node of the same path, if it is that device. It covers an empty file of the
/// image.
Sys<> bind(init::Init& init, Device const& device) {
    char const* const path = init.view().text(device.path);
    init.doing(Detail::source);
    auto const node = TRY(sys::openat<PathFd>(sys::cwd, path, O_PATH));
    auto const is_it = [&](struct stat const& st) {
        return (st.st_mode & S_IFMT) == (device.mode & S_IFMT) && st.st_rdev == device.number;
    };
    if (!is_it(TRY(sys::fstat(node.number())))) return std::unexpected(Errno{ENODEV});
    init.doing(Detail::target);
    auto const target = TRY(init::file_for(init, path, init::Judged::no));
    auto const there = TRY(sys::fstat(target.number()));
    if (is_it(there)) return {};
    if (!S_ISREG(there.st_mode)) {
        init.doing(Detail::mismatch);
        return std::unexpected(Errno{EEXIST});
    }
    init.doing(Detail::attach);
    return sys::move_mount(TRY(sys::open_tree_clone(node.number(), "", AT_EMPTY_PATH)),
                           target.number());
}

} // namespace

Sys<> make_devices(init::Init& init) {
    Places places(init);
    auto const& devices = init.plan().devices;
    for (auto const& device : init.view().list(devices.devices)) {
        if (devices.bind && !S_ISFIFO(device.mode)) {
            TRY(bind(init, device));
        } else {
            init.doing(Detail::target);
            auto const& place = *TRY(places.find(init.view().text(device.path)));
            auto const made = make(init, place, device);
            bool const no_node = !made && init.detail == Detail::node;
            // In a user namespace that is davit's, not the container's own.
            if (no_node && made.error() == Errno{EPERM})
                TRY(bind(init, device));
            else if (no_node && made.error() == Errno{EEXIST})
                TRY(accept(init, place, device));
            else
                TRY(made);
        }
        ++init.item;
    }
    return {};
}

Sys<> make_links(init::Init& init) {
    Places places(init);
    for (auto const& link : init.view().list(init.plan().devices.links)) {
        init.doing(Detail::target);
        auto const& place = *TRY(places.find(init.view().text(link.path)));
        init.doing(Detail::node);
        auto const made =
            sys::symlinkat(init.view().text(link.target), place.directory.number(), place.name);
        if (!made && made.error() == Errno{EEXIST} && link.replace) {
            TRY(sys::unlinkat(place.directory.number(), place.name));
            TRY(sys::symlinkat(init.view().text(link.target), place.directory.number(),
                               place.name));
        } else if (!made && made.error() != Errno{EEXIST}) {
            return made;
        }
        ++init.item;
    }
    return {};
}

} // namespace davit::devices
