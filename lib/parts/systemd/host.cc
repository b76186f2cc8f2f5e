// SPDX-License-Identifier: Apache-2.0
// parts/systemd/host.cc - starts, changes and stops a unit. Runs in: parent.
//
// org.freedesktop.systemd1(5). A bus may restart at any moment; then davit can't know whether it
// passed a call on. So each request can be repeated, and davit checks the result in the kernel,
// too: whether the process is in the unit's group.
#include <algorithm>
#include <utility>

#include "parts/systemd/bus_host.h"
#include "parts/systemd/systemd.h"
#include "sys/file.h"

namespace davit::systemd {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;        ///< a job may wait for other jobs
constexpr auto poll_interval = 500ms; ///< between two looks at the kernel
constexpr auto pause = 50ms;          ///< between two attempts
constexpr std::string_view exists = "org.freedesktop.systemd1.UnitExists";
constexpr std::string_view no_such = "org.freedesktop.systemd1.NoSuchUnit";
constexpr std::string_view pidfds = "PIDFDs";
/// systemd's name for: "Cannot set property …, or unknown property."
constexpr std::string_view unknown_property = "org.freedesktop.DBus.Error.PropertyReadOnly";

using dbus::Message;
using sys::Deadline;

dbus::Value to_value(std::vector<Property> const& properties) {
    std::vector<dbus::Value> out;
    for (auto const& property : properties)
        out.push_back(
            dbus::structure({dbus::string(property.name), dbus::variant(property.value)}));
    return dbus::array("(sv)", std::move(out));
}

std::unexpected<Error> refused(std::string_view what, Unit const& unit, Message const& error) {
    bool const denied = error.error.ends_with(".AccessDenied")
                        || error.error.ends_with(".InteractiveAuthorizationRequired");
    auto const words = error.arguments.empty() ? std::string() : error.arguments[0].text;
    return fail(denied                  ? Kind::denied
                : error.error == exists ? Kind::exists
                                        : Kind::system,
                what, " systemd unit ", quoted(unit.name), ": ", words, " (", error.error, ")");
}

bool is_error(Message const& answer, std::string_view name) {
    return answer.type == dbus::MessageType::error && answer.error == name;
}

bool knows_no_pidfds(Message const& answer) {
    return is_error(answer, unknown_property) && !answer.arguments.empty()
           && answer.arguments[0].text.find(pidfds) != std::string::npos;
}

/// /proc/PID/cgroup, or "".
std::string groups_of(int pid) {
    std::string content(4096, '\0');
    auto const file = sys::openat(sys::cwd, text("/proc/", pid, "/cgroup").c_str(), O_RDONLY);
    auto const size = file ? sys::read(file->number(), content.data(), content.size())
                           : Sys<std::size_t>(std::unexpected(file.error()));
    content.resize(size.value_or(0));
    return content;
}

/// Whether the process is in the unit's group, in systemd's own hierarchy: v2's before it.
bool is_inside(int pid, Unit const& unit) {
    auto const content = groups_of(pid);
    for (auto const line : split(content, '\n')) // "0::" is the last
        if (line.contains(":name=systemd:") || line.starts_with("0::"))
            return line.ends_with('/' + unit.name);
    return false;
}

/// One request to systemd, over as many connections as it needs.
class UnitRequest {
  public:
    explicit UnitRequest(Unit const& unit) : unit_(unit), until_(patience) {}

    /// The answer. After a lost connection it asks again.
    Result<Message> ask(std::string_view member, std::vector<dbus::Value> const& arguments,
                        int fd = -1) {
        return with_bus<Message>([&](Bus& bus) { return bus.ask(member, arguments, until_, fd); });
    }
    Result<std::string> property(std::string_view name) {
        return with_bus<std::string>([&](Bus& bus) { return bus.manager_property(name, until_); });
    }
    Result<dbus::Value> unit_property(std::string_view name) {
        return with_bus<dbus::Value>(
            [&](Bus& bus) { return bus.unit_property(unit_.name, name, until_); });
    }
    /// How the job ended: "done", "failed", …; nothing if the interval passed, or if the answer
    /// went to a lost connection.
    Result<std::string> end_of(Message const& answer) {
        if (answer.arguments.empty() || answer.arguments[0].type != "o")
            return fail(Kind::system, "systemd gave unit ", quoted(unit_.name), " no job");
        auto ended = bus_->end_of_job(answer, until_.within(poll_interval));
        if (ended) return ended;
        if (ended.error().errnum != ETIMEDOUT) lose_bus();
        return std::string();
    }
    /// Whether systemd may have done something without davit's knowledge.
    [[nodiscard]] bool lost_bus() const { return lost_; }
    [[nodiscard]] bool has_our_pids() const { return bus_ && bus_->has_our_pids(); }
    [[nodiscard]] bool connected() const { return bus_.has_value(); }
    [[nodiscard]] Deadline const& until() const { return until_; }

  private:
    template <class T, class Talk>
    Result<T> with_bus(Talk const& talk) {
        for (;;) {
            auto said = connect();
            auto answer = said ? talk(*bus_) : Result<T>(std::unexpected(said.error()));
            if (answer) return answer;
            // No process listens, where one did before: the bus is being restarted.
            auto const e = answer.error().errnum;
            bool const passes = e == ECONNRESET || e == EPIPE || e == ECONNREFUSED
                                || (e == ENOENT && (lost_ || bus_));
            if (bus_) lose_bus();
            if (!passes || until_.passed()) return answer;
            until_.sleep(pause);
        }
    }
    Result<> connect() {
        if (!bus_) bus_ = TRY(Bus::open(unit_.user, unit_.name, until_));
        return {};
    }
    void lose_bus() {
        bus_.reset();
        lost_ = true;
    }

    Unit const& unit_;
    Deadline until_;
    std::optional<Bus> bus_;
    bool lost_ = false;
};

/// "252.39-1~deb12u2", "v257".
unsigned leading_number(std::string_view version) {
    auto const begin = std::min(version.find_first_of("0123456789"), version.size());
    auto const end = std::min(version.find_first_not_of("0123456789", begin), version.size());
    return parse<unsigned>(version.substr(begin, end - begin)).value_or(0);
}

/// The properties that this systemd knows. Asks for its version only if one is newer than the
/// oldest.
Result<std::vector<Property>> known(UnitRequest& request, std::vector<Property> properties) {
    if (std::ranges::none_of(properties, [](auto const& p) { return p.since != 0; }))
        return properties;
    auto const version = leading_number(TRY(request.property("Version")));
    std::erase_if(properties, [&](auto const& p) { return p.since > version; });
    return properties;
}

/// A new unit, and the process for it.
struct Start {
    Unit const& unit;
    std::vector<Property> properties;
    int pid;
    PidFd const& process;
};

Result<Message> ask_to_start(UnitRequest& request, Start const& wanted) {
    auto const ask = [&](std::vector<Property> const& properties, int fd) {
        return request.ask("StartTransientUnit",
                           {dbus::string(wanted.unit.name), dbus::string("replace"),
                            to_value(properties), dbus::array("(sa(sv))", {})},
                           fd);
    };
    if (wanted.unit.is_slice()) return ask(wanted.properties, -1);
    // A pidfd always means the same process, in all pid namespaces. systemd 255 and newer.
    auto all = wanted.properties;
    all.push_back({std::string(pidfds), dbus::array("h", {dbus::handle()})});
    auto answer = TRY(ask(all, wanted.process.number()));
    if (!knows_no_pidfds(answer)) return answer;
    if (!request.has_our_pids())
        return fail(
            Kind::unsupported, "start systemd unit ", quoted(wanted.unit.name),
            ": before version 255, systemd knows a process by its number alone, which in this "
            "pid namespace means another one than in systemd's");
    auto const pid = dbus::uint32(static_cast<std::uint32_t>(wanted.pid));
    all.back() = {"PIDs", dbus::array("u", {pid})};
    return ask(all, -1);
}

/// A unit of this name exists: whether davit has made it (and lost the answer), not another
/// program.
bool is_ours(UnitRequest& request, Start const& wanted) {
    if (!request.lost_bus()) return false;
    if (wanted.unit.is_slice()) return true;
    for (auto const until = request.until().within(10 * poll_interval); !until.passed();) {
        if (is_inside(wanted.pid, wanted.unit)) return true;
        until.sleep(pause);
    }
    return false;
}

/// `is_ours_now`: systemd has begun to start it.
Result<> try_to_start(UnitRequest& request, Start const& wanted, bool& is_ours_now) {
    auto const& unit = wanted.unit;
    bool reset = false;
    for (;;) {
        auto const answer = TRY(ask_to_start(request, wanted));
        if (is_error(answer, exists)) {
            if (is_ours(request, wanted)) return {};
            if (std::exchange(reset, true)) return refused("start", unit, answer);
            // It may be the rest of a failed one.
            TRY(request.ask("ResetFailedUnit", {dbus::string(unit.name)}));
            continue;
        }
        if (answer.type == dbus::MessageType::error) return refused("start", unit, answer);
        is_ours_now = true;
        while (request.connected()) {
            auto const end = TRY(request.end_of(answer));
            // Only the job puts the process there.
            if (!unit.is_slice() && is_inside(wanted.pid, unit)) return {};
            if (end == "done" && unit.is_slice()) return {};
            if (!end.empty())
                return fail(Kind::system, "start systemd unit ", quoted(unit.name),
                            ": its job ended as ", quoted(end), ", without the process inside");
            if (request.until().passed())
                return fail_errno({ETIMEDOUT}, "start systemd unit ", quoted(unit.name));
        }
    }
}

} // namespace

Result<Facts> read_facts() {
    Facts facts;
    facts.user = is_rootless();
    if (facts.user) {
        Unit const none{{}, {}, true};
        facts.group = TRY(UnitRequest(none).property("ControlGroup"));
        return facts;
    }
    if (!sys::faccessat2(sys::cwd, "/run/systemd/system", F_OK, 0))
        return fail(Kind::unsupported,
                    "systemd not running on this host, cannot use systemd cgroups manager");
    // Only if systemd itself runs in a container, its groups aren't at the top.
    auto const groups = groups_of(1);
    for (auto const line : split(groups, '\n')) {
        constexpr std::string_view own = "/init.scope";
        if (!line.ends_with(own)) continue;
        auto const path = line.substr(line.find(':', line.find(':') + 1) + 1);
        facts.group = path.substr(0, path.size() - own.size());
    }
    return facts;
}

Result<> start(Unit const& unit, std::vector<Property> const& properties, int pid,
               PidFd const& process) {
    UnitRequest request(unit);
    bool begun = false;
    auto started =
        try_to_start(request, {unit, TRY(known(request, properties)), pid, process}, begun);
    // Over a lost connection systemd may have begun unnoticed. A unit that existed before isn't
    // davit's.
    if (!started) begun = begun || (started.error().kind != Kind::exists && is_inside(pid, unit));
    if (!started && begun) (void)stop(unit);
    return started;
}

Result<std::vector<Property>> device_rules(Unit const& unit) {
    UnitRequest request(unit);
    std::vector<Property> out;
    for (auto const* const name : {"DevicePolicy", "DeviceAllow"})
        out.push_back({name, TRY(request.unit_property(name))});
    return out;
}

Result<> set_properties(Unit const& unit, std::vector<Property> const& properties) {
    UnitRequest request(unit);
    auto const all = with_lists_emptied(TRY(known(request, properties)));
    if (all.empty()) return {};
    auto const answer = TRY(request.ask(
        "SetUnitProperties", {dbus::string(unit.name), dbus::boolean(true), to_value(all)}));
    if (answer.type == dbus::MessageType::error) return refused("change", unit, answer);
    return {};
}

Result<> stop(Unit const& unit) {
    UnitRequest request(unit);
    for (;;) {
        auto const answer =
            TRY(request.ask("StopUnit", {dbus::string(unit.name), dbus::string("replace")}));
        if (is_error(answer, no_such)) return {};
        if (answer.type == dbus::MessageType::error) return refused("stop", unit, answer);
        if (!TRY(request.end_of(answer)).empty()) break;
        // The job may have ended unnoticed. Asked again, systemd names the same job, or no unit.
        if (request.until().passed())
            return fail_errno({ETIMEDOUT}, "stop systemd unit ", quoted(unit.name));
    }
    // The unit is gone already, unless it has failed.
    TRY(request.ask("ResetFailedUnit", {dbus::string(unit.name)}));
    return {};
}

} // namespace davit::systemd
