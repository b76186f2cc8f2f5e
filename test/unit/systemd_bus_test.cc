// SPDX-License-Identifier: Apache-2.0
// unit/systemd_bus_test.cc - parts/systemd/host.cc against a dbus-daemon and a systemd that the
// test plays with libsystemd's own sd-bus: a foreign peer reads davit's bytes.
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "catch.h"
#include <thread>

#include "parts/systemd/systemd.h"
#include "sys/process.h"
#include "temporary.h"

#if __has_include(<systemd/sd-bus.h>) && defined(DAVIT_TEST_SD_BUS)
#include <systemd/sd-bus.h>

namespace {

using namespace davit;
using namespace std::chrono_literals;

/// What the played systemd has heard goes here, a line a call.
std::string heard_file;

void note(std::string const& line) { std::ofstream(heard_file, std::ios::app) << line << '\n'; }

std::string read_property(sd_bus_message* m) {
    char const *name = nullptr, *contents = nullptr;
    char type = 0;
    sd_bus_message_enter_container(m, 'r', "sv");
    sd_bus_message_read(m, "s", &name);
    sd_bus_message_peek_type(m, &type, &contents);
    std::string out = text(name, "=", contents);
    sd_bus_message_enter_container(m, 'v', contents);
    char const* s = nullptr;
    std::uint64_t t = 0;
    int b = 0, fd = -1;
    if (contents == std::string_view("s") && sd_bus_message_read(m, "s", &s) > 0)
        out += text(":", s);
    if (contents == std::string_view("t") && sd_bus_message_read(m, "t", &t) > 0)
        out += text(":", t);
    if (contents == std::string_view("b") && sd_bus_message_read(m, "b", &b) > 0)
        out += text(":", b);
    if (contents == std::string_view("ah")) {
        sd_bus_message_enter_container(m, 'a', "h");
        if (sd_bus_message_read(m, "h", &fd) > 0)
            out += text(":", test::content(text("/proc/self/fdinfo/", fd)).find("Pid:")
                                     != std::string::npos
                                 ? "pidfd"
                                 : "?");
        sd_bus_message_exit_container(m);
    }
    if (sd_bus_message_at_end(m, false) == 0) sd_bus_message_skip(m, nullptr);
    sd_bus_message_exit_container(m);
    sd_bus_message_exit_container(m);
    return out;
}

std::string read_properties(sd_bus_message* m) {
    std::string out;
    sd_bus_message_enter_container(m, 'a', "(sv)");
    while (sd_bus_message_at_end(m, false) == 0) out += ' ' + read_property(m);
    sd_bus_message_exit_container(m);
    return out;
}

void job_removed(sd_bus_message* m, char const* unit, char const* result) {
    sd_bus_emit_signal(sd_bus_message_get_bus(m), "/org/freedesktop/systemd1",
                       "org.freedesktop.systemd1.Manager", "JobRemoved", "uoss", 7,
                       "/org/freedesktop/systemd1/job/7", unit, result);
}

int answer_job(sd_bus_message* m, char const* unit, char const* result) {
    auto const sent = sd_bus_reply_method_return(m, "o", "/org/freedesktop/systemd1/job/7");
    job_removed(m, "other.scope", "failed");
    job_removed(m, unit, result);
    return sent;
}

int start_transient(sd_bus_message* m, void*, sd_bus_error* error) {
    char const *unit = nullptr, *mode = nullptr;
    sd_bus_message_read(m, "ss", &unit, &mode);
    auto const properties = read_properties(m);
    note(text("start ", unit, " ", mode, properties));
    std::string_view const name = unit;
    if (name.starts_with("old") && properties.find("PIDFDs") != std::string::npos)
        return sd_bus_error_set(error, "org.freedesktop.DBus.Error.PropertyReadOnly", "PIDFDs?");
    if (name.starts_with("taken"))
        return sd_bus_error_set(error, "org.freedesktop.systemd1.UnitExists", "it is there");
    if (name.starts_with("dying") && test::content(heard_file + ".died").empty()) {
        test::put(heard_file + ".died", "x");
        _exit(0);
    }
    return answer_job(m, unit, name.starts_with("bad") ? "failed" : "done");
}

int stop_unit(sd_bus_message* m, void*, sd_bus_error* error) {
    char const *unit = nullptr, *mode = nullptr;
    sd_bus_message_read(m, "ss", &unit, &mode);
    note(text("stop ", unit, " ", mode));
    if (std::string_view(unit).starts_with("gone"))
        return sd_bus_error_set(error, "org.freedesktop.systemd1.NoSuchUnit", "not loaded");
    return answer_job(m, unit, "done");
}

int reset_failed(sd_bus_message* m, void*, sd_bus_error* error) {
    char const* unit = nullptr;
    sd_bus_message_read(m, "s", &unit);
    note(text("reset ", unit));
    return sd_bus_error_set(error, "org.freedesktop.systemd1.NoSuchUnit", "not loaded");
}

int set_properties(sd_bus_message* m, void*, sd_bus_error*) {
    char const* unit = nullptr;
    int runtime = 0;
    sd_bus_message_read(m, "sb", &unit, &runtime);
    note(text("set ", unit, " ", runtime, read_properties(m)));
    return sd_bus_reply_method_return(m, "");
}

int get_unit(sd_bus_message* m, void*, sd_bus_error*) {
    return sd_bus_reply_method_return(m, "o", "/org/freedesktop/systemd1/unit/x_2escope");
}

int device_policy(sd_bus*, char const*, char const*, char const*, sd_bus_message* reply, void*,
                  sd_bus_error*) {
    return sd_bus_message_append(reply, "s", "strict");
}

int device_allow(sd_bus*, char const*, char const*, char const*, sd_bus_message* reply, void*,
                 sd_bus_error*) {
    return sd_bus_message_append(reply, "a(ss)", 2, "/dev/char/1:3", "rwm", "char-*", "m");
}

int subscribe(sd_bus_message* m, void*, sd_bus_error*) { return sd_bus_reply_method_return(m, ""); }

int version(sd_bus*, char const*, char const*, char const*, sd_bus_message* reply, void*,
            sd_bus_error*) {
    return sd_bus_message_append(reply, "s", "252.39-1~deb12u2");
}

constexpr sd_bus_vtable manager[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Version", "s", version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_METHOD("Subscribe", "", "", subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("StartTransientUnit", "ssa(sv)a(sa(sv))", "o", start_transient,
                  SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("StopUnit", "ss", "o", stop_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("ResetFailedUnit", "s", "", reset_failed, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("GetUnit", "s", "o", get_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("SetUnitProperties", "sba(sv)", "", set_properties, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
    SD_BUS_VTABLE_END,
};

constexpr sd_bus_vtable scope[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("DevicePolicy", "s", device_policy, 0, 0),
    SD_BUS_PROPERTY("DeviceAllow", "a(ss)", device_allow, 0, 0),
    SD_BUS_VTABLE_END,
};

[[noreturn]] void play_systemd(std::string const& address) {
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", address.c_str(), 1);
    sd_bus* bus = nullptr;
    if (sd_bus_open_system(&bus) < 0) _exit(2);
    sd_bus_add_object_vtable(bus, nullptr, "/org/freedesktop/systemd1",
                             "org.freedesktop.systemd1.Manager", manager, nullptr);
    sd_bus_add_object_vtable(bus, nullptr, "/org/freedesktop/systemd1/unit/x_2escope",
                             "org.freedesktop.systemd1.Scope", scope, nullptr);
    if (sd_bus_request_name(bus, "org.freedesktop.systemd1", 0) < 0) _exit(3);
    note("ready");
    for (;;) {
        auto const r = sd_bus_process(bus, nullptr);
        if (r < 0) _exit(4);
        if (r == 0) sd_bus_wait(bus, UINT64_MAX);
    }
}

/// A message bus of the test's own, and a process on it that plays systemd.
class Bus {
  public:
    Bus() {
        heard_file = directory_ / "heard";
        test::put(directory_ / "conf",
                  "<busconfig><type>session</type><listen>unix:path=" + (directory_ / "bus")
                      + "</listen><auth>EXTERNAL</auth><policy context='default'>"
                        "<allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/>"
                        "<allow own='*'/></policy></busconfig>");
        ::setenv("DBUS_SYSTEM_BUS_ADDRESS", address().c_str(), 1);
        start_daemon();
        start_systemd();
    }
    Bus(Bus const&) = delete;
    Bus& operator=(Bus const&) = delete;
    ~Bus() {
        ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
        end(systemd_);
        end(daemon_);
    }
    void restart() {
        end(systemd_);
        end(daemon_);
        std::filesystem::remove(directory_ / "bus");
        start_daemon();
        start_systemd();
    }
    void start_systemd() {
        std::filesystem::remove(heard_file);
        systemd_ = ::fork();
        if (systemd_ == 0) play_systemd(address());
        wait_until([] { return !test::content(heard_file).empty(); });
    }
    /// Without the first line.
    static std::string heard() {
        auto all = test::content(heard_file);
        return all.erase(0, all.find('\n') + 1);
    }

  private:
    [[nodiscard]] std::string address() const { return "unix:path=" + (directory_ / "bus"); }
    void start_daemon() {
        daemon_ = ::fork();
        if (daemon_ == 0) {
            auto const conf = "--config-file=" + (directory_ / "conf");
            ::execlp("dbus-daemon", "dbus-daemon", "--nofork", conf.c_str(), nullptr);
            _exit(127);
        }
        wait_until([&] { return std::filesystem::exists(directory_ / "bus"); });
    }
    template <class Condition>
    static void wait_until(Condition const& condition) {
        for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(10ms);
        REQUIRE(condition());
    }
    static void end(pid_t pid) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
    test::TemporaryDirectory directory_;
    pid_t daemon_ = 0, systemd_ = 0;
};

bool no_bus() {
    return unit::skip_unless(std::filesystem::exists("/usr/bin/dbus-daemon"), "no dbus-daemon here")
           || unit::skip_unless(!std::filesystem::exists("/run/systemd/private"),
                                "a real systemd runs here");
}

Result<> start(std::string const& name, std::vector<systemd::Property> const& properties = {}) {
    auto const self = davit::sys::pidfd_open(::getpid());
    REQUIRE(self);
    return systemd::start({name, "a.slice"}, properties, ::getpid(), *self);
}

} // namespace

TEST_CASE("systemd: over a real bus, with a peer that libsystemd serves", "[systemd][bus]") {
    if (no_bus()) return;
    Bus bus;
    SECTION("a slice is started, with all sorts of properties") {
        REQUIRE(start("x.slice", {{"Description", dbus::string("d")},
                                  {"Delegate", dbus::boolean(true)},
                                  {"MemoryMax", dbus::uint64(~0ULL)},
                                  {"DeviceAllow", dbus::array("(ss)", {})},
                                  {"AllowedCPUs", dbus::bytes("\1")},
                                  {"CPUWeight", dbus::uint64(0), 252},
                                  {"New", dbus::uint64(1), 253}}));
        CHECK(Bus::heard()
              == "start x.slice replace Description=s:d Delegate=b:1 "
                 "MemoryMax=t:18446744073709551615 DeviceAllow=a(ss) AllowedCPUs=ay "
                 "CPUWeight=t:0\n");
    }
    SECTION("a scope gets a pidfd; that the process isn't inside is seen in the kernel") {
        auto const started = start("y.scope");
        REQUIRE_FALSE(started);
        CHECK(started.error().story.find("without the process inside") != std::string::npos);
        CHECK(Bus::heard()
              == "start y.scope replace PIDFDs=ah:pidfd\n"
                 "stop y.scope replace\nreset y.scope\n");
    }
    SECTION("an old systemd gets a pid") {
        CHECK_FALSE(start("old.scope"));
        CHECK(Bus::heard()
              == "start old.scope replace PIDFDs=ah:pidfd\nstart old.scope replace PIDs=au\n"
                 "stop old.scope replace\nreset old.scope\n");
    }
    SECTION("a unit that is there is reset once, and then is an error") {
        auto const started = start("taken.scope");
        REQUIRE_FALSE(started);
        CHECK(started.error().kind == Kind::exists);
        CHECK(Bus::heard()
              == "start taken.scope replace PIDFDs=ah:pidfd\nreset taken.scope\n"
                 "start taken.scope replace PIDFDs=ah:pidfd\n");
    }
    SECTION("a job that fails") {
        auto const started = start("bad.slice");
        REQUIRE_FALSE(started);
        CHECK(started.error().story.find("its job ended as \"failed\"") != std::string::npos);
    }
    SECTION("a unit is changed, and stopped, if it is there") {
        CHECK(systemd::set_properties({"x.scope", ""}, {{"TasksMax", dbus::uint64(5)}}));
        CHECK(systemd::stop({"x.scope", ""}));
        CHECK(systemd::stop({"gone.scope", ""}));
        CHECK(Bus::heard()
              == "set x.scope 1 TasksMax=t:5\nstop x.scope replace\nreset x.scope\n"
                 "stop gone.scope replace\n");
    }
    SECTION("a unit's device rules are read, and replaced as a whole") {
        auto const rules = systemd::device_rules({"x.scope", ""});
        REQUIRE(rules);
        REQUIRE(rules->size() == 2);
        CHECK(rules->at(0).value == dbus::string("strict"));
        CHECK(dbus::to_text(rules->at(1).value) == "[('/dev/char/1:3', 'rwm'), ('char-*', 'm')]");
        CHECK(systemd::set_properties({"x.scope", ""}, *rules));
        CHECK(Bus::heard()
              == "set x.scope 1 DevicePolicy=s:strict DeviceAllow=a(ss) DeviceAllow=a(ss)\n");
    }
    SECTION("the bus is restarted while an answer is waited for") {
        std::thread restarting([&] {
            while (test::content(heard_file + ".died").empty()) std::this_thread::sleep_for(5ms);
            bus.restart();
        });
        auto const started = start("dying.slice");
        restarting.join();
        INFO((started ? "" : started.error().story));
        CHECK(started);
        CHECK(Bus::heard() == "start dying.slice replace\n");
    }
}

#else

TEST_CASE("systemd: over a real bus, with a peer that libsystemd serves", "[systemd][bus]") {
    WARN("SKIP: built without libsystemd-dev");
}

#endif
