// SPDX-License-Identifier: Apache-2.0
// plan/builder.h - writes a block of flat data. Runs in: parent.
#pragma once

#include <cstring>
#include <string_view>
#include <vector>

#include "plan/flat.h"

namespace davit::plan {

/// Collects texts and lists behind a header of `header_size` bytes; the caller fills that in last.
class Builder {
  public:
    explicit Builder(std::size_t header_size) : bytes_(header_size) {}
    /// Continues a finished block.
    explicit Builder(std::vector<std::byte> block) : bytes_(std::move(block)) {}

    Text text(std::string_view s) {
        auto const at = bytes_.size();
        bytes_.resize(at + s.size() + 1);
        std::memcpy(bytes_.data() + at, s.data(), s.size());
        return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(s.size())};
    }
    template <class T>
    List<T> list(std::vector<T> const& elements) {
        if (elements.empty()) return {};
        auto const at = (bytes_.size() + 7) / 8 * 8;
        bytes_.resize(at + elements.size() * sizeof(T));
        std::memcpy(bytes_.data() + at, elements.data(), elements.size() * sizeof(T));
        return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(elements.size())};
    }
    /// Pointers for execve(2): offsets of the texts, then `spare` + 1 zeros. init turns each offset
    /// into an address in place.
    template <class Strings>
    List<std::uint64_t> pointers(Strings const& strings, std::size_t spare = 0) {
        std::vector<std::uint64_t> slots;
        for (std::string_view const s : strings) slots.push_back(text(s).at);
        slots.resize(slots.size() + spare + 1);
        return list(slots);
    }

    template <class Header>
    std::vector<std::byte> finish(Header const& header) && {
        std::memcpy(bytes_.data(), &header, sizeof header);
        return std::move(bytes_);
    }

  private:
    std::vector<std::byte> bytes_;
};

} // namespace davit::plan
