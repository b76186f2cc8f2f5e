// SPDX-License-Identifier: Apache-2.0
// parts/systemd/bus_host.h - a connection to systemd, over whichever bus there is. Runs in: parent.
#pragma once

#include "dbus/connection.h"

namespace davit::systemd {

/// Whether a user's systemd is ours: we aren't root, or of a user namespace only.
bool is_rootless();

/// Subscribed to what becomes of one unit's jobs. A failure of any function, but for ETIMEDOUT of
/// end_of_job(), is the connection's end.
class Bus {
  public:
    /// `unit` may be empty: no job will be waited for. Kind::system with ENOENT or ECONNREFUSED if
    /// nobody listens.
    static Result<Bus> open(bool user, std::string_view unit, sys::Deadline const& deadline);

    /// The answer of systemd's Manager: of type reply or error.
    Result<dbus::Message> ask(std::string_view member, std::vector<dbus::Value> arguments,
                              sys::Deadline const& deadline, int fd = -1);

    /// How the job in `answer` ended. Nobody but who gave that answer is believed.
    Result<std::string> end_of_job(dbus::Message const& answer, sys::Deadline const& deadline);

    /// A text property of the Manager.
    Result<std::string> manager_property(std::string_view name, sys::Deadline const& deadline);

    /// Of a scope or a slice.
    Result<dbus::Value> unit_property(std::string_view unit, std::string_view name,
                                      sys::Deadline const& deadline);

    /// Whether pids are the same to systemd and to us.
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
