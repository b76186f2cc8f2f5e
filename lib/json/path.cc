// SPDX-License-Identifier: Apache-2.0
// json/path.cc - JSON pointers. Runs in: parent.
#include "json/path.h"

#include "base/text.h"

namespace davit::json {

void Path::append_to(std::string& out) const {
    if (up_) up_->append_to(out);
    if (sort_ == Sort::document) return;
    out += '/';
    if (sort_ == Sort::index) {
        out += std::to_string(index_);
        return;
    }
    for (char const c : name_) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else if (byte < 0x20 || byte == 0x7f) {
            auto const escaped = quoted(std::string_view{&c, 1});
            out.append(escaped, 1, escaped.size() - 2);
        } else {
            out += c;
        }
    }
}

std::string Path::pointer() const {
    std::string out;
    append_to(out);
    return out;
}

} // namespace davit::json
