// SPDX-License-Identifier: Apache-2.0
// test/unit/flat_plan.h - one part's fragment of a plan, with the block that it points into.
#pragma once

#include <string>
#include <vector>

#include "davit/spec.h"
#include "plan/flat.h"

namespace davit::test {

template <class InitPlan>
struct Flat {
    std::vector<std::byte> block;
    [[nodiscard]] plan::View view() const { return plan::View(block.data()); }
    [[nodiscard]] InitPlan const& inside() const { return view().template header<InitPlan>(); }
    [[nodiscard]] std::string text(plan::Text t) const { return t ? view().text(t) : "(absent)"; }
    template <class T>
    [[nodiscard]] std::vector<T> list(plan::List<T> l) const {
        auto const span = view().list(l);
        return {span.begin(), span.end()};
    }
    [[nodiscard]] spec::Texts texts(plan::List<std::uint64_t> slots) const {
        spec::Texts out;
        for (auto const at : view().list(slots))
            if (at) out.push_back(text({static_cast<std::uint32_t>(at), 0}));
        return out;
    }
};

} // namespace davit::test
