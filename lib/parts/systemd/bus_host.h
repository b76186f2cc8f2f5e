// SPDX-License-Identifier: Apache-2.0
// parts/systemd/bus_host.h - a connection to systemd, over any bus that works. Runs in: parent.
#pragma once

#include "dbus/connection.h"

namespace davit::systemd {

/// Whether davit uses the user's systemd: the caller isn't root, or is root of a user namespace
/// only.
bool is_rootless();

/// Subscribed to the jobs of one unit. After a failure of any function it can't be used; except
/// after ETIMEDOUT of end_of_job().
class Bus {
  public:
    /// `unit` may be empty: the caller waits for no job. Kind::system with ENOENT or ECONNREFUSED
    /// if no process listens.
    static Result<Bus> open(bool user, std::string_view unit, sys::Deadline const& deadline);

    /// The answer of systemd's Manager: of type reply or error.
    Result<dbus::Message> ask(std::string_view member, std::vector<dbus::Value> arguments,
                              sys::Deadline const& deadline, int fd = -1);

    /// How the job in `answer` ended. Believes only the sender of that answer.
    Result<std::string> end_of_job(dbus::Message const& answer, sys::Deadline const& deadline);

    /// A text property of the Manager.
    Result<std::string> manager_property(std::string_view name, sys::Deadline const& deadline);

    /// A property of a scope or a slice.
    Result<dbus::Value> unit_property(std::string_view unit, std::string_view name,
                                      sys::Deadline const& deadline);

    /// Whether systemd and davit see the same pids.
    [[nodiscard]] bool has_our_pids() const { return connection_.is_in_sight(); }

  private:
    Bus(dbus::Connection connection, bool direct)
        : connection_(std::move(connection)), direct_(direct) {}
    Result<> subscribe(std::string_view unit, sys::Deadline const& deadline);
    Result<dbus::Value> property(std::string_view path, std::string_view interface,
                                 std::string_view name, sys::Deadline const& deadline);

    dbus::Connection connection_;
    bool direct_;
};

} // namespace davit::systemd
