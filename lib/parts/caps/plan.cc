// SPDX-License-Identifier: Apache-2.0
// parts/caps/plan.cc - capability names, and the sets of config.json. Runs in: parent, pure.
// cap_from_name(3), cap_to_name(3).
#include "parts/caps/plan.h"

#include <sys/capability.h>

#include <algorithm>
#include <memory>

#include "base/text.h"

namespace davit::caps {

namespace {

/// libcap also takes numbers, small letters and text after the name; config.json may not.
bool has_the_form(std::string_view name) {
    return name.starts_with("CAP_")
           && std::ranges::all_of(name, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

/// Docker's and Podman's options take names without the prefix, and in small letters: such a name
/// may be meant.
std::string meant(std::string_view name) {
    std::string full = name.starts_with("CAP_") || name.starts_with("cap_") ? "" : "CAP_";
    for (char const c : name) full += c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
    return number(full) ? text(" (it is ", quoted(full), ")") : "";
}

std::uint64_t set_of(spec::Texts const& wanted, std::string_view which, std::uint64_t grantable,
                     std::vector<std::string>& warnings) {
    std::uint64_t set = 0;
    for (auto const& name : wanted) {
        auto const n = number(name);
        if (n && grantable >> *n & 1)
            set |= std::uint64_t{1} << *n;
        else
            warnings.push_back(text("config.json: /process/capabilities/", which, ": ",
                                    n ? "" : "unknown capability ", quoted(name),
                                    n ? " can't be granted: davit hasn't got it" : " ignored",
                                    n ? "" : meant(name)));
    }
    return set;
}

} // namespace

std::optional<unsigned> number(std::string const& name) {
    cap_value_t number = 0;
    if (!has_the_form(name) || ::cap_from_name(name.c_str(), &number) != 0) return {};
    return static_cast<unsigned>(number);
}

std::string name(unsigned number) {
    if (number > CAP_LAST_CAP) return {}; // here libcap would return the number
    std::unique_ptr<char, decltype(&::cap_free)> const theirs(
        ::cap_to_name(static_cast<cap_value_t>(number)), ::cap_free);
    if (!theirs) return {};
    std::string name(theirs.get());
    for (auto& c : name)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return name;
}

InitPlan plan(spec::Config const& config, std::uint64_t grantable,
              std::vector<std::string>& warnings) {
    InitPlan sets;
    if (!config.process || !config.process->capabilities) return sets;
    auto const& wanted = *config.process->capabilities;
    sets.bounding = set_of(wanted.bounding, "bounding", grantable, warnings);
    sets.effective = set_of(wanted.effective, "effective", grantable, warnings);
    sets.inheritable = set_of(wanted.inheritable, "inheritable", grantable, warnings);
    sets.permitted = set_of(wanted.permitted, "permitted", grantable, warnings);
    auto const ambient = set_of(wanted.ambient, "ambient", grantable, warnings);
    sets.ambient = ambient & sets.inheritable & sets.permitted;
    for (auto const& name : wanted.ambient)
        if (auto const n = number(name); n && (ambient & ~sets.ambient) >> *n & 1)
            warnings.push_back(text("config.json: /process/capabilities/ambient: ", name,
                                    " is left out: it must be inheritable and permitted as well"));
    return sets;
}

} // namespace davit::caps
