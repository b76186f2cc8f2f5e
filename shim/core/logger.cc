// SPDX-License-Identifier: Apache-2.0
// shim/core/logger.cc - starting a logging program, and its end. pipe(2), dup2(2).
#include "core/logger.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/optional.hpp> // this and type_traits: Boost 1.81 forgets them
#include <boost/type_traits.hpp>

#include <boost/process/v2/process.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/pipe.h"

namespace davit::shim {

namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;

constexpr auto readiness = std::chrono::seconds(60);
constexpr int first_fd = 3, last_fd = 5;

/// What Boost.Process has no word for: the environment, fds 3 to 5, no signal blocked or ignored.
struct Setup {
    char const* const* environment;
    int const* from; ///< above last_fd, as is the pipe of Boost.Process's own

    template <class Launcher>
    process::error_code on_setup(Launcher& launcher, process::filesystem::path const&,
                                 char const* const*&) const {
        launcher.env = environment;
        for (int fd = first_fd; fd <= last_fd; ++fd) launcher.fd_whitelist.push_back(fd);
        return {};
    }
    template <class Launcher>
    process::error_code on_exec_setup(Launcher&, process::filesystem::path const&,
                                      char const* const*&) const {
        sigset_t none;
        sigemptyset(&none);
        (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
        (void)::signal(SIGPIPE, SIG_DFL);
        (void)::setpgid(0, 0); // a signal for the shim's group isn't for it
        for (int i = 0; i < 3; ++i)
            if (::dup2(from[i], first_fd + i) < 0) return {errno, boost::system::system_category()};
        // What this process was started with, too: Boost.Process leaves some of it open.
        if (::close_range(last_fd + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
            return {errno, boost::system::system_category()};
        return {};
    }
};

/// The same file under a number that is in nobody's way.
Result<Fd> above(Fd fd) {
    Fd moved(::fcntl(fd.number(), F_DUPFD_CLOEXEC, last_fd + 1));
    if (!moved) return fail_errno(errno, "duplicate an fd");
    return moved;
}

/// The numbers up to last_fd that are free, taken, so that nobody else gets one.
std::vector<Fd> take_low_numbers(Fd const& any) {
    std::vector<Fd> taken;
    for (;;) {
        Fd fd(::fcntl(any.number(), F_DUPFD_CLOEXEC, 0));
        if (!fd || fd.number() > last_fd) return taken;
        taken.push_back(std::move(fd));
    }
}

Result<int> launch(asio::io_context& loop, Target const& program, Logger::About const& about,
                   Logger::Input input, Fd ready) {
    Fd fds[3];
    Fd* const given[] = {&input.out, &input.err, &ready};
    for (int i = 0; i < 3; ++i) {
        auto moved = above(std::move(*given[i]));
        if (!moved) return passed_on(std::move(moved));
        fds[i] = *std::move(moved);
        given[i]->reset();
    }
    auto const held = take_low_numbers(fds[0]);
    int const from[] = {fds[0].number(), fds[1].number(), fds[2].number()};
    auto const id = "CONTAINER_ID=" + about.id;
    auto const name = "CONTAINER_NAMESPACE=" + about.containerd_namespace;
    char const* const environment[] = {id.c_str(), name.c_str(), nullptr};
    boost::system::error_code error;
    auto child = process::default_process_launcher()(loop.get_executor(), error, program.path,
                                                     program.arguments, Setup{environment, from});
    if (error)
        return fail_errno(error.value(), "start the logging program ", in_quotes(program.path));
    auto const pid = static_cast<int>(child.id());
    (void)child.detach(); // the reaper waits for it
    return pid;
}

} // namespace

asio::awaitable<Result<std::shared_ptr<Logger>>>
Logger::start(asio::io_context& loop, Reaper& reaper, Target program, About about, Input input) {
    auto pipe = make_pipe();
    if (!pipe) co_return passed_on(std::move(pipe));
    auto pid = launch(loop, program, about, std::move(input), std::move(pipe->write));
    if (!pid) co_return passed_on(std::move(pid));
    auto logger = std::make_shared<Logger>(loop);
    logger->pid_ = *pid;
    reaper.watch(*pid, [logger](unsigned) {
        logger->pid_ = 0;
        logger->changed_.tell_all();
    });
    auto const ready = std::make_shared<asio::posix::stream_descriptor>(loop);
    boost::system::error_code error;
    ready->assign(pipe->read.number(), error);
    if (error) {
        logger->send(SIGKILL);
        co_return fail_errno(error.value(), "wait for the logging program ",
                             in_quotes(program.path));
    }
    (void)pipe->read.release();
    ready->async_wait(ready->wait_read, [logger, ready](auto) {
        logger->is_ready_ = true;
        logger->changed_.tell_all();
    });
    auto const is_silent = [&] { return !logger->is_ready_; };
    co_await logger->changed_.wait_while(is_silent, readiness);
    if (logger->is_ready_) co_return logger;
    ready->cancel();
    logger->send(SIGKILL);
    co_return fail(Kind::system, "the logging program ", in_quotes(program.path),
                   " has not said that it is ready within 60 s");
}

void Logger::send(int signal) const {
    // Nobody else has this pid: only the reaper waits for it, and then it is 0 here.
    if (pid_ != 0) (void)::kill(pid_, signal);
}

asio::awaitable<void> Logger::wait_for_its_end(std::chrono::seconds most) {
    auto const lives = [this] { return pid_ != 0; };
    co_await changed_.wait_while(lives, most);
}

asio::awaitable<void> Logger::end() {
    co_await wait_for_its_end(std::chrono::seconds(2));
    send(SIGTERM);
    co_await wait_for_its_end(std::chrono::seconds(12));
    send(SIGKILL);
}

} // namespace davit::shim
