// SPDX-License-Identifier: Apache-2.0
// base/toml.cc - Runs in: tools, shim. https://toml.io/en/v1.0.0
#include "base/toml.h"

#include <algorithm>

#include "base/result.h"

namespace davit {

namespace {

bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '-';
}

// Each function goes on from at_; false if what stands there isn't what it reads.
class TomlReader {
  public:
    explicit TomlReader(std::string_view text) : text_(text) {}

    bool read(std::vector<TomlTable>& tables) {
        tables.emplace_back();
        for (skip_empty(); at_ < text_.size(); skip_empty()) {
            bool const is_header = text_[at_] == '[';
            if (!(is_header ? header(tables) : key(tables.back()))) return false;
        }
        tables.back().end = text_.size();
        return true;
    }
    [[nodiscard]] std::size_t line() const {
        return 1 + static_cast<std::size_t>(std::ranges::count(text_.substr(0, at_), '\n'));
    }

  private:
    [[nodiscard]] bool see(std::string_view what) const {
        return text_.substr(at_).starts_with(what);
    }
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r", at_), text_.size()); }
    void skip_line() {
        at_ = std::min(text_.find('\n', at_), text_.size());
        if (at_ < text_.size()) ++at_;
    }
    /// Skips empty lines and comments.
    void skip_empty() {
        for (;;) {
            skip_blanks();
            if (!see("#") && !see("\n")) return;
            skip_line();
        }
    }
    bool end_of_line() {
        skip_blanks();
        if (at_ < text_.size() && !see("#") && !see("\n")) return false;
        skip_line();
        return true;
    }

    [[nodiscard]] std::size_t line_begin() const {
        auto const newline = text_.substr(0, at_).rfind('\n');
        return newline == text_.npos ? 0 : newline + 1;
    }

    bool header(std::vector<TomlTable>& tables) {
        TomlTable table;
        table.begin = line_begin();
        tables.back().end = table.begin;
        std::string_view const closing = see("[[") ? "]]" : "]";
        at_ += closing.size();
        if (!path(table.path) || !see(closing)) return false;
        at_ += closing.size();
        if (!end_of_line()) return false;
        table.body = at_;
        tables.push_back(std::move(table));
        return true;
    }

    bool key(TomlTable& table) {
        TomlKey key;
        key.begin = line_begin();
        if (!path(key.path) || !see("=")) return false;
        ++at_;
        skip_blanks();
        auto const value_begin = at_;
        if (!value()) return false;
        key.value = text_.substr(value_begin, at_ - value_begin);
        while (key.value.ends_with(' ') || key.value.ends_with('\t') || key.value.ends_with('\r'))
            key.value.remove_suffix(1);
        if (key.value.empty() || !end_of_line()) return false;
        key.end = at_;
        table.keys.push_back(std::move(key));
        return true;
    }

    bool path(TomlPath& path) {
        for (;; ++at_) {
            skip_blanks();
            std::string part;
            if (see("\"") || see("'")) {
                auto const begin = at_ + 1;
                if (!text()) return false;
                part = text_.substr(begin, at_ - begin - 1);
            } else {
                while (at_ < text_.size() && is_bare(text_[at_])) part += text_[at_++];
                if (part.empty()) return false;
            }
            path.push_back(std::move(part));
            skip_blanks();
            if (!see(".")) return true;
        }
    }

    /// Reads a string of any of the four sorts.
    bool text() {
        char const quote = text_[at_];
        std::string const three(3, quote);
        bool const long_one = see(three);
        std::string const closing = long_one ? three : std::string(1, quote);
        for (at_ += closing.size(); at_ < text_.size(); ++at_) {
            if (quote == '"' && text_[at_] == '\\') {
                ++at_;
            } else if (see(closing)) {
                at_ += closing.size();
                // """""" ends with up to two quotes of its own.
                for (int own = 0; long_one && own < 2 && see({&quote, 1}); ++own) ++at_;
                return true;
            } else if (!long_one && text_[at_] == '\n') {
                return false;
            }
        }
        return false;
    }

    /// Reads up to the comment or newline behind the value.
    bool value() {
        std::string open; // the brackets that have to be closed
        while (at_ < text_.size()) {
            char const c = text_[at_];
            if (c == '"' || c == '\'') {
                if (!text()) return false;
                continue;
            }
            if (open.empty() && (c == '\n' || c == '#')) return true;
            if (c == '#') {
                skip_line();
                continue;
            }
            if (c == '[') open += ']';
            if (c == '{') open += '}';
            if (c == ']' || c == '}') {
                if (!open.ends_with(c)) return false;
                open.pop_back();
            }
            ++at_;
        }
        return open.empty();
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace

Result<std::vector<TomlTable>> read_toml(std::string_view text, std::string const& file) {
    std::vector<TomlTable> tables;
    TomlReader reader(text);
    if (!reader.read(tables))
        return fail(Kind::config, file, ":", reader.line(),
                    ": expected a TOML header, or a key and its value");
    return tables;
}

std::optional<std::string> toml_text(std::string_view value) {
    if (!value.starts_with('"') && !value.starts_with('\'')) return {};
    char const quote = value[0];
    std::string text;
    for (std::size_t at = 1; at < value.size(); ++at) {
        char c = value[at];
        if (c == quote) return at + 1 == value.size() ? std::optional(text) : std::nullopt;
        if (c == '\\' && quote == '"') {
            if (++at == value.size() || (value[at] != '"' && value[at] != '\\')) return {};
            c = value[at];
        }
        text += c;
    }
    return {};
}

} // namespace davit
