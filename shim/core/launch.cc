// SPDX-License-Identifier: Apache-2.0
// shim/core/launch.cc - starting a program. dup2(2), close_range(2), setpgid(2).
#include "core/launch.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/optional.hpp> // this and type_traits: Boost 1.81 forgets them
#include <boost/type_traits.hpp>

#include <boost/process/v2/process.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "base/result.h"
#include "davit/fd.h"
#include "davit/file_limit.h"

namespace davit::shim {

namespace {

namespace process = boost::process::v2;

/// Pointers for execve(2); valid as long as the texts are.
std::vector<char const*> pointers(std::vector<std::string> const& texts) {
    std::vector<char const*> list;
    for (auto const& text : texts) list.push_back(text.c_str());
    list.push_back(nullptr);
    return list;
}

/// The steps that Boost.Process can't express.
struct Setup {
    char const* const* words;
    char const* const* environment;
    int first, last;
    std::vector<Fd> const& from; ///< above `last`, as is the pipe of Boost.Process's own

    template <class Launcher>
    process::error_code on_setup(Launcher& launcher, process::filesystem::path const&,
                                 char const* const*& command_line) const {
        command_line = words;
        launcher.env = environment;
        for (int fd = STDERR_FILENO + 1; fd <= last; ++fd) launcher.fd_whitelist.push_back(fd);
        return {};
    }
    template <class Launcher>
    process::error_code on_exec_setup(Launcher&, process::filesystem::path const&,
                                      char const* const*&) const {
        sigset_t none;
        sigemptyset(&none);
        (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
        (void)::signal(SIGPIPE, SIG_DFL);
        (void)::setpgid(0, 0); // the process must not get signals for the shim's group
        for (int fd = first; fd <= last; ++fd)
            if (::dup2(from[static_cast<std::size_t>(fd - first)].number(), fd) < 0)
                return {errno, boost::system::system_category()};
        // Also closes what the shim inherited: Boost.Process leaves some of it open.
        if (::close_range(static_cast<unsigned>(last) + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
            return {errno, boost::system::system_category()};
        if (auto const& files = file_limit()) {
            rlimit const before{files->soft, files->hard};
            (void)::setrlimit(RLIMIT_NOFILE, &before);
        }
        return {};
    }
};

/// The same file under a number above `last`, where it blocks none of the program's numbers.
Result<Fd> above(int last, int fd) {
    Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, last + 1));
    if (!copy) return fail_errno(Errno{errno}, "duplicate an fd");
    return copy;
}

/// Takes the free numbers up to `last`, so that no other fd gets one.
std::vector<Fd> take_low_numbers(int last, Fd const& any) {
    std::vector<Fd> taken;
    for (;;) {
        Fd fd(::fcntl(any.number(), F_DUPFD_CLOEXEC, 0));
        if (!fd || fd.number() > last) return taken;
        taken.push_back(std::move(fd));
    }
}

Result<int> run(boost::asio::io_context& loop, Launch const& what, Setup const& setup) {
    process::default_process_launcher launcher;
    boost::system::error_code error;
    try {
        auto child =
            launcher(loop.get_executor(), error, what.program, std::vector<std::string>(), setup);
        if (!error) (void)child.detach();
    } catch (boost::system::system_error const& thrown) { // of its pidfd, when there is a process
        error = thrown.code();
        if (launcher.pid > 0) (void)::kill(launcher.pid, SIGKILL);
    }
    if (error)
        return fail_errno(Errno{error.value()}, "start ", what.role, " ", quoted(what.program));
    return launcher.pid;
}

} // namespace

Result<int> launch(boost::asio::io_context& loop, Launch const& what) {
    int const last = what.first + static_cast<int>(what.fds.size()) - 1;
    std::vector<Fd> fds;
    for (int const fd : what.fds) fds.push_back(TRY(above(last, fd)));
    auto const held = take_low_numbers(last, fds.front());
    auto const words = pointers(what.words), environment = pointers(what.environment);
    return run(loop, what, Setup{words.data(), environment.data(), what.first, last, fds});
}

} // namespace davit::shim
