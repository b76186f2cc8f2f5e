// SPDX-License-Identifier: Apache-2.0
// tools/verb.cc - where a verb finds its containers.
#include "verb.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/result.h"
#include "davit/contract.h"

namespace davit::cli {

namespace {

// The initial user namespace maps all ids to themselves, in one extent.
bool in_user_namespace() {
    Fd const map(::open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC));
    if (!map) return false; // a kernel without user namespaces
    char text[64];
    auto const length = ::read(map.number(), text, sizeof text - 1);
    if (length <= 0) return true; // not mapped yet
    text[length] = '\0';
    char* end = text;
    auto const inside = std::strtoul(end, &end, 10);
    auto const outside = std::strtoul(end, &end, 10);
    auto const count = std::strtoul(end, &end, 10);
    return inside != 0 || outside != 0 || count != 4294967295;
}

// Rootless Podman runs davit as root of a user namespace, whose root can't write to /run; "su"
// there sets USER to root and leaves XDG_RUNTIME_DIR behind.
bool is_rootless() {
    if (::geteuid() != 0) return true;
    char const* user = std::getenv("USER");
    return (user == nullptr || std::string_view(user) != "root") && in_user_namespace();
}

} // namespace

Result<std::string> root_directory(Globals const& globals) {
    if (!globals.root.empty()) {
        if (globals.root.find_first_not_of('/') == std::string::npos)
            return fail(Kind::config, contract::root_is_slash);
        return globals.root;
    }
    char const* directory = std::getenv("XDG_RUNTIME_DIR");
    if (directory != nullptr && *directory == '/' && is_rootless()) // [basedir-spec]
        return std::string(directory) + "/davit";
    return "/run/davit";
}

Error about_root(Error error, Globals const& globals) {
    if (error.kind != Kind::denied || !globals.root.empty() || ::geteuid() == 0) return error;
    auto const root = root_directory(globals);
    if (!root || error.story.find("state directory " + quoted(*root)) == std::string::npos)
        return error;
    error.story += *root == "/run/davit"
                       ? " (a user's is below XDG_RUNTIME_DIR, which isn't set: set it, or name a "
                         "directory with --root)"
                       : " (it is below XDG_RUNTIME_DIR; --root names another one)";
    return error;
}

Result<Runtime> open_runtime(Globals const& globals) {
    auto root = TRY(root_directory(globals));
    auto runtime = Runtime::open({.root = std::move(root)});
    if (!runtime) return std::unexpected(about_root(std::move(runtime).error(), globals));
    return runtime;
}

Result<Container> find_container(Call const& call) {
    auto const runtime = TRY(open_runtime(call.globals));
    return runtime.find(call.words[0]);
}

} // namespace davit::cli
