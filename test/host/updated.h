// SPDX-License-Identifier: Apache-2.0
// test/host/updated.h - what the tests of `update` share.
#pragma once

#include <map>
#include <string>

#include "container.h"

namespace host {

inline bool unified() { return suite().cgroups == Cgroups::unified; }

inline bool lacks(char const* name) {
    return skip_unless(!controller(name).empty(), std::string("no ") + name + " controller here");
}

Outcome update(Container const& container, Words const& options, std::string const& input = "");
Outcome update_json(Container const& container, std::string const& json);

/// Whether the container's program has reached its "trap"; TERM lets it go on.
bool is_ready(Container const& container);

/// The content of the files that `update` has options for, by path.
std::map<std::string, std::string> limits_now(Bundle const& bundle);

/// For a test that fails: a line for each file.
std::string shown(std::map<std::string, std::string> const& limits);

} // namespace host
