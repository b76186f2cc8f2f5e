// SPDX-License-Identifier: Apache-2.0
// tools/ps.cc - `davit ps`: the container's processes, as numbers, or as ps(1) shows them.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "davit/contract.h"
#include "output.h"
#include "verb.h"

namespace davit::cli {

namespace {

// ps(1) reads the processes' memory (/proc/PID/cmdline): one that maps a file of a dead server
// could keep it waiting for ever.
constexpr int patience_ms = 10'000;

std::string format = "table";

constexpr Option ps_options[] = {
    {"format", 'f', "table|json", "how to print them (default: table)", &format},
};

std::string as_json(std::vector<int> const& pids) {
    if (pids.empty()) return "null\n"; // what runc prints for a Go slice without elements
    std::string text;
    for (auto const pid : pids) text += (text.empty() ? "[" : ",") + std::to_string(pid);
    return text + "]\n";
}

Result<pid_t> spawn_ps(Words const& arguments, int output) {
    std::vector<std::string> words = {"ps"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, output, 1);
    ::posix_spawn_file_actions_adddup2(&files, output, 2);
    pid_t pid = -1;
    auto const error = ::posix_spawnp(&pid, "ps", &files, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (error == ENOENT) return fail(Kind::system, contract::no_ps);
    if (error != 0) return fail_errno(Errno{error}, "run \"ps\"");
    return pid;
}

// The status of ps(1) as wait(2) gives it; nothing if davit had to kill it.
std::optional<int> wait_for(pid_t pid) {
    Fd const process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    pollfd watched{process.number(), POLLIN, 0};
    if (process && ::poll(&watched, 1, patience_ms) == 0) {
        ::kill(pid, SIGKILL);
        return {};
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
}

std::string content_of(int file) {
    std::string text;
    char buffer[16 * 1024];
    for (ssize_t n;
         (n = ::pread(file, buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0;)
        text.append(buffer, static_cast<std::size_t>(n));
    return text;
}

Result<std::string> run_ps(Words const& arguments) {
    Fd const output(::memfd_create("davit-ps", MFD_CLOEXEC));
    if (!output) return fail_errno(Errno{errno}, "make a file for what \"ps\" prints");
    auto const pid = TRY(spawn_ps(arguments, output.number()));
    auto const status = wait_for(pid);
    auto text = content_of(output.number());
    if (status == 0) return text;
    if (!status)
        return fail(Kind::system,
                    "\"ps\" has not ended within 10 s: it may be waiting for a "
                    "process that is stuck; \"--format json\" needs no other program");
    while (text.ends_with('\n')) text.pop_back();
    auto const how = WIFEXITED(*status) ? "exit status " + std::to_string(WEXITSTATUS(*status))
                                        : "killed by signal " + std::to_string(WTERMSIG(*status));
    return fail(Kind::system, "ps: ", how, ": ", text);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        lines.push_back(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
    }
    return lines;
}

std::vector<std::string_view> fields_of(std::string_view line) {
    constexpr std::string_view blank = " \t";
    std::vector<std::string_view> fields;
    for (auto at = line.find_first_not_of(blank); at != line.npos;) {
        auto const end = std::min(line.find_first_of(blank, at), line.size());
        fields.push_back(line.substr(at, end - at));
        at = line.find_first_not_of(blank, end);
    }
    return fields;
}

// The title and the lines of these processes.
Result<std::string> selected(std::string_view table, std::vector<int> const& pids) {
    auto const lines = lines_of(table);
    auto const titles = fields_of(lines.empty() ? std::string_view() : lines[0]);
    auto const title = std::ranges::find(titles, "PID");
    if (title == titles.end()) return fail(Kind::config, contract::no_pid_field);
    auto const column = static_cast<std::size_t>(title - titles.begin());
    std::string text = std::string(lines[0]) + '\n';
    for (auto const line : std::span(lines).subspan(1)) {
        auto const fields = fields_of(line);
        if (fields.empty()) continue;
        auto const word = column < fields.size() ? fields[column] : std::string_view();
        auto const pid = davit::parse<int>(word);
        if (!pid) return fail(Kind::system, "unexpected pid ", quoted(word), " in ps output");
        if (std::ranges::find(pids, *pid) != pids.end()) text += std::string(line) + '\n';
    }
    return text;
}

Result<std::string> as_table(Words arguments, std::vector<int> const& pids) {
    if (!arguments.empty() && arguments[0] == "--") arguments.erase(arguments.begin());
    if (arguments.empty()) arguments.emplace_back("-ef");
    auto table = run_ps(arguments);
    if (!table) return table;
    return selected(*table, pids);
}

Result<int> run_ps(Call const& call) {
    auto container = TRY(find_container(call));
    auto const pids = TRY(container.processes());
    auto text = format == "json" ? Result<std::string>(as_json(pids))
                                 : as_table({call.words.begin() + 1, call.words.end()}, pids);
    if (!text) return std::unexpected(text.error());
    TRY(print(*text));
    return 0;
}

} // namespace

extern Verb const ps_verb;
constinit Verb const ps_verb = {
    .name = "ps",
    .synopsis = "ID [OPTION-OF-PS...]",
    .help = "print the processes of a container",
    .details =
        "A table is what the program ps prints about them, by default with -ef. What\n"
        "follows ID is for that program, whose output must have a column PID. JSON is a list\n"
        "of pids, as they are outside of the container, and needs no such program.\n",
    .options = ps_options,
    .shared_options = {},
    .run = run_ps,
    .where = Options::before_first_word,
    .examples = "davit ps demo\n"
                "davit ps demo -o pid,ppid,rss,comm\n"
                "davit ps --format json demo\n",
    .see_also = "state",
};

} // namespace davit::cli
