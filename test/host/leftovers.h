// SPDX-License-Identifier: Apache-2.0
// test/host/leftovers.h - proves that a test left no process, mount, cgroup, state or file behind.
#pragma once

#include <set>
#include <string>

namespace host {

/// What exists now. The suite has its own pid and mount namespace: all of it is the suite's.
struct Snapshot {
    std::set<std::string> things; ///< "mount 35 /x", "process 7 davit", "cgroup …", "file …"
    static Snapshot take();
};

/// What exists now and didn't then, after a moment's patience; "" if there is nothing.
std::string appeared_since(Snapshot const& before);

/// Takes a snapshot; the destructor checks that nothing has appeared.
class Leftovers {
  public:
    Leftovers() : before_(Snapshot::take()) {}
    Leftovers(Leftovers const&) = delete;
    Leftovers& operator=(Leftovers const&) = delete;
    ~Leftovers();

  private:
    Snapshot before_;
};

} // namespace host
