// SPDX-License-Identifier: Apache-2.0
// shim/core/oom.h - davit::OomWatch on the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

#include "davit/oom.h"

namespace davit::shim {

class OomListener {
  public:
    OomListener(boost::asio::io_context& loop, OomWatch watch, std::function<void()> killed)
        : watch_(std::move(watch)), readable_(loop), killed_(std::move(killed)) {
        boost::system::error_code error; // if epoll refuses the fd, the next look() tells
        readable_.assign(watch_.fd(), error);
        if (!error) listen();
    }
    OomListener(OomListener const&) = delete;
    OomListener& operator=(OomListener const&) = delete;
    ~OomListener() { // watch_ owns the fd
        if (readable_.is_open()) (void)readable_.release();
    }

    /// Reports the OOM kills up to now.
    void look() {
        auto const news = watch_.read();
        ended_ = ended_ || !news || news->ended;
        if (news && news->count > 0) killed_();
    }

  private:
    void listen() {
        readable_.async_wait(readable_.wait_read, [this](auto error) {
            if (error) return;
            look();
            if (!ended_) listen();
        });
    }
    OomWatch watch_;
    boost::asio::posix::stream_descriptor readable_;
    std::function<void()> killed_;
    bool ended_ = false;
};

} // namespace davit::shim
