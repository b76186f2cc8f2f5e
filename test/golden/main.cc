// SPDX-License-Identifier: Apache-2.0
// test/golden/main.cc - config.json + facts.json → plan.txt: what davit would do, as text.
//
// golden [--update] DIRECTORY [CASE…]. A case is a directory with config.json and
//   facts.json   the host: its cgroups; absent: ../facts/unified.json
//   exec.json    absent, or the container that config.json's process is added to
// choices.json what the caller of create decides; absent: nothing
//   plan.txt     the plan as `davit explain` prints it, or error.txt: why there is none
// --update writes the last two anew; read the difference before you commit it.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "davit/config.h"
#include "json/fields.h"
#include "json/json.h"
#include "plan/exec.h"
#include "plan/plan.h"
#include "spec/names.h"

namespace davit::golden {

/// facts.json.
struct Facts {
    std::vector<cgroup::Hierarchy> cgroups;
    bool apparmor = false;
    bool selinux = false;
    std::string systemd_group; ///< below which systemd keeps its units
    bool user_systemd = false;
};

/// exec.json.
struct Container {
    std::vector<spec::NamespaceType> namespaces;
    bool by_chroot = false;
    std::int32_t keyring = 0;
};

/// choices.json.
struct Wanted {
    std::string id = "box";
    std::string bundle = "/bundle";
    std::string cgroup_manager = "cgroupfs";
    bool no_pivot = false;
    bool no_new_keyring = false;
    std::uint32_t preserve_fds = 0;
};

} // namespace davit::golden

namespace davit::json {

template <>
inline constexpr auto fields<cgroup::Hierarchy> = list({
    field<&cgroup::Hierarchy::controllers>("controllers", "a named one of v1: \"name=systemd\""),
    field<&cgroup::Hierarchy::mount>("mount", "where it is mounted", Need::required),
    field<&cgroup::Hierarchy::own>("own", "the caller's group", Need::required),
    field<&cgroup::Hierarchy::v2>("v2", "a cgroup2 hierarchy"),
});

template <>
inline constexpr auto fields<golden::Facts> = list({
    field<&golden::Facts::cgroups>("cgroups", "all hierarchies that are mounted"),
    field<&golden::Facts::apparmor>("apparmor", "enabled"),
    field<&golden::Facts::selinux>("selinux", "enabled"),
    field<&golden::Facts::systemd_group>("systemdGroup", "below which its units are"),
    field<&golden::Facts::user_systemd>("userSystemd", "it is a user's"),
});

template <>
inline constexpr auto fields<golden::Container> = list({
    field<&golden::Container::namespaces>("namespaces", "those that aren't the caller's"),
    field<&golden::Container::by_chroot>("byChroot", "its root is no mount namespace's"),
    field<&golden::Container::keyring>("keyring", "serial number"),
});

template <>
inline constexpr auto fields<golden::Wanted> = list({
    field<&golden::Wanted::id>("id", "the container's"),
    field<&golden::Wanted::bundle>("bundle", "absolute"),
    field<&golden::Wanted::cgroup_manager>("cgroupManager", "--cgroup-manager"),
    field<&golden::Wanted::no_pivot>("noPivot", "--no-pivot"),
    field<&golden::Wanted::no_new_keyring>("noNewKeyring", "--no-new-keyring"),
    field<&golden::Wanted::preserve_fds>("preserveFds", "--preserve-fds"),
});

} // namespace davit::json

namespace davit::golden {

namespace {

namespace fs = std::filesystem;

std::optional<std::string> content(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return {};
    return std::string(std::istreambuf_iterator<char>(in), {});
}

template <class T>
Result<T> document(fs::path const& path, std::optional<std::string> const& text) {
    if (!text) return fail(Kind::config, path.string(), ": no such file");
    return json::read<T>(*text, path.filename().string());
}

/// As read_layout() sees them.
cgroup::Layout layout_of(std::vector<cgroup::Hierarchy> hierarchies) {
    using enum cgroup::Mode;
    bool const v2 = std::ranges::any_of(hierarchies, &cgroup::Hierarchy::v2);
    bool const v1 = !std::ranges::all_of(hierarchies, &cgroup::Hierarchy::v2);
    return {v1 && v2 ? hybrid : v1 ? legacy : v2 ? unified : none, std::move(hierarchies)};
}

struct Outcome {
    char const* file; ///< plan.txt or error.txt
    std::string text;
};

Result<std::string> added(spec::Config const& config, lsm::Facts const& lsm, Wanted const& wanted,
                          Container const& container) {
    plan::ExecFacts facts{
        .lsm = lsm, .by_chroot = container.by_chroot, .keyring = container.keyring};
    for (auto const type : container.namespaces)
        facts.namespaces |= static_cast<std::uint64_t>(type);
    auto const plan = TRY(plan::compile_exec(config, wanted.id, wanted.preserve_fds, facts));
    auto const again = TRY(plan::compile_exec(config, wanted.id, wanted.preserve_fds, facts));
    if (plan.plan.inside != again.plan.inside)
        return fail(Kind::internal, "compile_exec() isn't pure");
    return plan::print(plan);
}

/// An Error is a mistake in the case itself, not in davit.
Result<Outcome> outcome_of(fs::path const& directory) {
    auto facts_path = directory / "facts.json";
    if (!fs::exists(facts_path)) facts_path = directory.parent_path() / "facts" / "unified.json";
    auto read = TRY(document<Facts>(facts_path, content(facts_path)));
    plan::HostFacts facts{layout_of(std::move(read.cgroups)), {read.apparmor, read.selinux}};
    facts.systemd = {read.user_systemd, read.systemd_group};
    Wanted wanted;
    if (auto const text = content(directory / "choices.json"))
        wanted = TRY(document<Wanted>("choices.json", text));
    auto const config_text = content(directory / "config.json");
    if (!config_text) return fail(Kind::config, "config.json: no such file");

    std::optional<Container> container;
    if (auto const text = content(directory / "exec.json"))
        container = TRY(document<Container>("exec.json", text));

    auto const planned = [&]() -> Result<std::string> {
        auto const config = TRY(parse_config(*config_text, "config.json"));
        if (container) return added(config, facts.lsm, wanted, *container);
        plan::Choices choices;
        choices.id = wanted.id;
        choices.bundle = wanted.bundle;
        if (wanted.cgroup_manager == "systemd") choices.cgroup_driver = CgroupDriver::systemd;
        if (wanted.cgroup_manager == "disabled") choices.cgroup_driver = CgroupDriver::none;
        choices.no_pivot = wanted.no_pivot;
        choices.no_new_keyring = wanted.no_new_keyring;
        choices.preserve_fds = wanted.preserve_fds;
        auto const plan = TRY(plan::compile(config, facts, choices));
        auto const again = TRY(plan::compile(config, facts, choices));
        if (plan.inside != again.inside) return fail(Kind::internal, "compile() isn't pure");
        return plan::print(plan);
    }();
    if (planned) return Outcome{"plan.txt", *planned};
    return Outcome{"error.txt", planned.error().story + "\n"};
}

/// The first line that differs.
std::string difference(std::string_view expected, std::string_view got) {
    auto const a = split(expected, '\n'), b = split(got, '\n');
    auto const line = [](auto const& lines, std::size_t i) {
        return i < lines.size() ? std::string(lines[i]) : std::string("(the end)");
    };
    std::size_t i = 0;
    while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
    return text("line ", i + 1, "\n    expected  ", line(a, i), "\n    got       ", line(b, i));
}

bool run(fs::path const& directory, bool update) {
    auto const name = directory.filename().string();
    auto const complain = [&](std::string const& story) {
        std::printf("FAILED %s: %s\n", name.c_str(), story.c_str());
        return false;
    };
    auto const outcome = outcome_of(directory);
    if (!outcome) return complain(outcome.error().story);
    auto const* const other =
        std::string_view(outcome->file) == "plan.txt" ? "error.txt" : "plan.txt";
    if (update) {
        fs::remove(directory / other);
        std::ofstream(directory / outcome->file, std::ios::binary) << outcome->text;
        return true;
    }
    auto const expected = content(directory / outcome->file);
    if (!expected)
        return complain(text("expected ", other, ", got ", outcome->file, ":\n", outcome->text));
    if (*expected != outcome->text)
        return complain(text(outcome->file, " ", difference(*expected, outcome->text)));
    return true;
}

int run_all(fs::path const& directory, std::vector<std::string> cases, bool update) {
    if (cases.empty())
        for (auto const& entry : fs::directory_iterator(directory))
            if (fs::exists(entry.path() / "config.json"))
                cases.push_back(entry.path().filename().string());
    std::ranges::sort(cases);
    int passed = 0, failed = 0;
    for (auto const& name : cases) (run(directory / name, update) ? passed : failed)++;
    std::printf("golden: %d passed, %d failed, 0 skipped\n", passed, failed);
    return failed || cases.empty() ? 1 : 0;
}

} // namespace

} // namespace davit::golden

int main(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    bool const update = std::erase(words, "--update") > 0;
    if (words.empty()) {
        std::fputs("usage: golden [--update] DIRECTORY [CASE...]\n", stderr);
        return 2;
    }
    return davit::golden::run_all(words[0], {words.begin() + 1, words.end()}, update);
}
