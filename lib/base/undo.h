// SPDX-License-Identifier: Apache-2.0
// base/undo.h - takes back what was done, in reverse order, unless committed. Runs in: parent.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace davit {

/// undo.add([&] { remove_cgroup(); }) after each effect; undo.commit() at the end of success. It
/// runs when the scope ends: declare it after the variables that its steps use.
class [[nodiscard]] Undo {
  public:
    Undo() = default;
    Undo(Undo const&) = delete;
    Undo& operator=(Undo const&) = delete;
    ~Undo() {
        while (!steps_.empty()) {
            auto const step = std::move(steps_.back());
            steps_.pop_back();
            step();
        }
    }

    void add(std::function<void()> step) { steps_.push_back(std::move(step)); }
    void commit() { steps_.clear(); }

  private:
    std::vector<std::function<void()>> steps_;
};

} // namespace davit
