// SPDX-License-Identifier: Apache-2.0
// tools/signal_names.cc - signals as users write them. signal(7).
#include "signal_names.h"
#include "base/text.h"

#include <algorithm>
#include <csignal>
#include <string>

namespace davit::cli {

namespace {

// The numbers come from <csignal>: they differ between architectures.
constexpr SignalName names[] = {
    {"ABRT", SIGABRT},     {"ALRM", SIGALRM},     {"BUS", SIGBUS},     {"CHLD", SIGCHLD},
    {"CLD", SIGCHLD},      {"CONT", SIGCONT},     {"FPE", SIGFPE},     {"HUP", SIGHUP},
    {"ILL", SIGILL},       {"INT", SIGINT},       {"IO", SIGIO},       {"IOT", SIGIOT},
    {"KILL", SIGKILL},     {"PIPE", SIGPIPE},     {"POLL", SIGPOLL},   {"PROF", SIGPROF},
    {"PWR", SIGPWR},       {"QUIT", SIGQUIT},     {"SEGV", SIGSEGV},   {"STOP", SIGSTOP},
#ifdef SIGSTKFLT // not on MIPS and SPARC
    {"STKFLT", SIGSTKFLT},
#endif
    {"SYS", SIGSYS},       {"TERM", SIGTERM},     {"TRAP", SIGTRAP},   {"TSTP", SIGTSTP},
    {"TTIN", SIGTTIN},     {"TTOU", SIGTTOU},     {"URG", SIGURG},     {"USR1", SIGUSR1},
    {"USR2", SIGUSR2},     {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH}, {"XCPU", SIGXCPU},
    {"XFSZ", SIGXFSZ},
};

// C libraries count from here: glibc keeps the kernel's first two for itself.
constexpr int first_realtime = 34;
constexpr int last_signal = 64;

std::optional<int> plain_number(std::string_view text) {
    auto const value = davit::parse<int>(text);
    if (!value || *value < 0 || *value > last_signal) return {};
    return value;
}

// Reads what follows RTMIN and RTMAX: nothing, or an offset that stays between the two.
std::optional<int> realtime(std::string_view offset, char sign, int base) {
    if (offset.empty()) return base;
    if (offset[0] != sign || offset.size() < 2) return {};
    auto const distance = plain_number(offset.substr(1));
    if (!distance || *distance > last_signal - first_realtime) return {};
    return sign == '+' ? base + *distance : base - *distance;
}

} // namespace

std::span<SignalName const> signal_names() { return names; }

std::optional<int> signal_number(std::string_view text) {
    if (auto const plain = plain_number(text)) return plain;
    std::string upper(text);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    std::string_view name = upper;
    if (name.starts_with("SIG")) name.remove_prefix(3);
    if (name.starts_with("RTMIN")) return realtime(name.substr(5), '+', first_realtime);
    if (name.starts_with("RTMAX")) return realtime(name.substr(5), '-', last_signal);
    auto const* row = std::ranges::find(names, name, &SignalName::name);
    if (row == std::end(names)) return {};
    return row->number;
}

} // namespace davit::cli
