// SPDX-License-Identifier: Apache-2.0
// fuzz/shim_frame_fuzz.cc - ttrpc's frames: the same frames from any pieces, never more memory than
// the budget, and all of it freed at the end.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "wire/frame.h"
#include "wire/ttrpc.h"

using namespace davit::shim::wire;

namespace {

constexpr std::size_t most = 1 << 16;

struct Seen {
    Header header;
    std::string data;
    bool dropped;
    bool operator==(Seen const& other) const {
        return header.length == other.header.length && header.stream == other.header.stream
               && header.type == other.header.type && header.flags == other.header.flags
               && data == other.data && dropped == other.dropped;
    }
};

std::vector<Seen> read(std::string_view bytes, std::size_t piece) {
    auto const budget = std::make_shared<Budget>(most);
    std::vector<Seen> seen;
    {
        FrameReader reader(budget);
        while (!bytes.empty()) {
            auto rest = bytes.substr(0, piece);
            bytes.remove_prefix(rest.size());
            while (auto frame = reader.take(rest)) {
                auto const data = frame->data.view();
                if (!frame->dropped && data.size() != frame->header.length) std::abort();
                if (auto const request = decode<Request>(data)) (void)encode(*request);
                if (auto const response = decode<Response>(data)) (void)encode(*response);
                seen.push_back({frame->header, std::string(data), frame->dropped});
            }
            if (!rest.empty() || budget->left() > most) std::abort();
        }
    }
    if (budget->left() != most) std::abort();
    return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const rest(reinterpret_cast<char const*>(data) + 1, size - 1);
    if (read(rest, rest.size()) != read(rest, 1u + data[0])) std::abort();
    return 0;
}
