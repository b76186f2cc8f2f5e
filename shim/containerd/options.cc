// SPDX-License-Identifier: Apache-2.0
// shim/containerd/options.cc - what containerd's configuration says about this runtime.
#include "containerd/options.h"

#include <algorithm>

#include "base/result.h"
#include "base/toml.h"
#include "safe/whole_file.h"

namespace davit::shim::containerd {

namespace {

constexpr std::string_view default_root = "/run/containerd/davit";
constexpr std::size_t largest_file = 1 << 20;
constexpr std::size_t longest_shown = 100; ///< of a wrong value

/// The keys that containerd's configuration has for runc.
struct Key {
    std::string_view name;
    bool RuncOptions::* on = nullptr;
    std::string RuncOptions::* text = nullptr;
    std::uint32_t RuncOptions::* number = nullptr;
};
constexpr Key keys[] = {
    {.name = "NoPivotRoot", .on = &RuncOptions::no_pivot_root},
    {.name = "NoNewKeyring", .on = &RuncOptions::no_new_keyring},
    {.name = "ShimCgroup", .text = &RuncOptions::shim_cgroup},
    {.name = "IoUid", .number = &RuncOptions::io_uid},
    {.name = "IoGid", .number = &RuncOptions::io_gid},
    {.name = "BinaryName", .text = &RuncOptions::binary_name},
    {.name = "Root", .text = &RuncOptions::root},
    {.name = "SystemdCgroup", .on = &RuncOptions::systemd_cgroup},
    {.name = "CriuImagePath", .text = &RuncOptions::criu_image_path},
    {.name = "CriuWorkPath", .text = &RuncOptions::criu_work_path},
};

bool set(RuncOptions& options, Key const& key, std::string_view value) {
    if (key.on != nullptr) {
        options.*key.on = value == "true";
        return value == "true" || value == "false";
    }
    if (key.text != nullptr) {
        auto text = toml_text(value);
        options.*key.text = text.value_or("");
        return text.has_value();
    }
    auto const number = parse<std::uint32_t>(value);
    options.*key.number = number.value_or(0);
    return number.has_value();
}

std::string dotted(TomlPath const& path) {
    std::string words;
    for (auto const& part : path) words += (words.empty() ? "" : ".") + part;
    return words;
}

Result<> read_keys(Options& options, std::string_view text, std::string const& name) {
    auto const tables = TRY(read_toml(text, name));
    // Only what stands before the first header: in a table, the same keys mean something else.
    for (auto const& written : tables.front().keys) {
        auto const* const key = std::ranges::find(keys, written.path.back(), &Key::name);
        if (key == std::end(keys) || written.path.size() > 1)
            options.warnings.push_back(name + ": unknown option " + quoted(dotted(written.path)));
        else if (!set(options.runc, *key, written.value))
            return fail(Kind::config, name, ": wrong value of ", key->name, ": ",
                        quoted(written.value.substr(0, longest_shown)));
    }
    return {};
}

Result<> read_generic(Options& options, RuntimeOptions const& generic) {
    if (!generic.config_body.empty())
        return read_keys(options, generic.config_body, "runtime options");
    if (generic.config_path.empty()) return {};
    auto const text = TRY(safe::read_file(generic.config_path, largest_file));
    return read_keys(options, text, quoted(generic.config_path));
}

/// Many configurations of containerd name runc here, and mean no other runtime by it.
bool is_expected(std::string_view binary) {
    auto const name = binary.substr(binary.rfind('/') + 1); // npos + 1 is 0
    return name.empty() || name == "runc" || name == "davit";
}

template <class M>
Result<M> decode(Any const& any) {
    auto message = wire::decode<M>(any.value);
    if (message) return std::move(*message);
    return fail(Kind::config, "options ", quoted(any.type_url), ": ", message.error().message);
}

} // namespace

Result<Options> read_options(std::optional<Any> const& any) {
    Options options;
    if (!any || any->type_url.empty()) return options;
    if (any->message_name() == RuncOptions::type_name) {
        options.runc = TRY(decode<RuncOptions>(*any));
    } else if (any->message_name().ends_with(RuntimeOptions::type_name)) { // 1.6: cri.runtime…
        auto const generic = TRY(decode<RuntimeOptions>(*any));
        TRY(read_generic(options, generic));
    } else {
        return fail(Kind::config, "unsupported option type ", quoted(any->type_url));
    }
    if (!is_expected(options.runc.binary_name))
        options.warnings.push_back("BinaryName " + quoted(options.runc.binary_name)
                                   + " is ignored: this shim runs no program, it is the runtime");
    if (!options.runc.root.empty() && !options.runc.root.starts_with('/'))
        return fail(Kind::config, "option Root: expected an absolute path, found ",
                    quoted(options.runc.root));
    return options;
}

std::string state_root(RuncOptions const& options, std::string_view name_space) {
    auto root = options.root.empty() ? std::string(default_root) : options.root;
    return (root += '/') += name_space;
}

} // namespace davit::shim::containerd
