// SPDX-License-Identifier: Apache-2.0
// tools/foreground.cc - `davit run` and `davit exec` while their process runs: signals, the
// terminal, the end.
//
// One poll(2) waits for signalfd, pidfd and the terminal, or the pipes; nothing else here blocks.
// It runs in a thread while the caller waits for poststart hooks: the hooks' parent must be a
// thread that lives as long as they do.
#include "foreground.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "child_end.h"
#include "stream.h"
#include "terminal.h"

namespace davit::cli {

namespace {

class Companion {
  public:
    Companion(Accompanied const& process, SignalQueue const& signals, NotifyRelay& relay)
        : process_(process),
          signals_(signals),
          relay_(relay),
          pipes_(process.pipes),
          master_(process.console.number()),
          input_(STDIN_FILENO, master_ < 0 ? pipes_.input.number() : master_, deaf()),
          output_(master_ < 0 ? pipes_.output.number() : master_, STDOUT_FILENO, deaf(),
                  master_ < 0),
          error_(pipes_.error.number(), STDERR_FILENO, deaf(), true) {
        if (!pipes_.error) error_.finish();
        if (master_ < 0) return;
        // Only davit has this side, so O_NONBLOCK surprises no other process.
        ::fcntl(master_, F_SETFL, ::fcntl(master_, F_GETFL) | O_NONBLOCK);
    }
    Companion(Companion const&) = delete;
    Companion& operator=(Companion const&) = delete;
    ~Companion() { end_thread(); }

    /// Relays in a thread until accompany() is called, or this object ends. If there can't be a
    /// thread, davit relays only then.
    void begin_thread() {
        if (master_ >= 0 && !raw_mode_) raw_mode_.emplace();
        end_of_thread_ = Fd(::eventfd(0, EFD_CLOEXEC));
        if (!end_of_thread_) return;
        auto const run = [](void* self) -> void* {
            static_cast<Companion*>(self)->accompany_in_thread();
            return nullptr;
        };
        if (::pthread_create(&thread_, nullptr, run, this) != 0) end_of_thread_.reset();
    }

    Result<int> accompany() {
        end_thread();
        if (master_ >= 0 && !raw_mode_) raw_mode_.emplace();
        while (!done_) TRY(wait_and_act());
        if (process_.never_executed)
            *process_.never_executed = died_before_execve(process_.process, process_.pid);
        auto status = take_status(process_.process, [this] {
            pass_signals();
            return hurried_;
        });
        // If output is lost, the exit status tells it, too.
        if (int const lost = master_ < 0 ? output_.problem() : 0)
            return fail_errno(Errno{lost}, "pass the process's output on to stdout");
        if (int const lost = master_ < 0 ? error_.problem() : 0)
            return fail_errno(Errno{lost}, "pass the process's output on to stderr");
        return status;
    }

  private:
    [[nodiscard]] Stream::Deaf deaf() const {
        return master_ < 0 ? Stream::Deaf::end : Stream::Deaf::drop;
    }

    void accompany_in_thread() {
        while (!done_ && !thread_is_to_end_)
            if (!wait_and_act()) return; // accompany() will fail in the same way, and report it
    }

    void end_thread() {
        if (!end_of_thread_) return;
        std::uint64_t const one = 1;
        (void)!::write(end_of_thread_.number(), &one, sizeof one);
        ::pthread_join(thread_, nullptr);
        end_of_thread_.reset();
        reap_orphans(process_.pid);
    }

    Result<> wait_and_act() {
        enum {
            signal,
            exit,
            container_says,
            user_sees,
            container_warns,
            user_is_warned,
            user_says,
            container_hears,
            notified,
            caller_is_back,
            count
        };
        pollfd ready[count] = {
            {signals_.fd(), POLLIN, 0},
            {exited_ ? -1 : process_.process.number(), POLLIN, 0},
            {deserted_ ? -1 : output_.source(), POLLIN, 0},
            {output_.sink(), POLLOUT, 0},
            {error_.source(), POLLIN, 0},
            {error_.sink(), POLLOUT, 0},
            {exited_ ? -1 : input_.source(), POLLIN, 0},
            {exited_ ? -1 : input_.sink(), POLLOUT, 0},
            {exited_ ? -1 : relay_.fd(), POLLIN, 0},
            {end_of_thread_.number(), POLLIN, 0},
        };
        // poll(2) reports a pipe that has lost its reader without being asked.
        if (!exited_ && input_.source() >= 0 && pipes_.input)
            ready[container_hears] = {pipes_.input.number(), 0, 0};
        bool const last_words = exited_ && master_ >= 0 && output_.sink() < 0;
        bool const last_bytes =
            exited_ && master_ < 0 && (output_.source() >= 0 || error_.source() >= 0);
        int const timeout_ms = last_words || last_bytes || hurried_ ? 0 : deserted_ ? 100 : -1;
        int const events = ::poll(ready, count, timeout_ms);
        if (events < 0 && errno != EINTR) return fail_errno(Errno{errno}, "wait for the container");

        // After the exit, a terminal that has nothing to be read will never have anything: poll(2)
        // has waited for what was under way inside the kernel.
        if (last_words && ready[container_says].revents == 0) done_ = true;
        if (hurried_ && events == 0) done_ = true;
        if (last_bytes && events >= 0) {
            finish_if_robbed(output_, ready[container_says]);
            finish_if_robbed(error_, ready[container_warns]);
        }
        if (ready[caller_is_back].revents != 0) thread_is_to_end_ = true;
        if (ready[exit].revents != 0) exited_ = true;
        if (ready[signal].revents != 0) pass_signals();
        if (ready[notified].revents != 0) relay_.read_some(::getpid());
        if (ready[user_sees].revents != 0) output_.write_some();
        if (ready[user_is_warned].revents != 0) error_.write_some();
        if (ready[container_hears].revents != 0) pass_input();
        if (ready[user_says].revents != 0 && input_.read_some() == Stream::Got::end)
            input_.finish();
        if (master_ >= 0)
            hear_terminal(ready[container_says].revents != 0);
        else
            hear_pipes(ready[container_says].revents != 0, ready[container_warns].revents != 0,
                       ready[exit].revents != 0);
        return {};
    }

    /// After the exit, a pipe holds what the process wrote, unless a survivor has taken that.
    static void finish_if_robbed(Stream& stream, pollfd const& polled) {
        if (polled.fd >= 0 && polled.revents == 0) stream.finish();
    }

    void pass_input() {
        if (input_.sink() >= 0)
            input_.write_some();
        else
            input_.finish(); // the container has closed it
    }

    void hear_terminal(bool speaks) {
        // EIO: no process has the terminal open at present. A living one may open it again
        // (/dev/console), and no event tells that; poll(2) would report the hang-up without a
        // pause.
        if (deserted_ || speaks)
            deserted_ = output_.sink() < 0 && output_.read_some() == Stream::Got::end;
        if (speaks && exited_) last_bytes_ -= static_cast<long>(output_.pending());
        if (exited_ && (deserted_ || last_bytes_ < 0)) done_ = true;
    }

    /// Closes pipes that are over: so the program reads the end of its input, or learns that its
    /// reader is gone.
    void hear_pipes(bool speaks, bool warns, bool exits) {
        if (speaks && output_.read_some() == Stream::Got::end) output_.finish();
        if (warns && error_.read_some() == Stream::Got::end) error_.finish();
        // All that the process wrote is in the pipes by now. Later bytes come from a survivor,
        // which may write, and keep the pipes open, for ever.
        if (exits) {
            output_.finish_after_now();
            error_.finish_after_now();
        }
        if (input_.is_over()) pipes_.input.reset();
        if (output_.is_over()) pipes_.output.reset();
        if (error_.is_over()) pipes_.error.reset();
        if (exited_ && output_.is_over() && error_.is_over()) done_ = true;
    }

    void pass_signals() {
        signalfd_siginfo info{};
        while (::read(signals_.fd(), &info, sizeof info) == sizeof info) {
            auto const number = static_cast<int>(info.ssi_signo);
            switch (number) {
            case SIGCHLD: // not in the thread: the child may be a hook's, whose parent waits for it
                if (!end_of_thread_) reap_orphans(process_.pid);
                break;
            case SIGWINCH:
                if (master_ >= 0) copy_terminal_size(master_);
                break;
            case SIGURG:  // as runc does: Go's scheduler sends it to itself
            case SIGPIPE: // from our own write to a reader that is gone
                break;
            case SIGHUP:
            case SIGINT:
            case SIGQUIT:
            case SIGTERM:
                // When the container is gone, the sender wants to end davit: the last output may
                // wait for a reader that never reads.
                hurried_ = exited_;
                [[fallthrough]];
            default:
                if (!exited_)
                    ::syscall(SYS_pidfd_send_signal, process_.process.number(), number, nullptr, 0);
            }
        }
    }

    Accompanied const& process_;
    SignalQueue const& signals_;
    NotifyRelay& relay_;
    StdioPipes& pipes_;
    int master_; // -1: the container's process has pipes
    Stream input_;
    Stream output_;
    Stream error_;
    std::optional<RawMode> raw_mode_;
    bool exited_ = false;
    bool hurried_ = false; // exited, and davit waits for nothing any more
    bool deserted_ = false;
    // The most that the process can have written to the terminal before its exit and davit has not
    // read: the kernel keeps no more. Later bytes come from a survivor, which may write for ever.
    long last_bytes_ = 128 * 1024;
    bool done_ = false;
    pthread_t thread_{};
    Fd end_of_thread_; ///< open while there is a thread; readable when it is to end
    bool thread_is_to_end_ = false;
};

} // namespace

Result<SignalQueue> SignalQueue::open() {
    sigset_t all;
    ::sigfillset(&all);
    // Blocks SIGTTOU, too: RawMode may set the terminal from the background.
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    Fd fd(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) return fail_errno(Errno{errno}, "signalfd");
    return SignalQueue(std::move(fd));
}

Result<int> accompany(Accompanied const& process, SignalQueue const& signals, NotifyRelay& relay,
                      Starter const& start) {
    Companion companion(process, signals, relay);
    if (start)
        if (auto started = start([&] { companion.begin_thread(); }); !started)
            return std::unexpected(started.error());
    return companion.accompany();
}

} // namespace davit::cli
