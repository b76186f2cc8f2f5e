// SPDX-License-Identifier: Apache-2.0
// tools/json_place.cc - where things are in a JSON file. RFC 8259.
#include "json_place.h"

#include <algorithm>
#include <ranges>

#include "base/result.h"

namespace davit::cli {

namespace {

// Each function goes on from at_; false if what stands there isn't what it reads.
class Reader {
  public:
    Reader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

    bool object(JsonObject& object) {
        skip_space();
        object.begin = at_;
        if (!take('{')) return false;
        if (!take('}')) {
            do {
                JsonMember member;
                skip_space();
                member.begin = at_;
                if (!text()) return false;
                member.name = text_.substr(member.begin + 1, at_ - member.begin - 2);
                if (!take(':')) return false;
                skip_space();
                member.value = at_;
                if (!value(0)) return false;
                member.end = at_;
                object.members.push_back(member);
            } while (take(','));
            if (!take('}')) return false;
        }
        object.end = at_;
        return true;
    }
    bool end() {
        skip_space();
        return at_ == text_.size();
    }
    [[nodiscard]] std::size_t line() const {
        return 1 + static_cast<std::size_t>(std::ranges::count(text_.substr(0, at_), '\n'));
    }

  private:
    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
    bool take(char c) {
        skip_space();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    bool text() {
        if (!take('"')) return false;
        for (; at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= 0x20; ++at_) {
            if (text_[at_] == '\\') {
                if (++at_ == text_.size()) return false;
            } else if (text_[at_] == '"') {
                ++at_;
                return true;
            }
        }
        return false;
    }

    bool value(unsigned depth) {
        constexpr unsigned most = 64; // as for config.json
        skip_space();
        if (depth > most || at_ == text_.size()) return false;
        if (text_[at_] == '"') return text();
        if (take('[')) {
            if (take(']')) return true;
            do {
                if (!value(depth + 1)) return false;
            } while (take(','));
            return take(']');
        }
        if (take('{')) {
            if (take('}')) return true;
            do {
                if (!text() || !take(':') || !value(depth + 1)) return false;
            } while (take(','));
            return take('}');
        }
        return word();
    }

    /// Reads true, false, null or a number; of numbers, it only checks the characters.
    bool word() {
        auto const end = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
        auto const word = text_.substr(at_, end - at_);
        at_ = end;
        if (word == "true" || word == "false" || word == "null") return true;
        return !word.empty() && word.find_first_not_of("0123456789+-.eE") == word.npos;
    }

    std::string_view text_;
    std::size_t at_;
};

} // namespace

JsonMember const* JsonObject::find(std::string_view name) const {
    for (auto const& member : members | std::views::reverse)
        if (member.name == name) return &member;
    return nullptr;
}

Result<JsonObject> read_json_object(std::string_view text, std::string const& file, std::size_t at,
                                    bool alone) {
    JsonObject object;
    Reader reader(text, at);
    if (!reader.object(object) || (alone && !reader.end()))
        return fail(Kind::config, file, ":", reader.line(),
                    ": expected a JSON object, and here it isn't one");
    return object;
}

std::string with_member(std::string text, JsonObject const& object, std::string const& member) {
    if (object.members.empty())
        return text.replace(object.begin, object.end - object.begin, "{" + member + "}");
    // Indents it like the last one.
    auto const& last = object.members.back();
    auto const space = text.find_last_not_of(" \t\r\n", last.begin - 1) + 1;
    return text.insert(last.end, "," + text.substr(space, last.begin - space) + member);
}

std::string without_member(std::string text, JsonObject const& object, JsonMember const& member) {
    auto const i = static_cast<std::size_t>(&member - object.members.data());
    if (i > 0) // with the comma before it
        return text.erase(object.members[i - 1].end, member.end - object.members[i - 1].end);
    if (object.members.size() > 1) // with the comma behind it
        return text.erase(member.begin, object.members[1].begin - member.begin);
    return text.replace(object.begin, object.end - object.begin, "{}");
}

} // namespace davit::cli
