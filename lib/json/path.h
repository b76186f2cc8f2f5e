// SPDX-License-Identifier: Apache-2.0
// json/path.h - a place in a document, and its JSON pointer (RFC 6901). Runs in: parent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace davit::json {

/// A chain from a value up to the document. Each link lives on the stack of the function that went
/// down to it: text is composed only for an error.
///   Path linux{"linux"};  for (i …) check(Path({linux, "devices"}, i), …);   // as an argument
class Path {
  public:
    constexpr Path() = default; ///< the whole document: an empty pointer
    constexpr Path(char const* name) : name_(name), sort_(Sort::name) {}
    constexpr Path(Path const& up, std::string_view name)
        : up_(&up), name_(name), sort_(Sort::name) {}
    constexpr Path(Path const& up, char const* name) : Path(up, std::string_view(name)) {}
    constexpr Path(Path const& up, std::size_t index)
        : up_(&up), index_(index), sort_(Sort::index) {}

    /// "/linux/devices/0/path". In names, '~' and '/' are escaped as the RFC says; control
    /// characters become \n or \xNN, so that a key can't forge a line of a message.
    std::string pointer() const;

  private:
    enum class Sort : unsigned char { document, name, index };
    void append_to(std::string& out) const;

    Path const* up_ = nullptr;
    std::string_view name_ = {};
    std::size_t index_ = 0;
    Sort sort_ = Sort::document;
};

} // namespace davit::json
