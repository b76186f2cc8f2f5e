// SPDX-License-Identifier: Apache-2.0
// shim/core/logger.cc - starting a logging program, and its end. pipe(2).
#include "core/logger.h"

#include <signal.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <utility>

#include "base/result.h"
#include "core/launch.h"
#include "core/pipe.h"

namespace davit::shim {

namespace {

namespace asio = boost::asio;

constexpr auto readiness = std::chrono::seconds(60);
Result<int> launch(asio::io_context& loop, Target const& program, Logger::About const& about,
                   Logger::Input const& input, Fd const& ready) {
    Launch what{.role = "the logging program",
                .program = program.path,
                .words = {program.path},
                .environment = {"CONTAINER_ID=" + about.id,
                                "CONTAINER_NAMESPACE=" + about.containerd_namespace},
                .first = 3,
                .fds = {input.out.number(), input.err.number(), ready.number()}};
    what.words.insert(what.words.end(), program.arguments.begin(), program.arguments.end());
    return launch(loop, what); // the reaper reaps it
}

} // namespace

asio::awaitable<Result<std::shared_ptr<Logger>>>
Logger::start(asio::io_context& loop, Reaper& reaper, Target program, About about, Input input) {
    auto pipe = CO_TRY(make_pipe());
    auto const pid = CO_TRY(
        launch(loop, program, about, std::exchange(input, {}), std::exchange(pipe.write, {})));
    auto logger = std::make_shared<Logger>(loop);
    logger->pid_ = pid;
    reaper.watch(pid, [logger](unsigned) {
        logger->pid_ = 0;
        logger->changed_.tell_all();
    });
    auto const ready = std::make_shared<asio::posix::stream_descriptor>(loop);
    boost::system::error_code error;
    ready->assign(pipe.read.number(), error);
    if (error) {
        logger->send(SIGKILL);
        co_return fail_errno(Errno{error.value()}, "wait for the logging program ",
                             quoted(program.path));
    }
    (void)pipe.read.release();
    ready->async_wait(ready->wait_read, [logger, ready](auto) {
        logger->is_ready_ = true;
        logger->changed_.tell_all();
    });
    auto const is_silent = [&] { return !logger->is_ready_; };
    co_await logger->changed_.wait_while(is_silent, readiness);
    if (logger->is_ready_) co_return logger;
    ready->cancel();
    logger->send(SIGKILL);
    co_return fail(Kind::system, "the logging program ", quoted(program.path),
                   " has not said that it is ready within 60 s");
}

void Logger::send(int signal) const {
    // No other process has this pid: only the reaper reaps it, and then pid_ is 0.
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
