// SPDX-License-Identifier: Apache-2.0
// test/host/json.cc - JSON documents over RapidJSON.

#include "json.h"

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <sstream>

#include "catch.h"

namespace host {

struct Json::Impl {
    rapidjson::Document document;

    rapidjson::Value const* at(std::string const& pointer) const {
        return rapidjson::Pointer(pointer.c_str(), pointer.size()).Get(document);
    }
};

namespace {

void parse(rapidjson::Document& document, std::string const& text) {
    document.Parse(text.c_str(), text.size());
    if (document.HasParseError()) FAIL("not JSON: " << text);
}

} // namespace

Json::Json() : impl_(new Impl) {}
Json::Json(std::string const& text) : impl_(new Impl) { parse(impl_->document, text); }
Json::Json(Json const& other) : Json() {
    impl_->document.CopyFrom(other.impl_->document, impl_->document.GetAllocator());
}
Json& Json::operator=(Json const& other) {
    if (this != &other)
        impl_->document.CopyFrom(other.impl_->document, impl_->document.GetAllocator());
    return *this;
}
Json::~Json() { delete impl_; }

bool Json::has(std::string const& pointer) const { return impl_->at(pointer) != nullptr; }

std::string Json::text(std::string const& pointer) const {
    auto const* value = impl_->at(pointer);
    return value && value->IsString() ? std::string(value->GetString(), value->GetStringLength())
                                      : std::string();
}

double Json::number(std::string const& pointer) const {
    auto const* value = impl_->at(pointer);
    return value && value->IsNumber() ? value->GetDouble() : -1;
}

std::string Json::dump(std::string const& pointer) const {
    auto const* value = impl_->at(pointer);
    if (!value) return "";
    rapidjson::StringBuffer buffer;
    rapidjson::Writer writer(buffer);
    value->Accept(writer);
    return buffer.GetString();
}

size_t Json::size(std::string const& pointer) const {
    auto const* value = impl_->at(pointer);
    return !value              ? 0
           : value->IsArray()  ? value->Size()
           : value->IsObject() ? value->MemberCount()
                               : 0;
}

std::vector<std::string> Json::keys(std::string const& pointer) const {
    std::vector<std::string> names;
    auto const* value = impl_->at(pointer);
    if (value && value->IsObject())
        for (auto const& member : value->GetObject()) names.emplace_back(member.name.GetString());
    return names;
}

Json& Json::set(std::string const& pointer, std::string const& json) {
    rapidjson::Document value(&impl_->document.GetAllocator());
    parse(value, json);
    rapidjson::Pointer(pointer.c_str(), pointer.size()).Set(impl_->document, value);
    return *this;
}

Json& Json::set_text(std::string const& pointer, std::string const& text) {
    return set(pointer, json_quote(text));
}

Json& Json::remove(std::string const& pointer) {
    rapidjson::Pointer(pointer.c_str(), pointer.size()).Erase(impl_->document);
    return *this;
}

std::string json_quote(std::string const& text) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer writer(buffer);
    writer.String(text.c_str(), static_cast<rapidjson::SizeType>(text.size()));
    return buffer.GetString();
}

std::string json_list(std::vector<std::string> const& texts) {
    std::string all;
    for (auto const& text : texts) all += (all.empty() ? "" : ",") + json_quote(text);
    return "[" + all + "]";
}

Report::Report(std::string const& output) : output_(output) {
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
        auto const at = line.find("{\""); // a file that /inside printed may lack its newline
        if (at != line.npos) lines_.emplace_back(line.substr(at));
    }
}

std::vector<Json> Report::all(std::string const& verb) const {
    std::vector<Json> found;
    for (auto const& line : lines_)
        if (line.has("/" + verb)) found.emplace_back(line.dump("/" + verb));
    return found;
}

Json Report::operator[](std::string const& verb) const {
    auto const found = all(verb);
    if (found.empty()) FAIL("/inside said nothing about \"" << verb << "\": " << output_);
    return found.empty() ? Json("null") : found.back();
}

} // namespace host
