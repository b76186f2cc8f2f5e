// SPDX-License-Identifier: Apache-2.0
// tools/hints.cc - what the user may do about an error: the mistakes of the first day.
#include "hints.h"

namespace davit::cli {

namespace {

struct Row {
    std::string_view words; ///< of the story
    std::string_view hint;
};

// The first row that fits is shown.
constexpr Row rows[] = {
    {"config.json not found",
     "\"davit spec\" writes an example; --bundle DIR names another directory"},
    {"/root/path: open the root",
     "the container's root file system belongs there: a directory with its programs"},
    {"executable file not found",
     "/process/args in config.json names the program: is it in the root, and in its PATH?"},
    {": stat /", "/process/args in config.json names the program: is it in the root?"},
    {"exec format error", "is the program for this machine? A script needs #! in its first line"},
    {"given ID already exists",
     "\"davit list\" shows it; \"davit delete --force ID\" removes it, with what runs in it"},
    {"without setting console socket",
     "\"davit run\" without --detach uses this terminal; or set /process/terminal to false"},
    {"container does not exist", "\"davit list\" shows those of this --root, and of this user"},
    {"cannot start a container that has stopped", "delete it, and create it again"},
    {"that is not stopped", "\"davit kill ID\" ends it; \"davit delete --force ID\" does both"},
    {"read-only file system",
     "a place that the image hasn't got can't be made on a read-only file system"},
    {"function not implemented", "\"davit doctor\" tells what this kernel lacks"},
};

} // namespace

std::string_view hint_for(Error const& error, bool is_root) {
    bool const refused = error.kind == Kind::denied
                         || error.story.find("ermission denied") != std::string::npos
                         || error.story.find("peration not permitted") != std::string::npos;
    if (refused && !is_root)
        return "a user's containers need a user namespace: \"davit spec --rootless\" writes such a "
               "config.json; or try sudo; \"davit doctor\" tells more";
    for (auto const& row : rows)
        if (error.story.find(row.words) != std::string::npos) return row.hint;
    return refused ? "\"davit doctor\" tells what is missing here" : "";
}

} // namespace davit::cli
