// SPDX-License-Identifier: Apache-2.0
// shim/wire/frame.cc - see frame.h. Pure. Runs in: shim.
#include "wire/frame.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace davit::shim::wire {
namespace {

std::uint32_t number(char const* bytes) {
    std::uint32_t number = 0;
    for (int i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
    return number;
}
void put(std::uint32_t number, char* bytes) {
    for (int i = 3; i >= 0; --i, number >>= 8) bytes[i] = static_cast<char>(number & 0xFF);
}

/// A frame up to this size gets its memory at once; a longer one as it arrives, since a peer may
/// send the header alone.
constexpr std::size_t small = 4096;

} // namespace

Header parse(char const (&bytes)[header_size]) {
    return {number(bytes), number(bytes + 4), static_cast<FrameType>(bytes[8]),
            static_cast<std::uint8_t>(bytes[9])};
}

void print(Header const& header, char (&bytes)[header_size]) {
    put(header.length, bytes);
    put(header.stream, bytes + 4);
    bytes[8] = static_cast<char>(header.type);
    bytes[9] = static_cast<char>(header.flags);
}

Buffer::~Buffer() {
    std::free(data_);
    if (budget_) budget_->give_back(capacity_);
}

void Buffer::swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(budget_, other.budget_);
}

bool Buffer::append(std::string_view bytes, std::size_t end,
                    std::shared_ptr<Budget> const& budget) {
    if (bytes.empty()) return true;
    if (auto const needed = size_ + bytes.size(); needed > capacity_) {
        auto const wanted = std::max(needed, std::min(end, std::max(2 * capacity_, small)));
        if (!budget->take(wanted - capacity_)) return false;
        void* const moved = std::realloc(data_, wanted);
        if (!moved) {
            budget->give_back(wanted - capacity_);
            return false;
        }
        data_ = static_cast<char*>(moved);
        capacity_ = wanted;
        budget_ = budget;
    }
    std::memcpy(data_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return true;
}

std::optional<Frame> FrameReader::take(std::string_view& bytes) {
    if (header_have_ < header_size) {
        auto const count = std::min(header_size - header_have_, bytes.size());
        std::memcpy(header_ + header_have_, bytes.data(), count);
        bytes.remove_prefix(count);
        header_have_ = static_cast<std::uint8_t>(header_have_ + count);
        if (header_have_ < header_size) return {};
        frame_.header = parse(header_);
        frame_.dropped = frame_.header.length > max_data;
        have_ = 0;
    }
    auto const data = bytes.substr(0, frame_.header.length - have_);
    bytes.remove_prefix(data.size());
    have_ += static_cast<std::uint32_t>(data.size());
    if (!frame_.dropped && !frame_.data.append(data, frame_.header.length, budget_)) {
        frame_.dropped = true;
        frame_.data = {};
    }
    if (have_ < frame_.header.length) return {};
    header_have_ = 0;
    return std::exchange(frame_, {});
}

} // namespace davit::shim::wire
