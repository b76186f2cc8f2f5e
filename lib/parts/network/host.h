// SPDX-License-Identifier: Apache-2.0
// parts/network/host.h - moving interfaces into the container. Runs in: parent.
#pragma once

#include "parts/network/network.h"
#include "parts/network/socket_host.h"

namespace davit::network {

class Mover {
  public:
    /// Moves them into the namespace of `net_namespace` (its fd, or the pidfd of a process in it),
    /// renames them, adds the permanent global addresses again that an interface loses at the move,
    /// and sets them up. Moves none if one of them doesn't exist, or its name is used inside. After
    /// a failure: put_back().
    Result<> move(std::vector<Device> const& devices, int net_namespace);

    /// Returns all that have moved to where they were: name, number, permanent addresses, bridge,
    /// up or down. Their routes are lost, as after setting them down.
    void put_back();

  private:
    struct Journey {
        Device device;
        Link before;
        std::int32_t index = 0; ///< inside
        std::vector<Address> addresses;
    };
    Result<Journey> prepare(Device const& device, std::vector<Address> const& all);
    Result<> move(Journey& journey, NsFd const& into);

    std::optional<Socket> outside_, inside_;
    std::vector<Journey> journeys_; ///< in the order in which they begin
};

} // namespace davit::network
