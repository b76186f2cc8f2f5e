// SPDX-License-Identifier: Apache-2.0
// parts/rdt/plan.cc - which resctrl group, and the lines of its schemata. Runs in: parent, pure.
// config-linux.md#intelrdt.
#include <algorithm>
#include <map>

#include "parts/rdt/rdt.h"

namespace davit::rdt {

namespace {

constexpr std::string_view pointer = "/linux/intelRdt/";
constexpr std::string_view schemata_pointer = "/linux/intelRdt/schemata/";

/// Without the spaces that the kernel allows around the words of a line.
std::string_view trimmed(std::string_view s) {
    constexpr std::string_view blanks = " \t\n";
    auto const begin = std::min(s.find_first_not_of(blanks), s.size());
    return s.substr(begin, s.find_last_not_of(blanks) + 1 - begin);
}

/// Makes "0x00FF" and "ff" equal.
std::string plain(std::string_view number) {
    number = trimmed(number);
    if (number.starts_with("0x")) number.remove_prefix(2);
    while (number.size() > 1 && number[0] == '0') number.remove_prefix(1);
    std::string out(number);
    for (auto& c : out)
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c + ('a' - 'A'));
    return out;
}

/// "L3:0=7f0;1=1f": a resource, and a value for each of its domains.
struct Schema {
    std::string_view resource;
    std::map<std::string, std::string> domains;
};

Schema parse_line(std::string_view line) {
    auto const colon = std::min(line.find(':'), line.size());
    Schema schema{trimmed(line.substr(0, colon)), {}};
    line.remove_prefix(std::min(colon + 1, line.size()));
    for (auto const domain : split(line, ';')) {
        auto const equals = std::min(domain.find('='), domain.size());
        schema.domains[plain(domain.substr(0, equals))] =
            plain(domain.substr(std::min(equals + 1, domain.size())));
    }
    return schema;
}

void add_lines(std::vector<Line>& lines, std::string_view text, std::string_view member) {
    for (auto const line : split(text, '\n'))
        if (!trimmed(line).empty())
            lines.push_back({std::string(line), std::string(pointer).append(member), false});
}

} // namespace

bool has_line(std::string_view schemata, std::string_view line) {
    auto const wanted = parse_line(line);
    return std::ranges::any_of(split(schemata, '\n'), [&](auto const there) {
        auto const found = parse_line(there);
        return found.resource == wanted.resource && !wanted.domains.empty()
               && std::ranges::all_of(wanted.domains, [&](auto const& domain) {
                      auto const at = found.domains.find(domain.first);
                      return at != found.domains.end() && at->second == domain.second;
                  });
    });
}

std::vector<Line> lines_of(spec::IntelRdt const& rdt) {
    std::vector<Line> lines;
    // "MUST write l3CacheSchema first and memBwSchema last", and "schemata … written last, after"
    add_lines(lines, rdt.l3_cache_schema, "l3CacheSchema");
    add_lines(lines, rdt.mem_bw_schema, "memBwSchema");
    for (std::size_t i = 0; i < rdt.schemata.size(); ++i)
        lines.push_back({rdt.schemata[i], text(schemata_pointer, i), false});
    return lines;
}

std::optional<Plan> plan(spec::Config const& config, std::string_view id) {
    if (!config.linux.intel_rdt) return {};
    auto const& rdt = *config.linux.intel_rdt;
    Plan plan;
    plan.lines = lines_of(rdt);
    for (auto& line : plan.lines) line.is_compared = !line.pointer.starts_with(schemata_pointer);
    if (rdt.clos_id.empty()) {
        plan.group = id;
    } else {
        if (rdt.clos_id != "/") plan.group = rdt.clos_id;
        plan.presence = plan.lines.empty() ? Presence::set_up : Presence::any;
    }
    if (rdt.enable_monitoring) plan.monitor = id;
    return plan;
}

void print(Plan const& plan, std::string& out) {
    out += text("resctrl group ", plan.group.empty() ? "of the host" : quoted(plan.group),
                plan.presence == Presence::ours     ? ", new"
                : plan.group.empty()                ? ""
                : plan.presence == Presence::set_up ? ", which has to be there"
                                                    : ", made if missing",
                "\n");
    for (auto const& line : plan.lines) out += text("resctrl schema ", quoted(line.text), "\n");
    if (!plan.monitor.empty()) out += text("resctrl monitoring group ", quoted(plan.monitor), "\n");
}

} // namespace davit::rdt
