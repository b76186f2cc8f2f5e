// SPDX-License-Identifier: Apache-2.0
// test/shim/core/served.h - a built shim in its own process, a client that calls it by ttrpc, and
// its verbs: for tests in which calls fail or limits are low.
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

/// The directory of these shims' states and sockets.
std::string place_of_served();

/// A shim in its own process, and its client.
class Served {
  public:
    /// `before`: a shell's commands in the process that becomes the shim.
    Served(Bundle& bundle, std::string id, std::string const& before = "");
    /// The shim that `start` has left, at that socket.
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

    /// Retries: a socket has its name before it listens.
    void connect();
    /// Waits for the answer, a failure included, but not for ever.
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
    wire::Reply create() { return create(place_of_served()); }
    wire::Reply create(std::string const& root);
    wire::Reply add(std::string const& exec);
    /// Adds and starts an exec that stays, with a terminal.
    void start_sleeping(std::string const& exec);
    /// Kills and deletes what exists, and ends the shim. Each verb may fail if there is nothing.
    void take_down();
    /// Calls "delete", as containerd does when a shim is gone.
    Outcome cleaned_up() { return cleaned_up({}); }
    /// The same with `fault` and its words around "delete".
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

/// A verb, the state that it needs before, and how to ask for it.
struct ShimVerb {
    char const* name;
    enum Before {
        nothing,
        created,
        running,
        paused,
        added,
        exec_running,
        exec_stopped,
        stopped
    } before;
    wire::Reply (*ask)(Served&);
};

std::vector<ShimVerb> const& shim_verbs();
ShimVerb const& shim_verb(std::string_view name);

/// Makes what the verb needs.
void prepare(ShimVerb const& verb, Served& it);

/// Calls the verb while `fault` does to the shim what `words` say; sets `reached` if the shim came
/// to that call.
wire::Reply faulted(ShimVerb const& verb, Served& it, Words words, bool* reached = nullptr);

/// The system calls of the shim's threads for the verb.
std::vector<Call> calls_of(ShimVerb const& verb, bool all_that_may_fail);

} // namespace host
