// SPDX-License-Identifier: Apache-2.0
// test/host/box.h - a container that runs, and processes that a test adds to it.
#pragma once

#include <string>
#include <utility>

#include "catch.h"
#include "container.h"

namespace host {

/// Its own process sleeps.
class Box : public Container {
  public:
    explicit Box(Bundle& bundle, bool starts = true, std::string id = unique_name())
        : Container(bundle, std::move(id)) {
        bundle.inside({"sleep", "1000"});
        auto const created = create();
        INFO("create: " << created.err);
        REQUIRE(created.status == 0);
        if (starts) REQUIRE(start().status == 0);
    }

    /// The words of `exec`: options, then the command, by default verbs of /inside.
    [[nodiscard]] Words exec_words(Words const& options, Words const& verbs) const {
        Words words = {"exec"};
        words.insert(words.end(), options.begin(), options.end());
        words.push_back(id());
        if (!verbs.empty() && verbs[0][0] != '/') words.emplace_back("/inside");
        words.insert(words.end(), verbs.begin(), verbs.end());
        return davit(words);
    }
    [[nodiscard]] Outcome exec(Words const& options, Words const& verbs,
                               CommandOptions const& how = {}) const {
        return host::run(exec_words(options, verbs), how);
    }
    /// What /inside reports; the exec must succeed.
    [[nodiscard]] Report look(Words const& verbs, Words const& options = {}) const {
        auto const ran = exec(options, verbs);
        INFO("exec: " << ran.err);
        REQUIRE(ran.status == 0);
        return Report(ran.out);
    }
};

} // namespace host
