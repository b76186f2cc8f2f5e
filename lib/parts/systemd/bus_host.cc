// SPDX-License-Identifier: Apache-2.0
// parts/systemd/bus_host.cc - a connection to systemd, over any bus that works. Runs in: parent.
//
// org.freedesktop.systemd1(5). The message bus comes first, as systemd(1) asks for: its private
// socket is for systemctl. davit uses that one, as systemctl does, if no bus listens: on hosts
// without one, and during its restart. If systemd has left the bus (it re-executes itself), callers
// see the same as without a bus: it will be back.
#include "parts/systemd/bus_host.h"

#include <cstdlib>

#include "sys/file.h"
#include "sys/process.h"

namespace davit::systemd {

namespace {

using dbus::Connection;
using dbus::Message;
using sys::Deadline;

constexpr std::string_view service = "org.freedesktop.systemd1";
constexpr std::string_view manager_path = "/org/freedesktop/systemd1";
constexpr std::string_view manager = "org.freedesktop.systemd1.Manager";
constexpr std::string_view bus_service = "org.freedesktop.DBus";

struct Socket {
    std::string path;
    Connection::Peer peer;
};

std::string environment(char const* name) {
    auto const* const value = std::getenv(name);
    return value ? value : "";
}

/// In the order of the tries.
std::vector<Socket> sockets(bool user) {
    std::vector<Socket> out;
    auto const runtime = environment("XDG_RUNTIME_DIR");
    auto address = environment(user ? "DBUS_SESSION_BUS_ADDRESS" : "DBUS_SYSTEM_BUS_ADDRESS");
    if (address.empty() && !user) address = "unix:path=/run/dbus/system_bus_socket";
    for (auto& path : dbus::sockets_of(address))
        out.push_back({std::move(path), Connection::Peer::bus});
    if (user && out.empty() && !runtime.empty())
        out.push_back({runtime + "/bus", Connection::Peer::bus});
    auto const directory = user ? runtime : "/run";
    if (!directory.empty())
        out.push_back({directory + "/systemd/private", Connection::Peer::direct});
    return out;
}

} // namespace

bool is_rootless() {
    if (sys::geteuid() != 0) return true;
    char map[64] = {};
    auto const file = sys::openat(sys::cwd, "/proc/self/uid_map", O_RDONLY);
    if (!file || !sys::read(file->number(), map, sizeof map - 1)) return false;
    std::vector<std::string_view> words;
    for (auto const word : split(split(map, '\n')[0], ' '))
        if (!word.empty()) words.push_back(word);
    // Maps all numbers to themselves: the first user namespace.
    return words.size() != 3 || words[1] != "0" || words[2] != "4294967295";
}

Result<Bus> Bus::open(bool user, std::string_view unit, Deadline const& deadline) {
    auto opened = Result<Bus>(fail_errno(
        {ENOENT}, "connect to ", user ? "the user's bus (XDG_RUNTIME_DIR isn't set)" : "the bus"));
    constexpr auto enough = std::chrono::seconds(10); // for a bus that hangs; then the next
    bool first = true;
    for (auto const& [path, peer] : sockets(user)) {
        auto connection = Connection::open(path, peer, deadline.within(enough));
        if (connection) {
            Bus bus(*std::move(connection), peer == Connection::Peer::direct);
            auto subscribed =
                unit.empty() ? Result<>{} : bus.subscribe(unit, deadline.within(enough));
            if (subscribed) return bus;
            connection = std::unexpected(std::move(subscribed).error());
        }
        // The first try's story is reported.
        if (std::exchange(first, false)) opened = std::unexpected(std::move(connection).error());
    }
    return opened;
}

/// Subscribes before the first request: no event after that is missed.
Result<> Bus::subscribe(std::string_view unit, Deadline const& deadline) {
    if (direct_) return {}; // there every client gets all signals
    auto const rule = text("type='signal',sender='", service, "',path='", manager_path,
                           "',interface='", manager, "',member='JobRemoved',arg2='", unit, "'");
    auto const added =
        TRY(connection_.call(dbus::call(bus_service, "/org/freedesktop/DBus", bus_service,
                                        "AddMatch", {dbus::string(rule)}),
                             deadline));
    auto const told = TRY(ask("Subscribe", {}, deadline));
    for (auto const* answer : {&added, &told})
        if (answer->type == dbus::MessageType::error)
            return fail(Kind::system, "subscribe to systemd's messages: ", answer->error);
    return {};
}

Result<Message> Bus::ask(std::string_view member, std::vector<dbus::Value> arguments,
                         Deadline const& deadline, int fd) {
    auto request =
        dbus::call(direct_ ? "" : service, manager_path, manager, member, std::move(arguments));
    request.fd = fd;
    auto answer = TRY(connection_.call(std::move(request), deadline));
    for (auto const* gone : {"NoReply", "ServiceUnknown", "NameHasNoOwner", "Disconnected"})
        if (answer.error == text("org.freedesktop.DBus.Error.", gone))
            return fail_errno({ECONNRESET}, "systemd isn't on the bus: ", answer.error);
    return answer;
}

Result<std::string> Bus::end_of_job(Message const& answer, Deadline const& deadline) {
    auto const& job = answer.arguments.at(0).text;
    auto const is_end = [&](Message const& message) { // (id, job, unit, result)
        auto const& said = message.arguments;
        return message.member == "JobRemoved" && message.interface == manager
               && message.sender == answer.sender && said.size() == 4 && said[1].text == job
               && said[3].type == "s" && !said[3].text.empty();
    };
    return TRY(connection_.wait_for(is_end, deadline)).arguments[3].text;
}

Result<dbus::Value> Bus::property(std::string_view path, std::string_view interface,
                                  std::string_view name, Deadline const& deadline) {
    auto answer = TRY(
        connection_.call(dbus::call(direct_ ? "" : service, path, "org.freedesktop.DBus.Properties",
                                    "Get", {dbus::string(interface), dbus::string(name)}),
                         deadline));
    auto& said = answer.arguments;
    if (answer.type == dbus::MessageType::error || said.empty() || said[0].type != "v")
        return fail(Kind::system, "ask systemd for its ", name, ": ",
                    answer.error.empty() ? "no value" : answer.error);
    return std::move(said[0].items[0]);
}

Result<std::string> Bus::manager_property(std::string_view name, Deadline const& deadline) {
    auto value = TRY(property(manager_path, manager, name, deadline));
    if (value.type != "s") return fail(Kind::system, "ask systemd for its ", name, ": no text");
    return std::move(value.text);
}

Result<dbus::Value> Bus::unit_property(std::string_view unit, std::string_view name,
                                       Deadline const& deadline) {
    auto const found = TRY(ask("GetUnit", {dbus::string(unit)}, deadline));
    if (found.arguments.empty() || found.arguments[0].type != "o")
        return fail(Kind::system, "find systemd unit ", quoted(unit), ": ", found.error);
    auto const interface = text(service, unit.ends_with(".slice") ? ".Slice" : ".Scope");
    return property(found.arguments[0].text, interface, name, deadline);
}

} // namespace davit::systemd
