// SPDX-License-Identifier: Apache-2.0
// tools/engines_docker.cc - davit in /etc/docker/daemon.json.
#include "base/result.h"
#include "engines.h"
#include "json_place.h"

namespace davit::cli {

namespace {

constexpr std::string_view davit_text = "\"davit\"";

std::string_view value_of(std::string const& text, JsonMember const& member) {
    return std::string_view(text).substr(member.value, member.end - member.value);
}

/// Parses the file. To be called again after each change, which moves all that follows it.
Result<JsonObject> read(std::string const& text) {
    auto object = read_json_object(text, docker_file);
    if (!object)
        object.error().story += ": repair it, or add what \"davit setup docker\" prints by hand";
    return object;
}
Result<JsonObject> read_value(std::string const& text, JsonMember const& member) {
    if (text[member.value] != '{')
        return fail(Kind::config, docker_file, ": /", member.name, ": expected an object");
    return read_json_object(text, docker_file, member.value, false);
}

std::string entry(std::string const& davit) {
    return "\"davit\": {\n      \"path\": \"" + davit + "\"\n    }";
}

Result<std::string> add_runtime(std::string const& text, Wish const& wish) {
    auto const top = TRY(read(text));
    auto const* const member = top.find("runtimes");
    if (member == nullptr)
        return with_member(text, top, "\"runtimes\": {\n    " + entry(wish.davit) + "\n  }");
    auto const runtimes = TRY(read_value(text, *member));
    auto const* const davit = runtimes.find("davit");
    if (davit == nullptr) return with_member(text, runtimes, entry(wish.davit));
    auto const now = TRY(read_value(text, *davit));
    auto const* const path = now.find("path");
    if (path == nullptr || value_of(text, *path) != quoted(wish.davit))
        return fail(Kind::exists, docker_file,
                    ": has a runtime \"davit\" already, but of another "
                    "program: \"davit setup docker --remove\" first");
    return text;
}

Result<std::string> make_default(std::string text) {
    auto const top = TRY(read(text));
    auto const* const now = top.find("default-runtime");
    if (now == nullptr) return with_member(std::move(text), top, "\"default-runtime\": \"davit\"");
    return text.replace(now->value, now->end - now->value, davit_text);
}

} // namespace

Result<std::string> add_to_docker(std::string const& old, Wish const& wish) {
    bool const empty = old.find_first_not_of(" \t\r\n") == old.npos;
    auto text =
        empty ? Result<std::string>("{\n  \"runtimes\": {\n    " + entry(wish.davit) + "\n  }\n}\n")
              : add_runtime(old, wish);
    if (!text || !wish.by_default) return text;
    return make_default(std::move(*text));
}

Result<std::string> remove_from_docker(std::string const& old) {
    if (old.find_first_not_of(" \t\r\n") == old.npos) return old;
    auto text = old;
    auto top = TRY(read(text));
    if (auto const* const now = top.find("default-runtime");
        now != nullptr && value_of(text, *now) == davit_text) {
        text = without_member(std::move(text), top, *now);
        top = TRY(read(text));
    }
    auto const* const member = top.find("runtimes");
    if (member == nullptr) return text;
    auto const runtimes = TRY(read_value(text, *member));
    auto const* const davit = runtimes.find("davit");
    if (davit == nullptr) return text;
    bool const alone = runtimes.members.size() == 1;
    if (alone && top.members.size() == 1) return std::string(); // the file had only davit
    return alone ? without_member(std::move(text), top, *member)
                 : without_member(std::move(text), runtimes, *davit);
}

} // namespace davit::cli
