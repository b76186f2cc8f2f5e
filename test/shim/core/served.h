// SPDX-License-Identifier: Apache-2.0
// test/shim/core/served.h - a built shim in a process of its own, a client that asks it by ttrpc,
// and its verbs, for tests in which calls fail or limits are low.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bundle.h"
#include "catch.h"
#include "command.h"
#include "containerd/messages.h"
#include "faulted.h"
#include "wire/client.h"
#include "wire/message.h"

namespace host {

namespace containerd = davit::shim::containerd;
namespace wire = davit::shim::wire;

/// Where the states and sockets of these shims are.
std::string place_of_served();

/// A shim of its own process, and a client of it.
class Served {
  public:
    /// `before`: a shell's commands in the process that becomes the shim.
    Served(Bundle& bundle, std::string id, std::string const& before = "");
    /// The one that `start` has left, at that socket.
    struct Adopted {
        std::string socket;
    };
    Served(Bundle& bundle, std::string id, Adopted adopted);
    ~Served();
    Served(Served const&) = delete;
    Served& operator=(Served const&) = delete;

    [[nodiscard]] std::string const& id() const { return id_; }
    [[nodiscard]] pid_t pid() const { return shim_->pid(); }
    bool lives();

    /// Again and again: a socket has its name before it listens.
    void connect();
    /// Answered in good time, whatever it is.
    template <class M>
    wire::Reply ask(std::string const& method, M const& message) {
        wire::Reply reply = std::unexpected(wire::Status{wire::Code::unknown, "none"});
        run([](Served& it, std::string const& method, std::string payload,
               wire::Reply& reply) -> boost::asio::awaitable<void> {
            reply = co_await it.client_->call("containerd.task.v3.Task", method, std::move(payload),
                                              std::chrono::seconds(15) * suite().patience);
        }(*this, method, wire::encode(message), reply));
        return reply;
    }
    template <class M>
    void must(std::string const& method, M const& message) {
        auto const reply = ask(method, message);
        INFO(method << ": " << (reply ? "" : reply.error().message));
        REQUIRE(reply.has_value());
    }
    wire::Reply create();
    wire::Reply add(std::string const& exec);
    /// Kills and deletes what there is, and ends the shim. Any verb may fail: it was not there.
    void take_down();
    /// As containerd does for a shim that is gone.
    Outcome cleaned_up() { return cleaned_up({}); }
    /// The same, `fault` with these words of its own around "delete".
    Outcome cleaned_up(Words const& fault);
    void kill();
    [[nodiscard]] Words delete_words() const;

  private:
    Words words(Words const& more) const;
    CommandOptions how() const;
    void run(boost::asio::awaitable<void> work);

    Bundle& bundle_;
    std::string id_, socket_;
    std::optional<Command> shim_;
    boost::asio::io_context loop_{1};
    std::optional<wire::Client> client_;
};

/// What it has to be before the verb, and how the verb is asked for.
struct ShimVerb {
    char const* name;
    enum Before { nothing, created, running, paused, added, stopped } before;
    wire::Reply (*ask)(Served&);
};

std::vector<ShimVerb> const& shim_verbs();
ShimVerb const& shim_verb(std::string_view name);

/// Makes what the verb needs.
void prepare(ShimVerb const& verb, Served& it);

/// The verb, while `fault` does that to the shim; whether it came to that call.
wire::Reply faulted(ShimVerb const& verb, Served& it, Words words, bool* reached = nullptr);

/// What the shim's threads call for the verb.
std::vector<Call> calls_of(ShimVerb const& verb, bool all_that_may_fail);

} // namespace host
