// SPDX-License-Identifier: Apache-2.0
// unit/tools_hints_test.cc - what the user may do about an error: tools/hints.h.
#include "catch.h"

#include "hints.h"

using davit::Error;
using davit::Kind;
using davit::cli::hint_for;

TEST_CASE("hints: the mistakes of the first day, by the words that davit has for them") {
    auto const hint = [](Kind kind, char const* story, bool is_root = true) {
        return hint_for(Error{kind, 0, story}, is_root);
    };
    auto const about = [](std::string_view hint, std::string_view word) {
        return hint.find(word) != hint.npos;
    };
    CHECK(about(hint(Kind::denied, "open the state directory: permission denied", false),
                "--rootless"));
    CHECK(about(hint(Kind::system, "make cgroup \"x\": permission denied", false), "sudo"));
    CHECK(about(hint(Kind::denied, "fsopen: operation not permitted"), "doctor"));
    CHECK(about(hint(Kind::config, "JSON specification file config.json not found"), "davit spec"));
    CHECK(about(hint(Kind::system, "config.json: /root/path: open the root \"x\""), "root file"));
    CHECK(about(hint(Kind::system, "exec: \"sh\": executable file not found in $PATH"), "args"));
    CHECK(about(hint(Kind::system, "exec: \"/x\": stat /x: no such file or directory"), "args"));
    CHECK(about(hint(Kind::exists, "container with given ID already exists: \"x\""), "delete"));
    CHECK(about(hint(Kind::config, "cannot allocate tty if davit will detach without setting "
                                   "console socket"),
                "--detach"));
    CHECK(about(hint(Kind::not_found, "container does not exist: \"x\""), "davit list"));
    CHECK(hint(Kind::config, "config.json: /process/cwd: must be absolute").empty());
}
