// SPDX-License-Identifier: Apache-2.0
// json/tape.cc - parses with RapidJSON's reader, in place in a copy of the text. Runs in: parent.
//
// It doesn't use RapidJSON's own document tree: that doesn't compile with clang 19 (1.1.0), and a
// tape takes a third of its code. The reader recurses, but never deeper than max_depth.
#include "json/tape.h"

#include <algorithm>

#include <rapidjson/reader.h>

#include "base/result.h"
#include "base/utf8.h"

namespace davit::json {
namespace {

// Refuses NUL (the kernel ends a C string there) and text that isn't UTF-8. The escapes \u0000 and
// \udc00 make such text too: so the check comes after RapidJSON.
char const* fault_in(std::string_view s) {
    for (std::size_t i = 0; i < s.size();) {
        auto const byte = static_cast<unsigned char>(s[i]);
        if (byte != 0 && byte < 0x80) {
            ++i;
            continue;
        }
        auto const length = utf8_length(s.substr(i));
        if (byte == 0) return "expected a string without NUL characters";
        if (length == 0) return "expected UTF-8";
        i += length;
    }
    return nullptr;
}

// RapidJSON's handler: RapidJSON fixes the names of its members. false ends the parsing.
struct Recorder {
    std::vector<Value>& values;
    std::vector<std::size_t> open;   // indices of the lists and objects around the value
    char const* complaint = nullptr; // why the handler ended it

    Value& add(Token token) {
        auto& value = values.emplace_back();
        value.token = token;
        value.size = 0;
        return value;
    }
    bool natural(std::uint64_t n) { return add(Token::natural).natural = n, true; }
    bool integer(std::int64_t n) { return add(Token::integer).integer = n, true; }
    bool text(char const* s, std::uint32_t size) {
        complaint = fault_in({s, size});
        auto& value = add(Token::text);
        value.text = s;
        value.size = size;
        return !complaint;
    }
    bool begin(Token token) {
        if (open.size() == max_depth) return complaint = "nested too deeply", false;
        open.push_back(values.size());
        return add(token), true;
    }
    bool end(std::uint32_t count) {
        auto& value = values[open.back()];
        value.size = count;
        value.extent = values.size() - open.back();
        open.pop_back();
        return true;
    }

    bool Null() { return add(Token::null), true; }
    bool Bool(bool b) { return add(Token::boolean).boolean = b, true; }
    bool Int(int n) { return n < 0 ? integer(n) : natural(static_cast<unsigned>(n)); }
    bool Uint(unsigned n) { return natural(n); }
    bool Int64(std::int64_t n) {
        return n < 0 ? integer(n) : natural(static_cast<std::uint64_t>(n));
    }
    bool Uint64(std::uint64_t n) { return natural(n); }
    bool Double(double n) { return add(Token::number).number = n, true; }
    bool RawNumber(char const*, std::uint32_t, bool) {
        return false;
    } // RapidJSON calls it only with a flag that is not set
    bool String(char const* s, std::uint32_t size, bool) { return text(s, size); }
    bool Key(char const* s, std::uint32_t size, bool) { return text(s, size); }
    bool StartObject() { return begin(Token::object); }
    bool EndObject(std::uint32_t count) { return end(count); }
    bool StartArray() { return begin(Token::list); }
    bool EndArray(std::uint32_t count) { return end(count); }
};

std::string_view expectation(rapidjson::ParseErrorCode code) {
    using namespace rapidjson;
    switch (code) {
    case kParseErrorDocumentEmpty:
    case kParseErrorValueInvalid: return "expected a value";
    case kParseErrorDocumentRootNotSingular: return "expected the end of the document";
    case kParseErrorObjectMissName: return "expected a member's name in double quotes";
    case kParseErrorObjectMissColon: return "expected ':'";
    case kParseErrorObjectMissCommaOrCurlyBracket: return "expected ',' or '}'";
    case kParseErrorArrayMissCommaOrSquareBracket: return "expected ',' or ']'";
    case kParseErrorStringUnicodeEscapeInvalidHex:
        return "expected \\u and four hexadecimal digits";
    case kParseErrorStringUnicodeSurrogateInvalid: return "expected a pair of surrogates";
    case kParseErrorStringInvalidEncoding: // a control character; 1.1: one error for both
    case kParseErrorStringEscapeInvalid: return "expected a valid escape sequence";
    case kParseErrorStringMissQuotationMark: return "expected '\"' at the end of a string";
    case kParseErrorNumberTooBig: return "expected a number below 1.8e308";
    case kParseErrorNumberMissFraction: return "expected digits of a fraction";
    case kParseErrorNumberMissExponent: return "expected digits of an exponent";
    default: return "expected JSON";
    }
}

std::string found(std::string_view rest) {
    auto const length = utf8_length(rest);
    if (rest.starts_with("\xef\xbb\xbf"))
        return "a byte order mark (EF BB BF): save the file as UTF-8 without one";
    if (rest.empty()) return "the end of the text";
    return length ? quoted(rest.substr(0, length)) : "a byte that isn't UTF-8";
}

std::unexpected<Error> syntax_error(std::string_view text, std::size_t offset,
                                    std::string_view file_name, std::string_view expected,
                                    std::string_view found = {}) {
    auto const before = text.substr(0, offset);
    auto const line = 1 + std::count(before.begin(), before.end(), '\n');
    auto const start = before.rfind('\n') + 1; // npos + 1 is 0
    auto const column = 1
                        + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(start),
                                        before.end(), [](char c) { return (c & 0xc0) != 0x80; });
    return fail(Kind::config, file_name, ":", line, ":", column, ": ", expected,
                found.empty() ? "" : ", found ", found);
}

} // namespace

Result<Tape> Tape::parse(std::string_view text, std::string_view file_name) {
    if (text.size() > max_size)
        return fail(Kind::config, file_name, ": is bigger than ", max_size >> 20, " MiB");
    // RapidJSON takes NUL for the end, and would ignore the text after it.
    if (auto const nul = text.find('\0'); nul != text.npos)
        return syntax_error(text, nul, file_name, "expected JSON", "a NUL character");

    Tape tape;
    tape.text_.reserve(text.size() + 1);
    tape.text_.assign(text.begin(), text.end());
    tape.text_.push_back('\0');
    tape.values_.reserve(text.size() / 16 + 16); // the average of config.json
    Recorder recorder{tape.values_, {}};
    recorder.open.reserve(max_depth);

    rapidjson::Reader reader;
    rapidjson::InsituStringStream stream(tape.text_.data());
    auto const parsed = reader.Parse<rapidjson::kParseInsituFlag>(stream, recorder);
    if (parsed) return tape;
    if (recorder.complaint)
        return syntax_error(text, parsed.Offset(), file_name, recorder.complaint);
    return syntax_error(text, parsed.Offset(), file_name, expectation(parsed.Code()),
                        found(text.substr(std::min(parsed.Offset(), text.size()))));
}

} // namespace davit::json
