// SPDX-License-Identifier: Apache-2.0
// parts/network/host.cc - moving interfaces into the container. Runs in: parent.
//
// Between clone3 and the hooks: init's network namespace exists, init's work hasn't begun.
// config-linux.md#network-devices; kernel: rtnetlink(7), IFLA_NEW_IFINDEX (Linux 5.13).
#include "parts/network/host.h"

#include <linux/if.h>

#include <algorithm>
#include <ranges>

#include "parts/namespaces/host.h"

namespace davit::network {

namespace {

bool is_permanent(Address const& address) { return address.flags & IFA_F_PERMANENT; }

/// "this ensures that only addresses intended for … external communication are transferred"
bool is_global(Address const& address) { return address.header.ifa_scope == RT_SCOPE_UNIVERSE; }

Request change(std::int32_t index, unsigned set_flags = 0) {
    ifinfomsg header{};
    header.ifi_index = index;
    header.ifi_flags = header.ifi_change = set_flags;
    return {RTM_SETLINK, NLM_F_ACK, header};
}

/// Without IFLA_NEW_IFINDEX the parent couldn't find the interface after the move: the kernel
/// chooses its name. If its name is used there, the interface gets the new one at once.
Request move_to(NsFd const& into, Link const& link, std::int32_t new_index, std::string_view name) {
    auto request = change(link.index);
    request.add(IFLA_NET_NS_FD, into.number());
    request.add(IFLA_NEW_IFINDEX, new_index);
    request.add(IFLA_IFNAME, name);
    return request;
}

std::string member(Device const& device) { return text("config.json: ", device.pointer); }

/// The number outside, unless an interface inside has it.
Result<std::int32_t> free_index(Socket& socket, std::int32_t index) {
    while (TRY(socket.find(find_link(index)))) ++index;
    return index;
}

} // namespace

Result<Mover::Journey> Mover::prepare(Device const& device, std::vector<Address> const& all) {
    Journey journey{device, {}, 0, {}};
    auto const link = TRY(within(outside_->find(find_link(device.outside)), member(device)));
    if (!link) return fail(Kind::system, member(device), ": the host has no such interface");
    journey.before = *link;
    if (journey.device.inside.empty()) journey.device.inside = link->name;
    auto const& name = journey.device.inside;
    bool const is_template = name.contains('%');
    if (!is_template && TRY(within(inside_->find(find_link(name)), member(device))))
        return fail(Kind::system, member(device), ": the container has an interface ", quoted(name),
                    " already");
    for (auto const& address : all)
        if (static_cast<std::int32_t>(address.header.ifa_index) == link->index
            && is_permanent(address))
            journey.addresses.push_back(address);
    return journey;
}

Result<> Mover::move(Journey& journey, NsFd const& into) {
    auto const& name = journey.device.inside;
    TRY(within(outside_->ask(move_to(into, journey.before, journey.index, name)),
               "move the interface in as ", quoted(name)));
    auto const moved = TRY(inside_->find(find_link(journey.index)));
    if (!moved) return fail(Kind::system, "the interface has gone on its way");
    for (auto const& address : journey.addresses)
        if (is_global(address))
            TRY(within(inside_->ask(
                           add_address(address, journey.index,
                                       new_label(address.label, journey.before.name, moved->name))),
                       "give the interface an address"));
    return within(inside_->ask(change(journey.index, IFF_UP)), "set the interface up");
}

Result<> Mover::move(std::vector<Device> const& devices, int net_namespace) {
    outside_ = TRY(Socket::open());
    inside_ = TRY(Socket::open_in(net_namespace));
    auto const into = TRY(inside_->net_namespace());
    if (TRY(namespaces::is_same(into, TRY(outside_->net_namespace()))))
        return fail(Kind::config, member(devices.front()),
                    ": the container's network namespace is the host's");
    auto const addresses = TRY(within(outside_->addresses(), "list the host's addresses"));
    std::vector<Journey> planned;
    for (auto const& device : devices) planned.push_back(TRY(prepare(device, addresses)));
    for (auto& journey : planned) {
        journey.index = TRY(free_index(*inside_, journey.before.index));
        journeys_.push_back(std::move(journey));
        TRY(within(move(journeys_.back(), into), member(journeys_.back().device)));
    }
    return {};
}

void Mover::put_back() {
    if (!outside_) return;
    auto const home = outside_->net_namespace();
    if (!home) return;
    for (auto const& journey : std::views::reverse(journeys_)) {
        auto const& before = journey.before;
        // The last interface may not have moved.
        if (auto const here = outside_->find(find_link(before.index)); !here || *here) continue;
        auto there = before;
        there.index = journey.index;
        if (!inside_->ask(move_to(*home, there, before.index, before.name))) continue;
        if (before.master) {
            auto port = change(before.index);
            (void)outside_->ask(port.add(IFLA_MASTER, before.master));
        }
        for (auto const& address : journey.addresses)
            (void)outside_->ask(add_address(address, before.index, address.label));
        if (before.flags & IFF_UP) (void)outside_->ask(change(before.index, IFF_UP));
    }
    journeys_.clear();
}

} // namespace davit::network
