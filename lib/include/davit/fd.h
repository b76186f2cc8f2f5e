// SPDX-License-Identifier: Apache-2.0
// davit/fd.h - an owned file descriptor.
#pragma once

#include <unistd.h>

#include <utility>

namespace davit {

/// Owns one open file descriptor; closes it. Move-only. The function that opens it sets CLOEXEC:
/// every function of libdavit does. `Kind` makes fds of different meaning different types.
template <class Kind>
class [[nodiscard]] BasicFd {
  public:
    BasicFd() = default;
    /// Takes ownership of `number`; -1 owns nothing.
    explicit BasicFd(int number) : number_(number) {}
    BasicFd(BasicFd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    BasicFd& operator=(BasicFd&& other) noexcept {
        if (this != &other) {
            reset();
            number_ = std::exchange(other.number_, -1);
        }
        return *this;
    }
    ~BasicFd() { reset(); }

    /// The number, still owned here; -1 if there is none.
    [[nodiscard]] int number() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    /// Gives up ownership.
    [[nodiscard]] int release() { return std::exchange(number_, -1); }
    void reset() {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }
    /// The same open file as another sort of fd. The call says that the caller has checked its
    /// meaning.
    template <class Other>
    Other as() && {
        return Other(release());
    }

  private:
    int number_ = -1;
};

using Fd = BasicFd<struct AnyKind>; ///< any open file
using PidFd =
    BasicFd<struct PidKind>; ///< a process; closing it doesn't kill; polls readable at exit
using PathFd = BasicFd<struct PathKind>;     ///< O_PATH: a place inside some Root
using TreeFd = BasicFd<struct TreeKind>;     ///< a detached mount
using NsFd = BasicFd<struct NsKind>;         ///< a namespace
using CgroupFd = BasicFd<struct CgroupKind>; ///< a cgroup's directory

} // namespace davit
