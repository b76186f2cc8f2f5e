// SPDX-License-Identifier: Apache-2.0
// parts/network/stats.cc - the content of /proc/PID/net/dev. Runs in: parent, pure.
#include "parts/network/stats.h"

#include "base/text.h"

namespace davit::network {

namespace {

using Interface = Stats::Interface;

// The columns after "name:"; davit doesn't use fifo, frame, compressed, multicast and their like.
constexpr Stats::Number Interface::* columns[] = {
    &Interface::rx_bytes,
    &Interface::rx_packets,
    &Interface::rx_errors,
    &Interface::rx_dropped,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    &Interface::tx_bytes,
    &Interface::tx_packets,
    &Interface::tx_errors,
    &Interface::tx_dropped,
};

std::optional<Interface> read_line(std::string_view line) {
    auto const colon = line.find(':');
    if (colon == line.npos) return {};
    auto const name = line.substr(0, colon);
    Interface found;
    found.name = name.substr(std::min(name.find_first_not_of(' '), name.size()));
    auto column = std::begin(columns);
    for (auto const word : split(line.substr(colon + 1), ' ')) {
        if (word.empty()) continue;
        auto const number = parse<Stats::Number>(word);
        if (!number) return {};
        if (column == std::end(columns)) break;
        if (*column != nullptr) found.*(*column) = *number;
        ++column;
    }
    if (column != std::end(columns) || found.name.empty()) return {};
    return found;
}

} // namespace

std::optional<Interfaces> read_interfaces(std::string_view content) {
    Interfaces all;
    auto const lines = split(content, '\n');
    constexpr std::size_t headings = 2;
    for (auto i = headings; i < lines.size(); ++i) {
        if (lines[i].empty()) continue;
        auto found = read_line(lines[i]);
        if (!found) return {};
        if (found->name != "lo") all.push_back(*std::move(found));
    }
    return all;
}

} // namespace davit::network
