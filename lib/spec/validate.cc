// SPDX-License-Identifier: Apache-2.0
// spec/validate.cc - the rules of config.md that have no section of their own. Runs in: parent.
#include <algorithm>

#include "davit/config.h"
#include "spec/rules.h"

namespace davit {
namespace spec {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_digits(std::string_view s) { return !s.empty() && std::ranges::all_of(s, is_digit); }

// Semantic Versioning 2.0.0, 9 and 10: identifiers between dots.
bool are_identifiers(std::string_view s, bool may_begin_with_zero) {
    for (std::size_t start = 0; start <= s.size();) {
        auto const end = std::min(s.find('.', start), s.size());
        auto const one = s.substr(start, end - start);
        auto const is_allowed = [](char c) {
            return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        };
        if (one.empty() || !std::ranges::all_of(one, is_allowed)) return false;
        if (!may_begin_with_zero && one.size() > 1 && one[0] == '0' && is_digits(one)) return false;
        start = end + 1;
    }
    return true;
}

// MAJOR.MINOR.PATCH[-pre.release][+build]: the major number's text, or nothing.
std::string_view major_of(std::string_view version) {
    auto core = version;
    if (auto const plus = core.find('+'); plus != core.npos) {
        if (!are_identifiers(core.substr(plus + 1), true)) return {};
        core = core.substr(0, plus);
    }
    if (auto const dash = core.find('-'); dash != core.npos) {
        if (!are_identifiers(core.substr(dash + 1), false)) return {};
        core = core.substr(0, dash);
    }
    auto const numbers = split(core, '.');
    auto const is_number = [](auto n) { return is_digits(n) && (n.size() == 1 || n[0] != '0'); };
    return numbers.size() == 3 && std::ranges::all_of(numbers, is_number) ? numbers[0] : "";
}

} // namespace
} // namespace spec

Result<> validate(spec::Config const& config) {
    using namespace spec;
    // config.md#specification-version. Majors are incompatible with each other.
    auto const major = major_of(config.oci_version);
    if (major.empty())
        return wrong("ociVersion", "must be a version like \"1.3.0\"", config.oci_version);
    if (major != "1")
        return wrong("ociVersion", "must be 1.x.y, the only major version that davit knows",
                     config.oci_version);

    // config.md#root: REQUIRED on Linux.
    Path const root{"root"};
    if (config.root.path.empty()) return wrong({root, "path"}, "must not be empty");

    if (config.process) TRY(validate_process(*config.process, "process"));
    TRY(validate_mounts(config));
    TRY(validate_hooks(config.hooks));

    // config.md#hostname: of the UTS namespace. Without a namespace of its own the container would
    // rename the host.
    constexpr std::size_t longest_name = 64; // __NEW_UTS_LEN
    for (auto const& [member, name] :
         {std::pair{"hostname", &config.hostname}, std::pair{"domainname", &config.domainname}}) {
        if (name->empty()) continue;
        if (!has_namespace(config.linux, NamespaceType::uts))
            return wrong(member, "needs a uts namespace in /linux/namespaces");
        if (name->size() > longest_name) return wrong(member, "must have at most 64 bytes", *name);
    }

    // config.md#annotations: keys MUST NOT be an empty string.
    if (config.annotations.contains("")) return wrong("annotations", "must not have an empty key");

    return validate_linux(config.linux);
}

} // namespace davit
