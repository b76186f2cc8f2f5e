// SPDX-License-Identifier: Apache-2.0
// shim/wire/type.h - what the reader and the writer know of a message's C++ type. Runs in: shim.
//
// A Type is a small constant table that two ordinary functions walk: a message costs its table and
// no code of its own. Members may be bool, 32 and 64 bit integers, double, enumerations (over
// std::int32_t), std::string, std::string_view, and std::optional, std::vector and
// std::map<std::string, …> of these or of messages. A message inside is always an optional one.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace davit::shim::wire {

/// Names a message to `constexpr auto fields(Tag<M>)`, which stands beside the struct M.
template <class M>
struct Tag {};

enum class Shape : std::uint8_t {
    boolean,
    int32, ///< enumerations, too
    int64,
    uint32,
    uint64,
    number, ///< double
    text,   ///< std::string, UTF-8
    bytes,  ///< std::string
    text_view,
    bytes_view,
    message,
    list,
    map, ///< its keys are texts
    optional,
};

struct Type;

struct Field {
    std::uint32_t number = 0;
    Type const* type = nullptr;
    void* (*in)(void* message) = nullptr; ///< the member's address
};

/// Called for each element of a list, a map or an optional; only a map's has a `key`.
struct Visitor {
    void* context;
    void (*call)(void* context, std::string_view key, void const* element);
};

struct Type {
    Shape shape = Shape::boolean;
    std::uint32_t size = 0;          ///< a list's element: bytes in memory
    Type const* element = nullptr;   ///< list, map, optional
    std::span<Field const> fields{}; ///< message
    /// Makes an element and returns its address. list: a new last one; optional: the present one,
    /// or a new one; map: the one of `key`, emptied.
    void* (*make)(void* object, std::string_view key) = nullptr;
    void (*each)(void const* object, Visitor visitor) = nullptr; ///< list, map, optional
};

namespace detail {

template <class T>
inline constexpr auto fields_of = fields(Tag<T>{});

template <class T, class M>
T object_of(M T::*);
template <class T, class M>
M member_of(M T::*);

// Called only if a list is wrong: they aren't constexpr, so the compiler stops and names them.
void numbers_of_fields_must_ascend();

template <class T>
constexpr Type describe(std::type_identity<T>) {
    if constexpr (std::same_as<T, bool>)
        return {.shape = Shape::boolean};
    else if constexpr (std::same_as<T, double>)
        return {.shape = Shape::number};
    else if constexpr (std::same_as<T, std::int64_t>)
        return {.shape = Shape::int64};
    else if constexpr (std::same_as<T, std::uint32_t>)
        return {.shape = Shape::uint32};
    else if constexpr (std::same_as<T, std::uint64_t>)
        return {.shape = Shape::uint64};
    else if constexpr (std::same_as<T, std::string>)
        return {.shape = Shape::text};
    else if constexpr (std::same_as<T, std::string_view>)
        return {.shape = Shape::text_view};
    else if constexpr (std::is_enum_v<T> || std::same_as<T, std::int32_t>) {
        static_assert(sizeof(T) == sizeof(std::int32_t));
        return {.shape = Shape::int32};
    } else
        return {.shape = Shape::message, .fields = fields_of<T>};
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
/// Bytes that needn't be text.
template <class T>
inline constexpr Type bytes_of{.shape = std::same_as<T, std::string_view> ? Shape::bytes_view
                                                                          : Shape::bytes};

namespace detail {

template <class T>
constexpr Type describe(std::type_identity<std::vector<T>>) {
    static_assert(!std::same_as<T, bool>, "std::vector<bool> has no elements to point at");
    using List = std::vector<T>;
    return {.shape = Shape::list,
            .size = sizeof(T),
            .element = &type_of<T>,
            .make = [](void* object, std::string_view) -> void* {
                return &static_cast<List*>(object)->emplace_back();
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
    return {
        .shape = Shape::map,
        .element = &type_of<T>,
        .make = [](void* object, std::string_view key) -> void* {
            return &(
                static_cast<Map*>(object)->insert_or_assign(std::string(key), T()).first->second);
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
            .make = [](void* object, std::string_view) -> void* {
                auto& optional = *static_cast<Optional*>(object);
                return optional ? &*optional : &optional.emplace();
            },
            .each =
                [](void const* object, Visitor visitor) {
                    auto const& optional = *static_cast<Optional const*>(object);
                    if (optional) visitor.call(visitor.context, {}, &*optional);
                }};
}

} // namespace detail

/// A member under its number in the .proto.
template <auto member>
constexpr Field field(std::uint32_t number) {
    using T = decltype(detail::object_of(member));
    using M = decltype(detail::member_of(member));
    static_assert(type_of<M>.shape != Shape::message, "messages have presence: std::optional");
    return {number, &type_of<M>,
            [](void* message) -> void* { return &(static_cast<T*>(message)->*member); }};
}

/// The same for `bytes` of the .proto, which needn't be UTF-8.
template <auto member>
constexpr Field bytes(std::uint32_t number) {
    Field it = field<member>(number);
    it.type = &bytes_of<decltype(detail::member_of(member))>;
    return it;
}

/// The list of a message's fields, in the order of their numbers.
template <std::size_t N>
consteval std::array<Field, N> list(Field const (&all)[N]) {
    std::array<Field, N> copy{};
    for (std::size_t i = 0; i < N; ++i) {
        if (all[i].number <= (i ? all[i - 1].number : 0)) detail::numbers_of_fields_must_ascend();
        copy[i] = all[i];
    }
    return copy;
}
consteval std::array<Field, 0> list() { return {}; }

/// The list of a message whose fields are numbered 1, 2, 3… in this order.
template <auto... members>
consteval std::array<Field, sizeof...(members)> in_order() {
    std::uint32_t number = 0;
    return {field<members>(++number)...};
}

} // namespace davit::shim::wire
