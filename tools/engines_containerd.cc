// SPDX-License-Identifier: Apache-2.0
// tools/engines_containerd.cc - davit in /etc/containerd/config.toml, versions 2 (containerd 1.5 to
// 1.7, read by 2.x as well) and 3 (2.x).
#include "engines.h"

#include <algorithm>
#include <optional>

#include "base/result.h"
#include "base/toml.h"

namespace davit::cli {

namespace {

using Tables = std::vector<TomlTable>;

bool begins_with(TomlPath const& path, TomlPath const& prefix) {
    return path.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

TomlTable const* find(Tables const& tables, TomlPath const& path) {
    auto const found = std::ranges::find(tables, path, &TomlTable::path);
    return found == tables.end() ? nullptr : &*found;
}
TomlKey const* find(TomlTable const* table, std::string_view name) {
    if (table == nullptr) return nullptr;
    auto const found = std::ranges::find(table->keys, TomlPath{std::string(name)}, &TomlKey::path);
    return found == table->keys.end() ? nullptr : &*found;
}

std::unexpected<Error> by_hand(std::string const& why) {
    return fail(Kind::config, containerd_file, ": ", why,
                ": add what \"davit setup containerd\" prints by hand");
}

constexpr std::string_view plugin_1 = "io.containerd.grpc.v1.cri";

/// The plugin that knows runtimes, by the version of the file's form.
Result<std::string> plugin(Tables const& tables) {
    auto const* const version = find(&tables.front(), "version");
    if (version == nullptr)
        return by_hand("its form is version 1 (\"containerd config migrate\" prints a newer one)");
    if (version->value == "2") return std::string(plugin_1);
    if (version->value == "3") return std::string("io.containerd.cri.v1.runtime");
    return by_hand("its version " + std::string(version->value) + " is unknown to davit");
}

/// [plugins.'…'.containerd]
TomlPath base(std::string const& plugin) { return {"plugins", plugin, "containerd"}; }

TomlPath runtime(std::string const& plugin) {
    auto path = base(plugin);
    path.insert(path.end(), {"runtimes", "davit"});
    return path;
}

constexpr std::string_view own_type = "\"io.containerd.davit.v2\"";

// Names our shim by its type, or (containerd 2.x) as another shim of runc's type: containerd below
// 2.4 asks other types for no features, and then has no user namespaces for pods.
std::string sections(std::string const& plugin, Wish const& wish) {
    auto const name = "plugins.\"" + plugin + "\".containerd.runtimes.davit";
    auto const head = "\n[" + name + "]\n  runtime_type = ";
    if (!wish.shim.empty() && plugin == plugin_1) return head + std::string(own_type) + "\n";
    auto const text = head + "\"io.containerd.runc.v2\"\n";
    if (!wish.shim.empty()) return text + "  runtime_path = \"" + wish.shim + "\"\n";
    return text + "  [" + name + ".options]\n    BinaryName = \"" + wish.davit + "\"\n";
}

/// Whether the section has what `wish` asks for; if not, another author wrote it.
bool is_ours(Tables const& tables, TomlPath path, Wish const& wish) {
    auto const* const type = find(find(tables, path), "runtime_type");
    auto const* const shim = find(find(tables, path), "runtime_path");
    bool const is_own = type != nullptr && type->value == own_type;
    if (!wish.shim.empty())
        return is_own || (shim != nullptr && shim->value == '"' + wish.shim + '"');
    path.emplace_back("options");
    auto const* const binary = find(find(tables, path), "BinaryName");
    return !is_own && shim == nullptr && binary != nullptr
           && binary->value == '"' + wish.davit + '"';
}

/// Erases the table and one of the empty lines around it. Returns where it began.
std::size_t erase_table(std::string& text, std::size_t begin, std::size_t end) {
    bool const is_last = end == text.size(); // else `end` is behind the empty line that follows
    if (is_last && begin >= 2 && text[begin - 1] == '\n' && text[begin - 2] == '\n') --begin;
    text.erase(begin, end - begin);
    return begin;
}

bool is_blank(std::string_view text, std::size_t begin, std::size_t end) {
    return text.substr(begin, end - begin).find_first_not_of(" \t\r\n") == text.npos;
}

constexpr std::string_view default_name_line = "  default_runtime_name = \"davit\"\n";
/// Stands between our line and the author's, which --remove restores.
constexpr std::string_view before_us = " # before davit:";

std::string instead_of(std::string_view line) {
    if (line.find('\n') + 1 != line.size())
        return std::string(default_name_line); // no comment can hold that line
    std::string ours(default_name_line.substr(0, default_name_line.size() - 1));
    return ours.append(before_us).append(line);
}

/// The author's line, which ours has replaced; empty if there was none.
std::string before(std::string_view line) {
    auto const at = line.find(before_us);
    return std::string(at == line.npos ? "" : line.substr(at + before_us.size()));
}

std::string make_default(std::string text, Tables const& tables, std::string const& plugin) {
    auto const* const table = find(tables, base(plugin));
    if (table == nullptr)
        return text + "\n[plugins.\"" + plugin + "\".containerd]\n"
               + std::string(default_name_line);
    auto const* const key = find(table, "default_runtime_name");
    if (key != nullptr && key->value == "\"davit\"") return text;
    if (key != nullptr) {
        auto const ours = instead_of(text.substr(key->begin, key->end - key->begin));
        return text.replace(key->begin, key->end - key->begin, ours);
    }
    return text.insert(table->body, default_name_line);
}

} // namespace

Result<std::string> add_to_containerd(std::string const& old, Wish const& wish) {
    auto text = old.empty() ? std::string("version = 2\n") : old;
    if (!text.ends_with('\n')) text += '\n';
    auto tables = TRY(read_toml(text, containerd_file));
    auto const cri = plugin(tables);
    if (!cri) return cri;
    auto const path = runtime(*cri);
    for (auto const& table : tables)
        for (auto const& key : table.keys) {
            auto whole = table.path;
            whole.insert(whole.end(), key.path.begin(), key.path.end());
            bool const closed = key.value.starts_with('{') && begins_with(path, whole);
            if (closed) return by_hand("it has \"" + key.path.back() + "\" as an inline table");
        }
    if (find(tables, path) == nullptr) {
        text += sections(*cri, wish);
        tables = TRY(read_toml(text, containerd_file));
    } else if (!is_ours(tables, path, wish)) {
        return fail(Kind::exists, containerd_file,
                    ": has a runtime \"davit\" already, but of another "
                    "program: \"davit setup containerd --remove\" first");
    }
    return wish.by_default ? make_default(text, tables, *cri) : text;
}

Result<std::string> remove_from_containerd(std::string const& old) {
    auto text = old;
    auto const tables = TRY(read_toml(old, containerd_file));
    if (old.empty()) return text;
    auto const cri = plugin(tables);
    if (!cri) return cri;
    // Goes from the end, so that offsets stay true; the empty line behind a table may be gone
    // already.
    auto kept = text.size();
    for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
        auto const end = std::min(table->end, kept);
        if (begins_with(table->path, runtime(*cri))) {
            kept = erase_table(text, table->begin, end);
        } else if (table->path == base(*cri)) {
            auto const* const key = find(&*table, "default_runtime_name");
            if (key == nullptr || key->value != "\"davit\"") continue;
            auto const theirs = before(text.substr(key->begin, key->end - key->begin));
            text.replace(key->begin, key->end - key->begin, theirs);
            auto const rest = end - (key->end - key->begin);
            if (theirs.empty() && table->keys.size() == 1 && is_blank(text, table->body, rest))
                kept = erase_table(text, table->begin, rest);
        }
    }
    return text;
}

} // namespace davit::cli
