// SPDX-License-Identifier: Apache-2.0
// json/names.h - the names that an enumeration's values have in JSON. Runs in: parent.
//
//   template <> inline constexpr auto davit::json::names<Colour> =
//       davit::table<davit::json::Name>({{"red", Colour::red}, {"blue", Colour::blue}});
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/table.h"

namespace davit::json {

/// An enumeration that JSON knows is scoped and has std::uint32_t below it.
template <class E>
concept Enumeration =
    std::is_scoped_enum_v<E> && std::is_same_v<std::underlying_type_t<E>, std::uint32_t>;

struct Name {
    std::string_view name;
    std::uint32_t value = 0;

    constexpr Name() = default;
    constexpr Name(std::string_view text, Enumeration auto e)
        : name(text), value(static_cast<std::uint32_t>(e)) {}
};

/// One table per enumeration, made by table<Name>().
template <Enumeration E>
inline constexpr auto names = nullptr;

/// Empty for a value without a name.
template <Enumeration E>
constexpr std::string_view name_of(E value) {
    for (auto const& row : names<E>)
        if (row.value == static_cast<std::uint32_t>(value)) return row.name;
    return {};
}

} // namespace davit::json
