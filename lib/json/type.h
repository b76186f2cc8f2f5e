// SPDX-License-Identifier: Apache-2.0
// json/type.h - what the reader, the writer and the documentation know of a C++ type. Runs in:
// parent.
//
// A Type is a small constant table. Ordinary functions walk it; templates make only the tables. It
// stands for bool, integers, double, std::string, enumerations with names<E>, structs with
// fields<T> (json/fields.h), and std::vector, std::optional and std::map<std::string, T> of these.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/names.h"

namespace davit::json {

struct Type;

enum class Need : std::uint8_t {
    optional, ///< may be missing; isn't written while it has its zero value
    required, ///< must be there
    always,   ///< may be missing, but is always written
};

/// A member of a struct.
struct Field {
    std::string_view name;
    std::string_view doc;
    Type const* type = nullptr;
    void* (*in)(void* object) = nullptr; ///< the member's address
    Need need = Need::optional;
};

/// Called for each element of a list, a map or an optional; `key` is empty except for a map.
struct Visitor {
    void* context;
    void (*call)(void* context, std::string_view key, void const* element);
};

enum class Shape : std::uint8_t {
    boolean,
    integer,
    number,
    text,
    name,
    object,
    list,
    map,
    optional
};

struct Type {
    Shape shape = Shape::boolean;
    bool is_signed = false;             ///< integer
    std::uint32_t size = 0;             ///< integer: bytes
    Type const* element = nullptr;      ///< list, map, optional
    std::span<Field const> fields = {}; ///< object
    std::span<Name const> names = {};   ///< name

    /// Makes an element and returns its address. list: appends one of `count`; optional: its only
    /// one; map: under `key`, null if the map has that key already.
    void* (*make)(void* object, std::size_t count, std::string_view key) = nullptr;
    void (*each)(void const* object, Visitor visitor) = nullptr; ///< list, map, optional
};

/// The members of T that JSON knows: json/fields.h says how to write such a list.
template <class T>
inline constexpr auto fields = nullptr;

namespace detail {

// For "[{},{},…": a short text must not cause a huge allocation before the reader finds its first
// element wrong.
inline constexpr std::size_t most_reserved = 256;

template <class T>
constexpr Type describe(std::type_identity<T>) {
    if constexpr (std::same_as<T, bool>)
        return {.shape = Shape::boolean};
    else if constexpr (std::integral<T>)
        return {.shape = Shape::integer, .is_signed = std::is_signed_v<T>, .size = sizeof(T)};
    else if constexpr (std::same_as<T, double>)
        return {.shape = Shape::number};
    else if constexpr (std::same_as<T, std::string>)
        return {.shape = Shape::text};
    else if constexpr (Enumeration<T>)
        return {.shape = Shape::name, .names = names<T>};
    else
        return {.shape = Shape::object, .fields = fields<T>};
}

template <class T>
constexpr Type describe(std::type_identity<std::vector<T>>);
template <class T>
constexpr Type describe(std::type_identity<std::map<std::string, T>>);
template <class T>
constexpr Type describe(std::type_identity<std::optional<T>>);

} // namespace detail

template <class T>
inline constexpr Type type_of = detail::describe(std::type_identity<T>{});

namespace detail {

template <class T>
constexpr Type describe(std::type_identity<std::vector<T>>) {
    static_assert(!std::same_as<T, bool>, "std::vector<bool> has no elements to point at");
    using List = std::vector<T>;
    return {.shape = Shape::list,
            .element = &type_of<T>,
            .make = [](void* object, std::size_t count, std::string_view) -> void* {
                auto& list = *static_cast<List*>(object);
                if (list.empty()) list.reserve(std::min(count, most_reserved));
                return &list.emplace_back();
            },
            .each =
                [](void const* object, Visitor visitor) {
                    for (auto const& element : *static_cast<List const*>(object))
                        visitor.call(visitor.context, {}, &element);
                }};
}

template <class T>
constexpr Type describe(std::type_identity<std::map<std::string, T>>) {
    using Map = std::map<std::string, T>;
    return {.shape = Shape::map,
            .element = &type_of<T>,
            .make = [](void* object, std::size_t, std::string_view key) -> void* {
                auto const [at, is_new] = static_cast<Map*>(object)->try_emplace(std::string(key));
                return is_new ? &at->second : nullptr;
            },
            .each =
                [](void const* object, Visitor visitor) {
                    for (auto const& [key, element] : *static_cast<Map const*>(object))
                        visitor.call(visitor.context, key, &element);
                }};
}

template <class T>
constexpr Type describe(std::type_identity<std::optional<T>>) {
    using Optional = std::optional<T>;
    return {.shape = Shape::optional,
            .element = &type_of<T>,
            .make = [](void* object, std::size_t, std::string_view) -> void* {
                return &static_cast<Optional*>(object)->emplace();
            },
            .each =
                [](void const* object, Visitor visitor) {
                    auto const& optional = *static_cast<Optional const*>(object);
                    if (optional) visitor.call(visitor.context, {}, &*optional);
                }};
}

} // namespace detail
} // namespace davit::json
