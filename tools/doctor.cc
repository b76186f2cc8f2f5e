// SPDX-License-Identifier: Apache-2.0
// tools/doctor.cc - `davit doctor`.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/try.h"
#include "checks.h"
#include "columns.h"
#include "json/fields.h"
#include "json/json.h"
#include "log.h"
#include "output.h"
#include "verb.h"

namespace davit::cli {

namespace {

bool as_json;

constexpr Option doctor_options[] = {{"json", 0, "", "print it as JSON", &as_json}};

constexpr std::string_view words[] = {"ok", "note", "bad"};

std::string_view word(Verdict verdict) { return words[static_cast<int>(verdict)]; }

struct Checked {
    Check const* check;
    Finding finding;
};

struct CheckedLine {
    std::string name;
    std::string verdict;
    std::string found;
    std::string cost;
    std::string remedy;
};
struct CheckedHost {
    bool can_run = false;
    std::vector<CheckedLine> checks;
};

} // namespace
} // namespace davit::cli

namespace davit::json {
template <>
inline constexpr auto fields<cli::CheckedLine> = list({
    field<&cli::CheckedLine::name>("name", "of the check", Need::always),
    field<&cli::CheckedLine::verdict>("verdict", "\"ok\", \"note\" or \"bad\"", Need::always),
    field<&cli::CheckedLine::found>("found", "what there is", Need::always),
    field<&cli::CheckedLine::cost>("cost", "what doesn't work; empty for \"ok\"", Need::always),
    field<&cli::CheckedLine::remedy>("remedy", "what mends it; empty for \"ok\"", Need::always),
});
template <>
inline constexpr auto fields<cli::CheckedHost> = list({
    field<&cli::CheckedHost::can_run>("containers_can_run", "no check is \"bad\"", Need::always),
    field<&cli::CheckedHost::checks>("checks", "all", Need::always),
});
} // namespace davit::json

namespace davit::cli {
namespace {

std::string as_text(std::vector<Checked> const& results) {
    std::string text;
    auto const line = [&](std::string_view left, std::string_view name, std::string_view what) {
        text += std::string(left) + std::string(6 - left.size(), ' ') + std::string(name)
                + std::string(19 - std::min<std::size_t>(name.size(), 18), ' ') + std::string(what)
                + "\n";
    };
    for (auto const& [check, finding] : results) {
        line(word(finding.verdict), check->name, plain_message(finding.found));
        if (finding.verdict == Verdict::ok) continue;
        text += "        cost: " + std::string(check->cost) + "\n";
        if (*check->remedy != '\0') text += "        mend: " + std::string(check->remedy) + "\n";
    }
    return text;
}

std::string as_json_text(std::vector<Checked> const& results, bool can_run) {
    CheckedHost host{.can_run = can_run, .checks = {}};
    for (auto const& [check, finding] : results) {
        bool const fine = finding.verdict == Verdict::ok;
        host.checks.push_back({.name = check->name,
                               .verdict = std::string(word(finding.verdict)),
                               .found = printable(finding.found),
                               .cost = fine ? "" : check->cost,
                               .remedy = fine ? "" : check->remedy});
    }
    return json::write(host, json::spaces(2)) + '\n';
}

Result<int> run_doctor(Call const& call) {
    auto const root = TRY(root_directory(call.globals));
    auto const facts = look_at_host(root);
    std::vector<Checked> results;
    for (auto const& check : checks()) results.push_back({&check, check.look(facts)});
    bool const can_run = std::ranges::none_of(
        results, [](Checked const& result) { return result.finding.verdict == Verdict::bad; });
    auto const text =
        as_json ? as_json_text(results, can_run)
                : as_text(results)
                      + (can_run ? "\nContainers can run.\n" : "\nContainers can't run.\n");
    TRY(print(text));
    return can_run ? 0 : 1;
}

} // namespace

extern Verb const doctor_verb;
constinit Verb const doctor_verb = {
    .name = "doctor",
    .synopsis = "",
    .help = "check whether containers can run here, and what they can't have",
    .details =
        "Each line is a check: \"ok\", \"note\" where something can't be had, or \"bad\" where\n"
        "containers can't run at all; with what it costs, and the command that mends it.\n"
        "Nothing is changed. A user sees what is missing for that user.\n",
    .options = doctor_options,
    .shared_options = {},
    .run = run_doctor,
    .exit_status = "0 if containers can run, 1 if something is bad.\n",
    .examples = "davit doctor\n"
                "\n"
                "# only what isn't as it should be\n"
                "davit doctor --json | jq '.checks[] | select(.verdict != \"ok\")'\n",
    .see_also = "setup features",
};

} // namespace davit::cli
