// SPDX-License-Identifier: Apache-2.0
// shim/core/stdio.cc - opening what a request names. fifo(7), pipe(7), ioctl_tty(2).
#include "core/stdio.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "base/result.h"
#include "core/pipe.h"

namespace davit::shim {

namespace {

namespace asio = boost::asio;

Result<Fd> open_file(std::string const& path, int flags, mode_t mode = 0) {
    Fd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode));
    if (!fd) return fail_errno(Errno{errno}, "open ", quoted(path), " for a process's stdio");
    return fd;
}

Result<Fd> again(Fd const& fd) {
    Fd copy(::fcntl(fd.number(), F_DUPFD_CLOEXEC, 3));
    if (!copy) return fail_errno(Errno{errno}, "duplicate an fd");
    return copy;
}

/// /dev/null: opened once, shared, closed with its last user.
Result<std::shared_ptr<Fd const>> open_null() {
    static std::weak_ptr<Fd const> shared;
    if (auto open = shared.lock()) return open;
    auto fd = TRY(open_file("/dev/null", O_RDWR));
    auto made = std::make_shared<Fd const>(std::move(fd));
    shared = made;
    return made;
}

bool is_fifo(std::string const& path) {
    struct stat s;
    return ::stat(path.c_str(), &s) == 0 && S_ISFIFO(s.st_mode);
}

/// Makes the directories above a file:// target, too (0755).
Result<> make_directories(std::string const& path) {
    for (auto at = path.find('/', 1); at != path.npos; at = path.find('/', at + 1)) {
        auto const directory = path.substr(0, at);
        if (::mkdir(directory.c_str(), 0755) < 0 && errno != EEXIST)
            return fail_errno(Errno{errno}, "make directory ", quoted(directory),
                              " for a process's stdio");
    }
    return {};
}

Result<Pipe> make_pipe_of(std::uint32_t uid, std::uint32_t gid) {
    auto pipe = make_pipe();
    // Both ends are one inode.
    if (pipe && (uid != 0 || gid != 0) && ::fchown(pipe->read.number(), uid, gid) < 0)
        return fail_errno(Errno{errno}, "give a pipe to user ", uid, ", group ", gid);
    return pipe;
}

/// The end that bytes go through, and the other one, which the shim holds so that a client may come
/// and go.
struct Fifo {
    Fd used, held;
};

/// Neither open waits for a client: O_NONBLOCK opens the reading end at once, and the writing end
/// then has a reader.
Result<Fifo> open_fifo(std::string const& path, bool to_read) {
    auto reading = TRY(open_file(path, O_RDONLY | O_NONBLOCK));
    auto writing = TRY(open_file(path, O_WRONLY | O_NONBLOCK));
    if (to_read) return Fifo{std::move(reading), std::move(writing)};
    return Fifo{std::move(writing), std::move(reading)};
}

} // namespace

asio::awaitable<Result<std::shared_ptr<Stdio>>> Stdio::open(asio::io_context& loop, Reaper& reaper,
                                                            StdioNames names, Options options) {
    auto out = CO_TRY(parse_target(names.out));
    auto err = CO_TRY(parse_target(names.terminal ? "" : names.err));
    auto stdio = std::make_shared<Stdio>(loop);
    stdio->terminal_ = names.terminal;
    stdio->null_ = CO_TRY(open_null());

    // A pipe for each stream that the shim carries; a terminal carries both ways itself.
    bool const wanted[] = {!names.in.empty(), out.form != Target::Form::none,
                           err.form != Target::Form::none};
    bool const is_logged = out.form == Target::Form::binary || err.form == Target::Form::binary;
    for (int i = 0; i < 3; ++i) {
        bool const piped = !names.terminal ? wanted[i] || (i > 0 && is_logged)
                                           : i == 1 && is_logged; // from the master to the logger
        if (!piped) continue;
        auto pipe = CO_TRY(make_pipe_of(options.uid, options.gid));
        stdio->process_[i] = std::move(i == 0 ? pipe.read : pipe.write);
        stdio->ours_[i] = std::move(i == 0 ? pipe.write : pipe.read);
    }
    CO_TRY(stdio->open_stdin(names.in));
    if (is_logged) {
        auto const& program = out.form == Target::Form::binary ? out : err;
        Logger::Input input{std::move(stdio->ours_[1]), std::move(stdio->ours_[2])};
        for (auto* fd : {&input.out, &input.err})
            if (!*fd) {
                *fd = CO_TRY(again(*stdio->null_));
            }
        auto logger = co_await Logger::start(loop, reaper, program, std::move(options.about),
                                             std::move(input));
        stdio->logger_ = CO_TRY(std::move(logger));
    } else {
        CO_TRY(stdio->open_outputs(out, err));
    }
    co_return stdio;
}

Result<> Stdio::open_stdin(std::string const& name) {
    auto const target = TRY(parse_target(name));
    if (target.form == Target::Form::none) return {};
    if (target.form != Target::Form::path)
        return fail(Kind::config, "stdin ", quoted(name), ": expected a fifo");
    auto fifo = TRY(open_fifo(target.path, true));
    client_[0] = std::move(fifo.used);
    held_[0] = std::move(fifo.held);
    return {};
}

Result<> Stdio::open_outputs(Target const& out, Target const& err) {
    TRY(open_output(out, 1));
    bool const same = err.form != Target::Form::none && err.path == out.path;
    if (!same || held_[1]) return open_output(err, 2);
    client_[2] = TRY(again(client_[1])); // both share one file, written as the lines come
    return {};
}

Result<> Stdio::open_output(Target const& target, int number) {
    if (target.form == Target::Form::none) return {};
    if (target.form == Target::Form::path && is_fifo(target.path)) {
        auto fifo = TRY(open_fifo(target.path, false));
        client_[number] = std::move(fifo.used);
        held_[number] = std::move(fifo.held);
        return {};
    }
    bool const may_make = target.form == Target::Form::file;
    if (may_make) TRY(make_directories(target.path));
    // A fifo in the place of a file must not keep the loop waiting for its reader.
    client_[number] = TRY(
        open_file(target.path, O_WRONLY | O_APPEND | O_NONBLOCK | (may_make ? O_CREAT : 0), 0644));
    return {};
}

Stdio::Given Stdio::given() const {
    Given given{};
    for (int i = 0; i < 3; ++i) given.fds[i] = (process_[i] ? process_[i] : *null_).number();
    return given;
}

Result<> Stdio::begin(Fd console) {
    if (console) {
        for (auto const number : {0, 1}) {
            if (number == 1 && logger_) client_[1] = std::move(process_[1]);
            if (!client_[number]) continue;
            ours_[number] = TRY(again(console));
        }
        console_ = std::move(console);
    }
    for (auto& fd : process_) fd.reset();
    null_.reset();
    if (client_[0]) carry(std::move(client_[0]), std::move(ours_[0]), Stream::Orphaned::end, false);
    for (auto const number : {1, 2})
        if (client_[number])
            carry(std::move(ours_[number]), std::move(client_[number]), Stream::Orphaned::drop,
                  true);
    return {};
}

void Stdio::carry(Fd from, Fd to, Stream::Orphaned orphaned, bool is_output) {
    auto stream = std::make_shared<Stream>(loop_, std::move(from), std::move(to), orphaned);
    streams_.push_back(stream);
    outputs_ += is_output;
    asio::co_spawn(
        loop_,
        [](std::shared_ptr<Stdio> self, std::shared_ptr<Stream> stream,
           bool is_output) -> asio::awaitable<void> {
            co_await stream->run();
            self->outputs_ -= is_output;
            self->changed_.tell_all();
        }(shared_from_this(), std::move(stream), is_output),
        asio::detached);
}

void Stdio::close_stdin() { held_[0].reset(); }

Result<> Stdio::resize(unsigned width, unsigned height) {
    if (!console_) return {};
    winsize const size{static_cast<unsigned short>(height), static_cast<unsigned short>(width), 0,
                       0};
    if (::ioctl(console_.number(), TIOCSWINSZ, &size) < 0)
        return fail_errno(Errno{errno}, "resize the process's terminal");
    return {};
}

asio::awaitable<void> Stdio::end(std::chrono::milliseconds patience) {
    for (auto& fd : process_) fd.reset(); // if begin() was never called
    null_.reset();
    auto const some_flow = [this] { return outputs_ > 0; };
    co_await changed_.wait_while(some_flow, patience);
    for (auto const& stream : streams_) stream->stop();
    streams_.clear();
    console_.reset();
    for (auto* fds : {&ours_, &client_, &held_})
        for (auto& fd : *fds) fd.reset();
    if (logger_) co_await std::exchange(logger_, nullptr)->end();
}

} // namespace davit::shim
