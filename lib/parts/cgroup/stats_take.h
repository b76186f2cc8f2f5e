// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/stats_take.h - what the rows of v1_stats.cc and v2_stats.cc consist of.
//
// Runs in: parent, pure. An accessor makes its part of Stats: the part exists once one of its files
// was there.
#pragma once

#include "base/text.h"
#include "parts/cgroup/stats.h"

namespace davit::cgroup {

template <class T>
T& made(std::optional<T>& part) {
    return part ? *part : part.emplace();
}

inline Stats::Cpu& cpu(Stats& s) { return made(s.cpu); }
inline Stats::Cpuset& cpuset(Stats& s) { return made(s.cpuset); }
inline Stats::Memory& memory(Stats& s) { return made(s.memory); }
inline Stats::Memory::Use& use(Stats& s) { return made(memory(s).use); }
inline Stats::Memory::Use& with_swap(Stats& s) { return made(memory(s).with_swap); }
inline Stats::Memory::Use& swap(Stats& s) { return made(memory(s).swap); }
inline Stats::Memory::Use& kernel(Stats& s) { return made(memory(s).kernel); }
inline Stats::Memory::Use& tcp(Stats& s) { return made(memory(s).kernel_tcp); }
inline Stats::Memory::Events& events(Stats& s) { return made(memory(s).events); }
inline stats::OomControl& oom(Stats& s) { return made(memory(s).oom_control); }
inline Stats::Pids& pids(Stats& s) { return made(s.pids); }
inline Stats::Io& io(Stats& s) { return made(s.io); }

/// A file with one number.
template <auto member>
Flaw number(std::string_view content, Stats& stats) {
    return read_number(content, *member(stats));
}

/// A file with lines "key value".
template <auto const& rows>
Flaw keys(std::string_view content, Stats& stats) {
    return read_keys(content, rows, stats);
}

} // namespace davit::cgroup
