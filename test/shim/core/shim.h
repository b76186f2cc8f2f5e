// SPDX-License-Identifier: Apache-2.0
// test/shim/core/shim.h - a test's supervisor, its loop, and the events it has told.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bundle.h"
#include "catch.h"
#include "core/supervisor.h"
#include "davit/config.h"
#include "suite.h"

namespace host {

namespace shim = davit::shim;

/// "start ID", "exit EXEC 0": one word per event, for comparing orders.
std::string told(shim::Event const& event);

class Shim {
  public:
    explicit Shim(shim::Settings settings = {});
    ~Shim(); ///< kills and deletes what there is

    shim::Supervisor& core() { return *core_; }

    /// Runs the loop until the answer is there, for 60 s at most.
    template <class T>
    davit::Result<T> run(shim::Answer<T> answer) {
        auto result = begin(std::move(answer));
        REQUIRE(until([&] { return result->has_value(); }));
        return *std::move(*result);
    }
    /// The same; the answer must be a success.
    template <class T>
    T must(shim::Answer<T> answer) {
        auto result = run(std::move(answer));
        if (!result) FAIL(result.error().story);
        if constexpr (!std::is_void_v<T>) return *std::move(result);
    }
    template <class T>
    bool good(shim::Answer<T> answer) {
        return run(std::move(answer)).has_value();
    }
    /// Begins a verb; the answer will be there when the loop has run long enough.
    template <class T>
    std::shared_ptr<std::optional<davit::Result<T>>> begin(shim::Answer<T> answer) {
        auto result = std::make_shared<std::optional<davit::Result<T>>>();
        boost::asio::co_spawn(
            loop_,
            [](shim::Answer<T> answer, std::shared_ptr<std::optional<davit::Result<T>>> result)
                -> boost::asio::awaitable<void> {
                result->emplace(co_await std::move(answer));
            }(std::move(answer), result),
            [](std::exception_ptr e) {
                if (e) std::rethrow_exception(e);
            });
        return result;
    }
    bool until(std::function<bool()> const& done,
               std::chrono::seconds most = std::chrono::seconds(60));
    void run_for(std::chrono::milliseconds time);

    /// What `create` needs for that bundle.
    shim::CreateRequest request(Bundle& bundle, shim::StdioNames stdio = {}) const;
    /// create, start; returns the id.
    std::string running(Bundle& bundle, shim::StdioNames stdio = {});
    /// exec, start; returns the pid.
    int exec(std::string const& id, std::string const& exec, Words const& args,
             shim::StdioNames stdio = {});
    davit::Result<> add(std::string const& id, std::string const& exec, Words const& args,
                        shim::StdioNames stdio = {});
    /// SIGKILL, wait, delete.
    void remove(std::string const& id);

    std::vector<std::string> events; ///< told()
    int finished = 0;

  private:
    boost::asio::io_context loop_{1};
    std::optional<shim::Supervisor> core_;
    std::vector<std::string> ids_;
};

/// A process of busybox's shell in the bundle's root file system.
Words shell(std::string const& script);
void add_busybox(Bundle& bundle);

/// A client's fifo, and the bytes that came out of it.
class Reader {
  public:
    explicit Reader(std::string path);
    ~Reader();
    [[nodiscard]] std::string const& path() const { return path_; }
    std::string const& read(); ///< all that has arrived
    [[nodiscard]] bool at_end() const { return end_; }
    void close();
    void open();
    bool keep = true; ///< false: bytes are only counted and summed
    std::size_t bytes = 0;
    std::uint64_t sum = 0;

  private:
    std::string path_, text_;
    int fd_ = -1;
    bool end_ = false;
};

std::string story(davit::Error const& error);

} // namespace host
