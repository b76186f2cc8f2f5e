// SPDX-License-Identifier: Apache-2.0
// shim/wire/frame.h - ttrpc's frames: a header of ten bytes, then data. Runs in: shim.
//
// containerd/ttrpc PROTOCOL.md: data length, stream id (32 bits each, big endian), type, flags.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace davit::shim::wire {

inline constexpr std::size_t header_size = 10;      ///< bytes
inline constexpr std::uint32_t max_data = 4u << 20; ///< bytes of data; more is dropped

enum class FrameType : std::uint8_t { request = 1, response = 2, data = 3 };

inline constexpr std::uint8_t remote_closed = 0x01; ///< the sender sends no more on this stream
inline constexpr std::uint8_t remote_open = 0x02;   ///< a request after which data follows
inline constexpr std::uint8_t no_data = 0x04;       ///< the data isn't a message

struct Header {
    std::uint32_t length = 0; ///< bytes of data
    std::uint32_t stream = 0;
    FrameType type = FrameType::request; ///< may have any value
    std::uint8_t flags = 0;
};
Header parse(char const (&bytes)[header_size]);
void print(Header const& header, char (&bytes)[header_size]);

/// Counts bytes received and not yet freed, for all that share this Budget.
class Budget {
  public:
    explicit Budget(std::size_t bytes) : left_(bytes) {}
    bool take(std::size_t bytes) {
        if (bytes > left_) return false;
        left_ -= bytes;
        return true;
    }
    void give_back(std::size_t bytes) { left_ += bytes; }
    [[nodiscard]] std::size_t left() const { return left_; }

  private:
    std::size_t left_;
};

/// The data of one frame: grows while it arrives, never moves afterwards. Move-only.
class Buffer {
  public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        Buffer(std::move(other)).swap(*this);
        return *this;
    }
    ~Buffer();

    /// Appends `bytes`. False if the budget doesn't allow it or memory is short: then nothing has
    /// changed. May make room for more, but at most for `end` bytes in all.
    bool append(std::string_view bytes, std::size_t end, std::shared_ptr<Budget> const& budget);
    [[nodiscard]] std::string_view view() const { return {data_, size_}; }
    void swap(Buffer& other) noexcept;

  private:
    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::shared_ptr<Budget> budget_; ///< a frame may outlive its connection
};

struct Frame {
    Header header;
    Buffer data;
    bool dropped = false; ///< its data was longer than max_data, or than the budget allows
};

/// Cuts what arrives into frames. The first ten bytes of a frame may come one by one.
class FrameReader {
  public:
    explicit FrameReader(std::shared_ptr<Budget> budget) : budget_(std::move(budget)) {}
    /// Takes bytes from the beginning of `bytes`, up to the end of a frame.
    std::optional<Frame> take(std::string_view& bytes);
    /// A frame has begun and isn't complete.
    [[nodiscard]] bool partial() const { return header_have_ != 0; }

  private:
    std::shared_ptr<Budget> budget_;
    Frame frame_;
    std::uint32_t have_ = 0; ///< bytes of its data
    char header_[header_size];
    std::uint8_t header_have_ = 0;
};

} // namespace davit::shim::wire
