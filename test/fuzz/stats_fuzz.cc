// SPDX-License-Identifier: Apache-2.0
// fuzz/stats_fuzz.cc - the kernel's statistics files, as another kernel may write them: no crash,
// and an error names a part of the content. The first byte chooses the format.
#include <cstdint>
#include <cstdlib>

#include "parts/cgroup/stats.h"
#include "parts/network/stats.h"

using namespace davit;
using namespace davit::cgroup;

namespace {

constexpr Key keys[] = {
    {"usage_usec", [](Stats& s) -> Number& { return s.cpu.emplace().total_ns; }, 1000}};

Flaw read(char format, std::string_view content) {
    Stats stats;
    Number number = 0;
    switch (format) {
    case '0': return read_number(content, number);
    case '1': return read_keys(content, keys, stats);
    case '2': return read_all_keys(content, stats.memory.emplace().details);
    case '3': return read_numbers(content, stats.cpu.emplace().each_ns);
    case '4': return read_ranges(content, stats.cpuset.emplace().cpus);
    case '5': return read_usage_all(content, stats.cpu.emplace());
    case '6': return read_pressure(content, stats.cpu.emplace().pressure.emplace());
    case '7': return read_io_entries(content, stats.io.emplace().bytes);
    case '8': return read_io_devices(content, stats.io.emplace().devices);
    case '9': return read_rdma(content, stats.rdma);
    default: (void)network::read_interfaces(content); return {};
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const content(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const flaw = read(static_cast<char>(data[0]), content);
    if (!flaw) return 0;
    bool const is_inside = flaw->data() >= content.data()
                           && flaw->data() + flaw->size() <= content.data() + content.size();
    if (!is_inside && !flaw->empty()) std::abort();
    return 0;
}
