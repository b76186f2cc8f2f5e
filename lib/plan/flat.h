// SPDX-License-Identifier: Apache-2.0
// plan/flat.h - data without pointers: the form in which a plan crosses into init. Runs in: both.
//
// Everything lies in one block of bytes; an offset names a place in it. Offset zero means absent:
// the block's header is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace davit::plan {

/// A NUL-terminated text.
struct Text {
    std::uint32_t at = 0;
    std::uint32_t size = 0; ///< without the NUL
    explicit operator bool() const { return at != 0; }
};

/// `count` elements in a row.
template <class T>
struct List {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
    // Padding would carry bytes of the parent's memory into the container.
    static_assert(std::has_unique_object_representations_v<T>);
    std::uint32_t at = 0;
    std::uint32_t count = 0;
};

/// A block that can be read.
class View {
  public:
    explicit View(std::byte const* base) : base_(base) {}

    /// Null for an absent text.
    [[nodiscard]] char const* text(Text t) const {
        return t ? reinterpret_cast<char const*>(base_ + t.at) : nullptr;
    }
    template <class T>
    [[nodiscard]] std::span<T const> list(List<T> l) const {
        return {reinterpret_cast<T const*>(base_ + l.at), l.count};
    }
    template <class Header>
    [[nodiscard]] Header const& header() const {
        return *reinterpret_cast<Header const*>(base_);
    }

  private:
    std::byte const* base_;
};

} // namespace davit::plan
