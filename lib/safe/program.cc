// SPDX-License-Identifier: Apache-2.0
// safe/program.cc - the one door to other people's programs. Runs in: both.
//
// Kernel interface: clone(2), execve(2), ppoll(2), waitid(2), memfd_create(2).
#include "safe/program.h"

#include <linux/memfd.h>

#include <algorithm>
#include <cstring>

#include "safe/child.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace davit::safe {

namespace {

constexpr std::int64_t second = 1'000'000'000;
/// How long to wait for the end of a killed process. One that sleeps in a dead server's mount never
/// ends.
constexpr std::int64_t patience = 5 * second;
constexpr std::int64_t never = INT64_MAX;

std::int64_t deadline(std::uint64_t seconds) {
    constexpr std::uint64_t century = 100ULL * 366 * 24 * 3600;
    if (seconds == 0) return never;
    return sys::monotonic_ns() + static_cast<std::int64_t>(std::min(seconds, century)) * second;
}

/// The last bytes that a program wrote.
class LastWords {
  public:
    explicit LastWords(char (&into)[sizeof Ending::words]) : into_(into) {}

    void add(char const* from, std::size_t size) {
        constexpr auto room = sizeof Ending::words - 1;
        if (size > room) {
            from += size - room;
            size = room;
        }
        auto const dropped = size_ + size > room ? size_ + size - room : 0;
        std::memmove(into_, into_ + dropped, size_ - dropped);
        std::memcpy(into_ + size_ - dropped, from, size);
        size_ += size - dropped;
    }

  private:
    char* into_;
    std::size_t size_ = 0;
};

/// The files of one run.
struct Files {
    Fd output[2];
    Fd failure[2]; ///< an errno in it: execve failed; execve closes it
};

Sys<> arrange_fds(int input, int output, int& failure) {
    auto const out_of_the_way = [](int fd) { return sys::fcntl(fd, F_DUPFD_CLOEXEC, 3); };
    auto const in = static_cast<int>(TRY(out_of_the_way(input)));
    auto const out = static_cast<int>(TRY(out_of_the_way(output)));
    failure = static_cast<int>(TRY(out_of_the_way(failure)));
    TRY(sys::dup3(in, 0, 0));
    TRY(sys::dup3(out, 1, 0));
    TRY(sys::dup3(out, 2, 0));
    return sys::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

Errno become(Program const& program, int output, int& failure) {
    // A session, and so a process group, of its own: davit can kill it with its children, and it
    // has no terminal to read from.
    (void)sys::setsid();
    if (auto const done = arrange_fds(program.input, output, failure); !done) return done.error();
    if (program.directory && !sys::chdir(program.directory)) // lint: allow process, it's the child
        (void)sys::chdir("/");                               // lint: allow process, it's the child
    for (int signal = 1; signal <= 64; ++signal) (void)sys::reset_signal(signal);
    std::uint64_t const none = 0;
    if (auto const done = sys::sigprocmask(SIG_SETMASK, &none, nullptr); !done) return done.error();
    if (program.last) program.last();
    return sys::execve(program.path, program.argv, program.envp);
}

[[noreturn]] void child(Program const& program, int parent, int output, int failure) {
    (void)sys::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (sys::getppid() != parent) sys::exit_group(1); // killed before the signal was set
    auto const errnum = become(program, output, failure).value;
    (void)sys::write(failure, &errnum, sizeof errnum);
    sys::exit_group(1);
}

struct Child {
    int pid = 0;
    PidFd process;
};

Sys<Child> start(Program const& program, Files const& files) {
    TRY(sys::lseek(program.input, 0, SEEK_SET));
    int pidfd = -1;
    auto const self = sys::getpid();
    auto const pid = TRY(
        fork([&] { return sys::clone(CLONE_PIDFD | SIGCHLD, pidfd); },
             [&] { child(program, self, files.output[1].number(), files.failure[1].number()); }));
    return Child{pid, PidFd(pidfd)};
}

/// Reads what is there; false at the end of the output.
bool listen(Fd const& output, LastWords& words) {
    char buffer[4096];
    auto const n = sys::read(output.number(), buffer, sizeof buffer);
    if (n) words.add(buffer, *n);
    return n ? *n > 0 : n.error() == Errno{EAGAIN} || n.error() == Errno{EINTR};
}

void kill(Child const& child) {
    (void)sys::kill_group(child.pid, SIGKILL);
    (void)sys::pidfd_send_signal(child.process, SIGKILL); // it may not lead a group yet
}

bool has_ended(int pidfd) {
    pollfd watched{pidfd, POLLIN, 0};
    timespec const now{};
    auto const ready = sys::ppoll(&watched, 1, &now);
    return ready && *ready > 0;
}

/// Waits until it has ended, or must be killed: then `ending` says why it was killed.
void wait(Program const& program, Child const& child, Fd const& output, Ending& ending) {
    LastWords words(ending.words);
    bool killed = false;
    bool open = true;
    auto end = deadline(program.timeout);
    auto const stop = [&](How how, std::int64_t number) {
        ending.how = how;
        ending.number = static_cast<std::int32_t>(std::min<std::int64_t>(number, INT32_MAX));
        kill(child);
        killed = true;
        end = sys::monotonic_ns() + patience;
    };
    for (;;) {
        pollfd watched[] = {{child.process.number(), POLLIN, 0},
                            {open ? output.number() : -1, POLLIN, 0},
                            {killed ? -1 : program.lifeline, POLLIN, 0}};
        auto const left = std::max<std::int64_t>(end == never ? 0 : end - sys::monotonic_ns(), 0);
        timespec const timeout{left / second, left % second};
        auto const ready = sys::ppoll(watched, 3, end == never ? nullptr : &timeout);
        if (!ready) continue; // EINTR; the kernel has not changed `watched`
        if (watched[1].revents) open = listen(output, words);
        if (watched[0].revents) break;
        if (watched[2].revents) stop(How::orphaned, 0);
        if (end == never || sys::monotonic_ns() < end) continue;
        if (killed) return;
        stop(How::late, static_cast<std::int64_t>(program.timeout));
    }
    // Reads the rest of its output. Not up to the end of the file: a child of it may keep that open
    // and write for ever. No more than a pipe holds.
    for (int reads = 0; open && reads < 16; ++reads) {
        pollfd more{output.number(), POLLIN, 0};
        timespec const now{};
        if (auto const ready = sys::ppoll(&more, 1, &now); !ready || *ready == 0) break;
        open = listen(output, words);
    }
}

/// How it ended by itself.
void take_status(Child const& child, Fd const& failure, Ending& ending) {
    auto const info = reap(child.process);
    if (ending.how != How::not_run) return; // davit has killed it
    int errnum = 0;
    if (auto const n = sys::read(failure.number(), &errnum, sizeof errnum);
        n && *n == sizeof errnum) {
        ending.number = errnum;
        return;
    }
    ending.how = !info ? How::lost : info->si_code == CLD_EXITED ? How::exited : How::killed;
    if (info) ending.number = info->si_status;
}

Sys<> run_to_end(Program const& program, Ending& ending) {
    Files files;
    TRY(sys::pipe2(files.output, 0));
    TRY(sys::pipe2(files.failure, O_NONBLOCK));
    auto const child = TRY(start(program, files));
    files.output[1].reset();
    files.failure[1].reset();
    wait(program, child, files.output[0], ending);
    // A process that survives SIGKILL can't be waited for.
    if (has_ended(child.process.number())) take_status(child, files.failure[0], ending);
    return {};
}

} // namespace

Ending run(Program const& program) {
    Ending ending;
    if (auto const done = run_to_end(program, ending); !done) ending.number = done.error().value;
    return ending;
}

Sys<Fd> make_input(std::span<std::span<char const> const> pieces) {
    auto file = TRY(sys::memfd_create("davit-input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    for (auto const piece : pieces) TRY(sys::write_once(file.number(), piece.data(), piece.size()));
    TRY(sys::fcntl(file.number(), F_ADD_SEALS,
                   F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
    return file;
}

} // namespace davit::safe
