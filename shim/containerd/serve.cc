// SPDX-License-Identifier: Apache-2.0
// shim/containerd/serve.cc - the shim itself, which lives as long as its containers.
#include "containerd/serve.h"

#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/result.h"
#include "containerd/address.h"
#include "containerd/boot.h"
#include "containerd/log.h"
#include "containerd/publisher.h"
#include "containerd/service.h"
#include "core/names.h"
#include "core/notice.h"
#include "core/supervisor.h"
#include "wire/server.h"

namespace davit::shim::containerd {

namespace {

constexpr std::chrono::seconds last_words{5}; ///< for events that containerd hasn't taken yet

std::string bound_path(int socket) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    bool const named = ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0
                       && address.sun_family == AF_UNIX && address.sun_path[0] == '/';
    return named ? address.sun_path : "";
}

Result<Fd> socket_of(Flags const& flags) {
    if (!flags.socket.empty()) {
        TRY(check_path("socket", flags.socket));
        auto socket = TRY(listen_at(flags.socket));
        if (!socket) return fail(Kind::exists, "another process listens at ", quoted(flags.socket));
        return socket;
    }
    if (bound_path(inherited_socket).empty())
        return fail(Kind::config, "expected a listening socket as fd 3: \"start\" hands it over");
    (void)::fcntl(inherited_socket, F_SETFD, FD_CLOEXEC);
    return Fd(inherited_socket);
}

/// Makes SIGTERM, SIGINT and SIGUSR1 readable from an fd.
Result<Fd> take_signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (int const signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&wanted, signal);
    if (::sigprocmask(SIG_BLOCK, &wanted, nullptr) != 0)
        return fail_errno(Errno{errno}, "block signals");
    Fd fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) return fail_errno(Errno{errno}, "make a signalfd");
    return fd;
}

/// Some programs close every fd that their limit allows, one by one.
constexpr rlim_t most_files = 65536;

/// A pod's containers, their clients and their execs share our fds. The programs that we start get
/// the old limit.
std::optional<FileLimit> raise_file_limit() {
    rlimit before{};
    if (::getrlimit(RLIMIT_NOFILE, &before) != 0) return {};
    rlimit const raised{std::min(before.rlim_max, most_files), before.rlim_max};
    if (before.rlim_cur >= raised.rlim_cur || ::setrlimit(RLIMIT_NOFILE, &raised) != 0) return {};
    return FileLimit{before.rlim_cur, before.rlim_max};
}

class Shim {
  public:
    Shim(Flags const& flags, Fd socket, Log log)
        : log_(std::move(log)),
          path_(bound_path(socket.number())),
          publisher_(loop_, environment("TTRPC_ADDRESS"), flags.name_space, log_),
          name_space_(flags.name_space),
          socket_(std::move(socket)) {}

    /// Errors also go to containerd's log: our stderr leads nowhere.
    Result<> run() {
        auto served = serve();
        if (!served) log_.write(Level::error, served.error().story);
        return served;
    }

  private:
    Result<> serve() {
        auto supervisor =
            Supervisor::make(loop_,
                             {.containerd_namespace = name_space_,
                              .finish = [this] { finish(); },
                              .files = raise_file_limit()},
                             [this](Event event) { publisher_.publish(publication(event)); });
        if (!supervisor) return std::unexpected(std::move(supervisor).error());
        auto signals = TRY(take_signals());
        supervisor_ = &*supervisor;
        Service service(*supervisor, name_space_, log_);
        wire::Server server(loop_, std::move(socket_), [&service](wire::Call call) {
            return service.answer(std::move(call));
        });
        server_ = &server;
        server.begin();
        asio::co_spawn(loop_, heed(signals.release()), asio::detached);
        loop_.run();
        return {};
    }

    static std::string environment(char const* name) {
        char const* const value = std::getenv(name);
        return value == nullptr ? "" : value;
    }

    /// From here on a "start" for this group makes a new shim.
    void finish() {
        if (std::exchange(finishing_, true)) return;
        if (!path_.empty()) (void)::unlink(path_.c_str());
        server_->stop();
        asio::co_spawn(loop_, leave(), asio::detached);
    }
    asio::awaitable<void> leave() {
        co_await publisher_.drain(last_words);
        // Waits until answers are sent, that of Shutdown among them.
        while (server_->connections() > 0 && ++waited_ < 100)
            co_await rest(loop_, std::chrono::milliseconds(10));
        loop_.stop();
    }

    asio::awaitable<void> heed(int fd) {
        asio::posix::stream_descriptor signals(loop_, fd);
        signalfd_siginfo info{};
        for (;;) {
            boost::system::error_code error;
            co_await signals.async_read_some(asio::buffer(&info, sizeof info),
                                             asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            if (info.ssi_signo == SIGUSR1)
                tell();
            else
                finish();
        }
    }
    /// Logs what waits, in numbers: in a Go shim one would read its stacks.
    void tell() {
        log_.write(Level::info, std::to_string(supervisor_->containers()) + " containers, "
                                    + std::to_string(server_->connections()) + " connections, "
                                    + std::to_string(server_->calls()) + " calls");
    }

    Log log_;
    std::string path_;
    asio::io_context loop_{1};
    Publisher publisher_;
    std::string name_space_;
    Fd socket_;
    Supervisor* supervisor_ = nullptr;
    wire::Server* server_ = nullptr;
    bool finishing_ = false;
    int waited_ = 0;
};

} // namespace

Result<> serve(Flags const& flags) {
    auto socket = TRY(socket_of(flags));
    auto log = Log::open("log", flags.debug ? Level::debug : Level::info);
    // containerd removes the bundle, so the shim must not stay in it.
    if (::chdir("/") != 0) return fail_errno(Errno{errno}, "change to \"/\"");
    Shim shim(flags, std::move(socket), std::move(log));
    return shim.run();
}

} // namespace davit::shim::containerd
