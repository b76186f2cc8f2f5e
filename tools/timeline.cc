// SPDX-License-Identifier: Apache-2.0
// tools/timeline.cc - a timeline as text.
#include "timeline.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "log.h"

namespace davit::cli {

namespace {

using Span = Trace::Span;

constexpr std::size_t name_width = 30;
constexpr std::size_t time_width = 10; // of each of the two

/// The unit of all times: the first in which each has 9 digits or fewer.
struct Unit {
    char const* name;
    std::int64_t ns;
};
constexpr Unit units[] = {
    {"microseconds", 1'000}, {"milliseconds", 1'000'000}, {"seconds", 1'000'000'000}};

Unit unit_for(std::int64_t ns) {
    auto const* const fits =
        std::ranges::find_if(units, [&](Unit const& unit) { return ns / unit.ns < 1'000'000'000; });
    return fits == std::end(units) ? units[2] : *fits;
}

// False for a byte inside a character.
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

/// `text` in one line of exactly `width` characters.
std::string fitted(std::string text, std::size_t width) {
    std::ranges::replace(text, '\n', ' ');
    std::ranges::replace(text, '\t', ' ');
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!begins_character(text[i])) continue;
        if (++characters <= width) continue;
        text.resize(i);
        return text;
    }
    return text + std::string(width - characters, ' ');
}

std::string right(std::int64_t number, std::size_t width) {
    auto const digits = std::to_string(number);
    return std::string(width - std::min(width, digits.size()), ' ') + digits;
}

class Drawing {
  public:
    Drawing(std::vector<Span> const& all, std::size_t width)
        : begin_(std::ranges::min(all, {}, &Span::begin_ns).begin_ns),
          end_(std::ranges::max(all, {}, &Span::end_ns).end_ns),
          unit_(unit_for(end_ - begin_)),
          columns_(width - name_width - 2 * time_width - 2) {
        text_ = fitted(unit_.name, name_width) + "    starts     takes  |"
                + std::string(columns_ - 2, '-') + "|\n";
    }

    /// Adds the spans of one process, sorted. A span that ends before an earlier one ends is within
    /// that.
    void add(std::vector<Span const*> const& spans) {
        std::vector<std::int64_t> open;
        for (auto const* span : spans) {
            while (!open.empty() && span->begin_ns >= open.back()) open.pop_back();
            add(*span, open.size());
            open.push_back(span->end_ns);
        }
    }
    void head(int pid) { text_ += "\nprocess " + std::to_string(pid) + "\n"; }
    std::string text() && { return std::move(text_); }

  private:
    void add(Span const& span, std::size_t depth) {
        auto const name =
            std::string(2 * std::min<std::size_t>(depth, 8), ' ') + plain_message(span.name);
        auto const first = std::min(column(span.begin_ns), columns_ - 1);
        // Shows a span of at least one column.
        auto const last = std::max(column(span.end_ns), first + 1);
        text_ += fitted(name, name_width) + right((span.begin_ns - begin_) / unit_.ns, time_width)
                 + right((span.end_ns - span.begin_ns) / unit_.ns, time_width) + "  "
                 + std::string(first, ' ') + std::string(last - first, '#') + "\n";
    }
    [[nodiscard]] std::size_t column(std::int64_t ns) const {
        auto const all = static_cast<double>(std::max<std::int64_t>(end_ - begin_, 1));
        auto const share = static_cast<double>(ns - begin_) / all;
        auto const at =
            static_cast<std::size_t>(std::llround(share * static_cast<double>(columns_)));
        return std::min(at, columns_);
    }

    std::int64_t begin_, end_;
    Unit unit_;
    std::size_t columns_;
    std::string text_;
};

} // namespace

std::string draw(Trace const& trace, std::size_t width) {
    auto const& all = trace.spans();
    if (all.empty()) return "no spans\n";
    std::vector<Span const*> sorted;
    for (auto const& span : all) sorted.push_back(&span);
    // If spans begin together, the outer one comes first.
    std::ranges::sort(sorted, [](Span const* a, Span const* b) {
        return a->begin_ns != b->begin_ns ? a->begin_ns < b->begin_ns : a->end_ns > b->end_ns;
    });
    std::vector<int> pids; // in the order of their first span
    std::map<int, std::vector<Span const*>> processes;
    for (auto const* span : sorted) {
        auto& spans = processes[span->pid];
        if (spans.empty()) pids.push_back(span->pid);
        spans.push_back(span);
    }
    Drawing drawing(all, width);
    for (int const pid : pids) {
        drawing.head(pid);
        drawing.add(processes[pid]);
    }
    return std::move(drawing).text();
}

} // namespace davit::cli
