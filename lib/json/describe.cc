// SPDX-License-Identifier: Apache-2.0
// json/describe.cc - types in words, and the table of a document's members. Runs in: parent.
#include "json/describe.h"

#include "base/text.h"
#include "base/utf8.h"
#include "json/json.h"

namespace davit::json {
namespace {

// An error message lists at most so many names.
constexpr std::size_t few_names = 12;

std::string describe_integer(Type const& type) {
    auto const bits = 8 * type.size;
    if (type.is_signed && bits == 64) return "an integer";
    auto const largest = ~std::uint64_t{0} >> (64 - bits + (type.is_signed ? 1 : 0));
    return type.is_signed ? text("an integer from -", largest + 1, " to ", largest)
                          : text("an integer from 0 to ", largest);
}

std::string describe_names(std::span<Name const> names) {
    if (names.size() > few_names)
        return text("one of ", names.size(), " names such as ", quoted(names.front().name));
    std::string out = "one of";
    for (auto const& row : names)
        out += text(&row == &names.front() ? " " : ", ", quoted(row.name));
    return out;
}

// describe(), plus the elements of a list or a map.
std::string describe_with_elements(Type const& type) {
    bool const has_elements = type.shape == Shape::list || type.shape == Shape::map;
    return has_elements ? text(describe(type), ", each ", describe(*type.element)) : describe(type);
}

void walk(std::vector<Row>& rows, Type const& type, std::string const& pointer) {
    for (auto const& field : type.fields) {
        auto const here = text(pointer, "/", field.name);
        rows.push_back(
            {here, describe_with_elements(*field.type), field.need == Need::required, field.doc});
        walk(rows, *field.type, here);
    }
    if (!type.element) return;
    if (type.shape == Shape::optional) return walk(rows, *type.element, pointer);
    walk(rows, *type.element, text(pointer, "/*"));
}

} // namespace

std::string describe(Type const& type) {
    switch (type.shape) {
    case Shape::boolean: return "true or false";
    case Shape::integer: return describe_integer(type);
    case Shape::number: return "a number";
    case Shape::text: return "a string";
    case Shape::name: return describe_names(type.names);
    case Shape::list: return "an array";
    case Shape::object:
    case Shape::map: return "an object";
    case Shape::optional: return describe(*type.element);
    }
    return "a value";
}

std::string shortened(std::string_view s) {
    constexpr std::size_t longest = 40;
    if (s.size() <= longest) return quoted(s);
    auto end = longest;
    while (end > 0 && utf8_length(s.substr(end)) == 0) --end; // not in the middle of a character
    return quoted(s.substr(0, end)) + "…";
}

std::vector<Row> detail::document(Type const& type) {
    std::vector<Row> rows;
    walk(rows, type, {});
    return rows;
}

} // namespace davit::json
