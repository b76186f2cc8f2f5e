// SPDX-License-Identifier: Apache-2.0
// parts/sysctl/plan.cc - which sysctls a container may set: those of its own namespaces.
//
// Runs in: parent, pure. config-linux.md#sysctl, namespaces(7). Any other key would change the
// whole host: /proc/sys/kernel/core_pattern is a program that the host's root runs.
#include "parts/sysctl/plan.h"

#include <algorithm>
#include <set>

#include "json/names.h"
#include "json/path.h"
#include "spec/names.h"

namespace davit::sysctl {

namespace {

using spec::NamespaceType;

struct Row {
    std::string_view path; ///< ends with '/': everything below
    NamespaceType type;
};
// Whole names if only some of a directory's sysctls belong to a namespace: a later kernel may add
// one of the host's (kernel.pid_max was, until Linux 6.14).
constexpr Row rows[] = {
    {"fs/mqueue/", NamespaceType::ipc},
    {"kernel/auto_msgmni", NamespaceType::ipc},
    {"kernel/msg_next_id", NamespaceType::ipc},
    {"kernel/msgmax", NamespaceType::ipc},
    {"kernel/msgmnb", NamespaceType::ipc},
    {"kernel/msgmni", NamespaceType::ipc},
    {"kernel/sem", NamespaceType::ipc},
    {"kernel/sem_next_id", NamespaceType::ipc},
    {"kernel/shm_next_id", NamespaceType::ipc},
    {"kernel/shm_rmid_forced", NamespaceType::ipc},
    {"kernel/shmall", NamespaceType::ipc},
    {"kernel/shmmax", NamespaceType::ipc},
    {"kernel/shmmni", NamespaceType::ipc},
    {"kernel/domainname", NamespaceType::uts},
    // In net/ the kernel shows a namespace only its own.
    {"net/", NamespaceType::network},
    {"user/", NamespaceType::user},
};

template <class... Parts>
std::unexpected<Error> refuse(std::string const& key, Parts const&... why) {
    constexpr json::Path linux_at{"linux"};
    json::Path const at{linux_at, "sysctl"};
    return fail(Kind::config, "config.json: ", json::Path(at, key).pointer(), ": ", why...);
}

Result<> check(std::string const& key, std::string_view path, spec::Linux const& linux) {
    if (path == "kernel/hostname") return refuse(key, "use /hostname instead");
    auto const type = namespace_of(path);
    if (!type) return refuse(key, "is no namespace's own: it would be set for the whole host");
    if (std::ranges::none_of(linux.namespaces, [&](auto const& n) { return n.type == *type; }))
        return refuse(key,
                      "needs a namespace of its own in /linux/namespaces: ", json::name_of(*type));
    return {};
}

} // namespace

std::string path_of(std::string_view key) {
    std::string path(key);
    auto const first = key.find_first_of("./");
    if (first != key.npos && key[first] == '.')
        for (auto& c : path) c = c == '.' ? '/' : c == '/' ? '.' : c;
    return path;
}

std::optional<NamespaceType> namespace_of(std::string_view path) {
    for (auto const& row : rows)
        if (row.path.ends_with('/') ? path.starts_with(row.path) : path == row.path)
            return row.type;
    return {};
}

Result<InitPlan> plan(spec::Linux const& linux, plan::Builder& builder) {
    std::vector<Setting> settings;
    std::set<std::string> seen;
    for (auto const& [key, value] : linux.sysctl) {
        auto const path = path_of(key);
        TRY(check(key, path, linux));
        if (!seen.insert(path).second) return refuse(key, "is there twice, with '.' and with '/'");
        // The kernel ignores an empty write: adds a newline, as sysctl(8) always does.
        settings.push_back({builder.text(key), builder.text("sys/" + path),
                            builder.text(value.empty() ? "\n" : value)});
    }
    return InitPlan{builder.list(settings)};
}

void print(InitPlan const& inside, plan::View view, std::string& out) {
    for (auto const& setting : view.list(inside.settings))
        out += text("sysctl ", quoted(view.text(setting.path)), " = ",
                    quoted(view.text(setting.value)), "\n");
}

} // namespace davit::sysctl
