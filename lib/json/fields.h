// SPDX-License-Identifier: Apache-2.0
// json/fields.h - how a struct's list of members is written. Runs in: parent.
//
//   template <> inline constexpr auto davit::json::fields<Point> = davit::json::list({
//       field<&Point::x>("x", "metres to the east", Need::required),
//       field<&Point::label>("label", "what the map says"),
//   });
//
// The reader, the writer and the documentation use the list. Members are written in its order. The
// list of an inner struct stands above that of the struct around it. The reader skips members of
// the document that the list doesn't have.
#pragma once

#include <array>

#include "json/type.h"

namespace davit::json {

namespace detail {
template <class T, class M>
T object_of(M T::*);
template <class T, class M>
M member_of(M T::*);

// Called only when a list is wrong. It isn't constexpr: the compiler stops and names it.
void fields_have_a_doubled_name();
} // namespace detail

/// A member under its name in JSON; `doc` is one line, with units.
template <auto member>
constexpr Field field(std::string_view name, std::string_view doc, Need need = Need::optional) {
    using T = decltype(detail::object_of(member));
    using M = decltype(detail::member_of(member));
    return {name, doc, &type_of<M>,
            [](void* object) -> void* { return &(static_cast<T*>(object)->*member); }, need};
}

template <std::size_t N>
consteval std::array<Field, N> list(Field const (&all)[N]) {
    static_assert(N <= 64, "the reader keeps one bit per member");
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (all[i].name == all[j].name) detail::fields_have_a_doubled_name();
    std::array<Field, N> copy{};
    std::copy(all, all + N, copy.begin());
    return copy;
}

} // namespace davit::json
