// SPDX-License-Identifier: Apache-2.0
// test/bench/lifecycle.cc - times the verbs of several runtimes, interleaved, and compares.
//
// Called by ./run, as root, where only cgroup2 is mounted. Commands start through posix_spawn
// (which is vfork) and are reaped with wait4; this program is a subreaper, gets the containers'
// orphans and reaps them at once. `lifecycle --rounds N --floor FLOOR --bundles DIR --state DIR
// NAME=PROGRAM[@DIR]…`; a DIR has the bundles "true" and "sleep", and gets state.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

extern char** environ;

namespace {

using Words = std::vector<std::string>;

struct Runtime {
    std::string name, program, directory;
    bool has_exec = true;
    int failures = 0;
    std::map<std::string, std::vector<double>> micros = {}; // by verb
    std::map<std::string, long> memory = {};                // of a created container's init, KiB
};

int output = -1; // of the programs: a file, for a runtime may chown /dev/null

double now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

// Returns the program's status, and how long it ran.
int timed(Words const& words, double* micros) {
    std::vector<char*> argv;
    for (auto const& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    for (int fd : {0, 1, 2}) posix_spawn_file_actions_adddup2(&files, output, fd);
    pid_t pid = -1;
    double const begin = now();
    int const error = posix_spawn(&pid, argv[0], &files, nullptr, argv.data(), environ);
    int status = 0;
    if (!error) waitpid(pid, &status, 0);
    if (micros) *micros = now() - begin;
    posix_spawn_file_actions_destroy(&files);
    if (error) {
        std::fprintf(stderr, "lifecycle: %s: %s\n", argv[0], std::strerror(error));
        return 127;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

long number_in(std::string const& path, char const* key) {
    FILE* const file = std::fopen(path.c_str(), "re");
    if (!file) return -1;
    long number = -1;
    char line[256];
    size_t const length = std::strlen(key);
    while (std::fgets(line, sizeof line, file))
        if (!std::strncmp(line, key, length)) {
            number = std::atol(line + length);
            break;
        }
    std::fclose(file);
    return number;
}

void note_memory(Runtime& runtime, long pid) {
    auto const rollup = "/proc/" + std::to_string(pid) + "/smaps_rollup";
    runtime.memory["RSS"] = number_in(rollup, "Rss:");
    runtime.memory["PSS"] = number_in(rollup, "Pss:");
    runtime.memory["private"] =
        number_in(rollup, "Private_Clean:") + number_in(rollup, "Private_Dirty:");
}

std::string state; ///< where the runtimes' --root directories are

class Round {
  public:
    explicit Round(Runtime& runtime)
        : runtime_(runtime), directory_(runtime.directory), root_(state + "/" + runtime.name) {}

    void run() { verb("run", {"run", "--bundle", directory_ + "/true", id()}); }

    void life() {
        auto const pid_file = directory_ + "/pid";
        auto const name = id();
        if (!verb("create",
                  {"create", "--bundle", directory_ + "/sleep", "--pid-file", pid_file, name}))
            return;
        long const pid = number_in(pid_file, "");
        if (pid > 0) note_memory(runtime_, pid);
        verb("state", {"state", name});
        verb("start", {"start", name});
        if (runtime_.has_exec) {
            double micros = 0;
            if (timed(line({"exec", name, "/bin/true"}), &micros) == 0)
                runtime_.micros["exec"].push_back(micros);
            else
                runtime_.has_exec = false;
        }
        verb("kill", {"kill", name, "KILL"});
        while (waitpid(-1, nullptr, 0) != pid && errno != ECHILD) {
        }
        if (!verb("delete", {"delete", name})) timed(line({"delete", "--force", name}), nullptr);
    }

  private:
    static std::string id() {
        static int count = 0;
        return "davit-test-bench-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
    }

    Words line(Words const& words) const {
        Words all = {runtime_.program, "--root", root_};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }

    bool verb(char const* name, Words const& words) {
        double micros = 0;
        int const status = timed(line(words), &micros);
        if (status == 0)
            runtime_.micros[name].push_back(micros);
        else if (runtime_.failures++ == 0)
            std::fprintf(stderr, "lifecycle: %s %s: status %d\n", runtime_.name.c_str(), name,
                         status);
        return status == 0;
    }

    Runtime& runtime_;
    std::string directory_, root_;
};

double percentile(std::vector<double> all, double part) {
    if (all.empty()) return 0;
    std::sort(all.begin(), all.end());
    return all[std::min(all.size() - 1,
                        static_cast<size_t>(part * static_cast<double>(all.size())))];
}

struct Budget {
    char const* verb;
    char const* against;
    double ratio;
};
constexpr Budget budgets[] = {
    {"run", "floor", 1.5},    {"create", "crun", 1.0 / 3}, {"exec", "crun", 1.0 / 3},
    {"start", "crun", 0.25},  {"state", "crun", 0.25},     {"kill", "crun", 0.25},
    {"delete", "crun", 0.25},
};
constexpr long private_budget = 100; // KiB

double median_of(std::vector<Runtime> const& all, std::string const& name, char const* verb) {
    for (auto const& runtime : all)
        if (runtime.name == name && runtime.micros.contains(verb))
            return percentile(runtime.micros.at(verb), 0.5);
    return 0;
}

void print_ratio(double value, double base) {
    if (value > 0 && base > 0)
        std::printf(" %8.2f", value / base);
    else
        std::printf(" %8s", "-");
}

int print_verbs(std::vector<Runtime> const& all) {
    int missed = 0;
    std::printf("%-8s %-8s %9s %9s %8s %8s  %s\n", "verb", "runtime", "median ms", "p90 ms",
                "/ floor", "/ crun", "budget");
    for (auto const& budget : budgets)
        for (auto const& runtime : all) {
            double const median = median_of(all, runtime.name, budget.verb);
            if (median == 0) continue;
            std::printf("%-8s %-8s %9.2f %9.2f", budget.verb, runtime.name.c_str(), median / 1e3,
                        percentile(runtime.micros.at(budget.verb), 0.9) / 1e3);
            print_ratio(median, median_of(all, "floor", budget.verb));
            print_ratio(median, median_of(all, "crun", budget.verb));
            double const base = median_of(all, budget.against, budget.verb);
            if (runtime.name == "davit" && base > 0) {
                bool const held = median <= budget.ratio * base;
                missed += !held;
                std::printf("  %s %.2f x %s", held ? "holds" : "MISSES", budget.ratio,
                            budget.against);
            }
            std::puts("");
        }
    return missed;
}

int print_memory(std::vector<Runtime> const& all) {
    int missed = 0;
    std::printf("\n%-17s %-8s %9s %9s %9s\n", "waiting init, KiB", "runtime", "RSS", "PSS",
                "private");
    for (auto const& runtime : all) {
        if (runtime.memory.empty()) continue;
        auto const& memory = runtime.memory;
        std::printf("%-17s %-8s %9ld %9ld %9ld", "", runtime.name.c_str(), memory.at("RSS"),
                    memory.at("PSS"), memory.at("private"));
        if (runtime.name == "davit") {
            bool const held = memory.at("private") <= private_budget;
            missed += !held;
            std::printf("  %s %ld KiB private", held ? "holds" : "MISSES", private_budget);
        }
        std::puts("");
    }
    return missed;
}

/// The lower bounds: a program that has no other verb.
void run_floor(Runtime& floor, std::string const& group) {
    auto const rootfs = floor.directory + "/true/rootfs";
    auto const verb = [&](char const* name, char const* program) {
        double micros = 0;
        if (timed({floor.program, rootfs, group, program}, &micros) == 0)
            floor.micros[name].push_back(micros);
        else
            ++floor.failures;
    };
    verb("run", "/bin/true");
    verb("create", "--create");
    int const kill = ::open((group + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC);
    if (::write(kill, "1", 1) != 1) ++floor.failures;
    ::close(kill);
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    ::rmdir(group.c_str());
}

Runtime parsed(std::string const& word, size_t equals, std::string const& directory) {
    auto const at = word.find('@', equals);
    return {.name = word.substr(0, equals),
            .program = word.substr(equals + 1, at == word.npos ? at : at - equals - 1),
            .directory = at == word.npos ? directory : word.substr(at + 1)};
}

} // namespace

int main(int argc, char** argv) {
    int rounds = 100;
    std::string floor, directory;
    std::vector<Runtime> runtimes;
    for (int i = 1; i < argc; ++i) {
        std::string const word = argv[i];
        auto const equals = word.find('=');
        if (word == "--rounds" && i + 1 < argc)
            rounds = std::atoi(argv[++i]);
        else if (word == "--floor" && i + 1 < argc)
            floor = argv[++i];
        else if (word == "--bundles" && i + 1 < argc)
            directory = argv[++i];
        else if (word == "--state" && i + 1 < argc)
            state = argv[++i];
        else if (equals != std::string::npos)
            runtimes.push_back(parsed(word, equals, directory));
        else
            return std::fprintf(stderr, "lifecycle: what is \"%s\"?\n", argv[i]), 2;
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    output = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0) return std::perror(directory.c_str()), 2;
    runtimes.insert(runtimes.begin(), {.name = "floor", .program = floor, .directory = directory});
    auto const group = "/sys/fs/cgroup/davit-test-bench-floor-" + std::to_string(::getpid());

    constexpr int warm_up = 2;
    for (int round = -warm_up; round < rounds; ++round) {
        if (round == 0)
            for (auto& runtime : runtimes) runtime.micros.clear();
        for (size_t i = 0; i < runtimes.size(); ++i) { // another one begins each round
            auto& runtime = runtimes[(i + static_cast<size_t>(round + warm_up)) % runtimes.size()];
            if (runtime.name == "floor") {
                run_floor(runtime, group);
                continue;
            }
            Round one(runtime);
            one.run();
            one.life();
        }
    }
    int missed = print_verbs(runtimes);
    missed += print_memory(runtimes);
    int failures = 0;
    for (auto const& runtime : runtimes) {
        if (runtime.failures)
            std::printf("%s: %d failures\n", runtime.name.c_str(), runtime.failures);
        if (runtime.name == "floor" || runtime.name == "davit") failures += runtime.failures;
    }
    std::printf("\n%d rounds, interleaved; budgets missed: %d\n", rounds, missed);
    return failures ? 1 : 0;
}
