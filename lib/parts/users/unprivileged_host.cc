// SPDX-License-Identifier: Apache-2.0
// parts/users/unprivileged_host.cc - user namespaces of callers that are not the host's root.
//
// Runs in: parent. user_namespaces(7), subuid(5), newuidmap(1). newuidmap and newgidmap are setuid,
// and decide by /etc/subuid and /etc/subgid; davit passes them only numbers. The pid stays the
// child's: no process has reaped it yet.
#include "parts/users/unprivileged_host.h"

#include <cstring>
#include <vector>

#include "base/text.h"
#include "parts/caps/host.h"
#include "safe/host_procfs.h"
#include "safe/program.h"
#include "sys/file.h"
#include "sys/process.h"

namespace davit::users {

namespace {

/// Where distributions put setuid programs. Not PATH: the caller may have set it.
constexpr std::string_view directories[] = {"/usr/bin", "/bin", "/usr/local/bin",
                                            "/run/wrappers/bin"};
constexpr std::uint64_t patience = 30; // seconds: the lookup of a user may ask a server

struct MappingTool {
    std::string_view file, program, grants, member;
};
constexpr MappingTool granters[] = {
    {"uid_map", "newuidmap", "/etc/subuid", "uidMappings"},
    {"gid_map", "newgidmap", "/etc/subgid", "gidMappings"},
};

/// The words of the mappings "inside outside count", each on a line.
std::vector<std::string> words_of(std::string const& lines) {
    std::vector<std::string> words;
    for (auto const line : split(lines, '\n'))
        for (auto const word : split(line, ' '))
            if (!word.empty()) words.emplace_back(word);
    return words;
}

std::string find_program(std::string_view name) {
    for (auto const directory : directories)
        if (auto path = text(directory, "/", name);
            sys::faccessat2(sys::cwd, path.c_str(), X_OK, 0))
            return path;
    return {};
}

/// A program's message is its last line, without its own name.
std::string said(safe::Ending const& ending) {
    auto const words = stripped({ending.words, strnlen(ending.words, sizeof ending.words)});
    return words.empty() ? std::string() : ": " + quoted(words.substr(words.rfind('\n') + 1));
}

Result<> run(MappingTool const& granter, int pid, std::vector<std::string> const& words) {
    auto const who = text("user ", sys::getuid());
    auto const path = find_program(granter.program);
    if (path.empty())
        return fail(Kind::denied, granter.member, ": ", who,
                    " may map only its own id, and those that ", granter.grants,
                    " grants by way of ", granter.program,
                    " (package uidmap), which isn't installed");
    auto const number = text(pid);
    std::vector<char const*> argv = {granter.program.data(), number.c_str()};
    for (auto const& word : words) argv.push_back(word.c_str());
    argv.push_back(nullptr);
    char const* const envp[] = {nullptr};
    auto const input = TRY(context(safe::make_input({}), "make an empty standard input"));
    auto const ending = safe::run({.path = path.c_str(),
                                   .argv = argv.data(),
                                   .envp = envp,
                                   .input = input.number(),
                                   .directory = "/",
                                   .timeout = patience});
    if (ending.well()) return {};
    auto const how = ending.how == safe::How::not_run  ? "can't be executed"
                     : ending.how == safe::How::exited ? "refuses"
                     : ending.how == safe::How::late   ? "has not ended in time"
                                                       : "has not ended well";
    return fail(Kind::denied, granter.member, ": ", path, " ", how, said(ending), ": does ",
                granter.grants, " grant these ids to ", who, "?", why_forbidden());
}

/// A user that may not map other gids may map its own, if no process can leave a group from then
/// on: files that are closed to a group would open to a process that has left it.
/// [user_namespaces(7)]
Result<> write_own_gid(safe::Procfs const& proc, int pid, std::string const& lines) {
    auto const setgroups = TRY(context(proc.open_file(pid, "setgroups", O_WRONLY),
                                       "gidMappings: open setgroups of process ", pid));
    TRY(context(sys::write_once(setgroups.number(), "deny", 4),
                "gidMappings: write \"deny\" to setgroups"));
    auto const map = TRY(context(proc.open_file(pid, "gid_map", O_WRONLY), "open gid_map"));
    auto const written = sys::write_once(map.number(), lines.data(), lines.size());
    if (written) return {};
    return fail_errno(written.error(), "gidMappings: write gid_map", why_forbidden());
}

} // namespace

Result<> write_as_granted(safe::Procfs const& proc, int pid, std::string_view file,
                          std::string const& lines) {
    auto const& granter = granters[file == granters[0].file ? 0 : 1];
    auto const words = words_of(lines);
    auto const own = text(file == "gid_map" ? sys::getegid() : sys::geteuid());
    bool const is_own = words.size() == 3 && words[1] == own && words[2] == "1";
    if (is_own && file == "gid_map") return write_own_gid(proc, pid, lines);
    return run(granter, pid, words);
}

bool is_hosts_root() {
    if (sys::geteuid() != 0) return false;
    auto const file = sys::openat(sys::cwd, "/proc/self/uid_map", O_RDONLY);
    if (!file) return file.error() == Errno{ENOENT}; // a kernel without user namespaces
    char map[64] = {};
    if (!sys::read(file->number(), map, sizeof map - 1)) return false;
    return words_of(map) == std::vector<std::string>{"0", "0", "4294967295"};
}

bool keeps_groups() {
    auto const ours = caps::own();
    if (!ours) return false;
    if (!(ours->effective >> CAP_SETGID & 1)) return true;
    auto const file = sys::openat(sys::cwd, "/proc/self/setgroups", O_RDONLY);
    char word[8] = {};
    return file && sys::read(file->number(), word, sizeof word - 1)
           && std::string_view(word).starts_with("deny");
}

std::string why_forbidden() {
    struct Sysctl {
        char const* name;
        char const* file;
        char forbids;
    };
    constexpr Sysctl sysctls[] = {
        {"user.max_user_namespaces", "/proc/sys/user/max_user_namespaces", '0'},
        {"kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone", '0'},
        {"kernel.apparmor_restrict_unprivileged_userns",
         "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1'},
    };
    for (auto const& sysctl : sysctls) {
        auto const file = sys::openat(sys::cwd, sysctl.file, O_RDONLY);
        char value[16] = {};
        if (!file || !sys::read(file->number(), value, sizeof value - 1)) continue;
        if (value[0] == sysctl.forbids && (value[1] == '\n' || value[1] == '\0'))
            return text(" (the sysctl ", sysctl.name, " is ", sysctl.forbids, ")");
    }
    return {};
}

} // namespace davit::users
