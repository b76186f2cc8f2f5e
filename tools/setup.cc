// SPDX-License-Identifier: Apache-2.0
// tools/setup.cc - `davit setup`: making davit a runtime of an engine.
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/result.h"
#include "engines.h"
#include "etc_file.h"
#include "output.h"
#include "verb.h"

namespace davit::cli {

namespace {

bool apply;
bool remove_it;
bool by_default;
bool shim;
std::string prefix;

constexpr Option setup_options[] = {
    {"apply", 0, "", "change the engine's file; the old one is kept beside it", &apply},
    {"remove", 0, "", "take back what --apply did", &remove_it},
    {"default", 0, "", "make davit the runtime that the engine uses unless told otherwise",
     &by_default},
    {"shim", 0, "", "containerd: by davit's own shim, containerd-shim-davit-v2", &shim},
    {"prefix", 0, "DIR", "look for the engines' files below DIR (of an image that is being built)",
     &prefix},
};

Result<std::string> own_path() {
    char path[PATH_MAX];
    auto const size = ::readlink("/proc/self/exe", path, sizeof path);
    if (size < 0) return fail_errno(Errno{errno}, "look up where davit is");
    std::string found(path, static_cast<std::size_t>(size));
    if (found.ends_with(" (deleted)"))
        return fail(Kind::state, "davit was replaced while it ran: try again");
    // Such a path would need escapes, by rules that differ from file to file.
    if (found.find_first_of("\"\\\n'") != found.npos)
        return fail(Kind::unsupported, "davit's path ", quoted(found),
                    " has a quote or a backslash");
    return found;
}

// The path where `ninja install` puts the shim, or where containerd would look for it.
Result<std::string> path_of_shim(std::string const& davit) {
    constexpr std::string_view name = "containerd-shim-davit-v2";
    char const* const variable = ::getenv("PATH");
    auto places = davit.substr(0, davit.rfind('/')) + ":" + (variable != nullptr ? variable : "");
    for (std::size_t begin = 0, end = 0; end != places.npos; begin = end + 1) {
        end = places.find(':', begin);
        auto path = places.substr(begin, end - begin) + "/" + std::string(name);
        if (!path.starts_with('/') || ::access(path.c_str(), X_OK) != 0) continue;
        if (path.find_first_of("\"\\\n'") == path.npos) return path;
    }
    return fail(Kind::unsupported, "found no ", name, " in ",
                quoted(davit.substr(0, davit.rfind('/'))), " or PATH: install it first");
}

std::string usage_of(Engine const& engine, Wish const& wish) {
    std::string text(wish.shim.empty() ? engine.usage : engine.usage_of_shim);
    for (std::size_t at = 0; (at = text.find("DAVIT", at)) != text.npos; at += wish.davit.size())
        text.replace(at, 5, wish.davit);
    return text;
}

int say(Result<> const& printed) { return printed ? 0 : 1; }

Result<int> show(Engine const& engine, Wish const& wish) {
    auto const snippet = TRY(engine.add("", wish));
    auto const file = std::string(engine.file);
    return say(print("# " + file + "\n" + snippet + "\n# Then:\n" + usage_of(engine, wish)
                     + "# \"davit setup " + std::string(engine.name)
                     + (wish.shim.empty() ? "" : " --shim")
                     + " --apply\" does that to the file (and leaves the rest of it alone).\n"));
}

/// The links of an image are meant for its own root: davit would follow them to the host's files.
Result<> check_no_links(std::string_view file) {
    for (auto at = file.find('/', 1); at != file.npos; at = file.find('/', at + 1)) {
        auto const directory = prefix + std::string(file.substr(0, at));
        struct stat status{};
        if (::lstat(directory.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
            return fail(Kind::config, quoted(directory),
                        " is a symbolic link, which may lead out of ", quoted(prefix),
                        ": change the file by hand");
    }
    return {};
}

Result<int> change(Engine const& engine, Wish const& wish) {
    if (!prefix.empty()) TRY(check_no_links(engine.file));
    auto const old = TRY(read_etc_file(prefix + std::string(engine.file)));
    auto const text = TRY(remove_it ? engine.remove(old.text) : engine.add(old.text, wish));
    if (text == old.text)
        return say(print(remove_it ? "davit isn't in " + quoted(old.path) + "\n"
                                   : "davit is in " + quoted(old.path) + " already\n"));
    TRY(replace_etc_file(old, text));
    auto words = (text.empty() ? "removed " : old.exists ? "changed " : "made ") + quoted(old.path);
    if (old.exists) words += "; the old one is " + quoted(backup_name(old.path));
    if (remove_it) return say(print(words + "\nReload or restart the engine.\n"));
    return say(print(words + "\n\nThen:\n" + usage_of(engine, wish)));
}

Result<int> run_setup(Call const& call) {
    auto const engine = std::ranges::find(engines(), call.words[0], &Engine::name);
    if (engine == engines().end())
        return fail(Kind::config, "unknown engine ", quoted(call.words[0]),
                    ": expected containerd, podman, docker or crio");
    if (apply && remove_it) return fail(Kind::config, "--apply and --remove exclude each other");
    if (shim && engine->name != "containerd")
        return fail(Kind::config, "--shim is for containerd alone");
    auto davit = TRY(own_path());
    Wish wish{std::move(davit), by_default};
    if (shim && !remove_it) {
        wish.shim = TRY(path_of_shim(wish.davit));
    }
    return apply || remove_it ? change(*engine, wish) : show(*engine, wish);
}

} // namespace

extern Verb const setup_verb;
constinit Verb const setup_verb = {
    .name = "setup",
    .synopsis = "containerd|podman|docker|crio",
    .help = "make davit a runtime of containerd, Podman, Docker or CRI-O",
    .details =
        "Without --apply, prints what belongs into the engine's configuration, and the commands\n"
        "that then use davit.\n\n"
        "--apply does so in one step, or not at all: it adds davit to the file and leaves the\n"
        "rest of it alone, keeps the old one (once) as FILE.davit-backup, and refuses a file\n"
        "that it can't read. A second time it says that davit is there.\n",
    .options = setup_options,
    .shared_options = {},
    .run = run_setup,
    .examples = "# see what would be done, then do it\n"
                "davit setup podman\n"
                "davit setup podman --apply\n",
    .see_also = "doctor",
};

} // namespace davit::cli
