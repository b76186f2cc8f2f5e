// SPDX-License-Identifier: Apache-2.0
// test/programs/inside/spy.c - looks for davit's own processes among those of the container.
//
// Runs in: the container, as its root. What it can get hold of is a way out.

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "inside.h"

static struct {
    int seen, exe, fds, root, memory, traced;
} found;

static int is_davits(char const* pid) {
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, name, sizeof name - 1);
    close(fd);
    return n > 5 && !strncmp(name, "davit", 5);
}

static int can_open(char const* pid, char const* what, int flags) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/%s", pid, what);
    int fd = open(path, flags | O_CLOEXEC);
    if (fd >= 0) close(fd);
    return fd >= 0 && is_davits(pid); // and not its program by now
}

// Of those that no program inherits: where one leads to.
static int can_read_fds(char const* pid) {
    for (int fd = 3; fd < 10; ++fd) {
        char path[64], target[PATH_MAX];
        snprintf(path, sizeof path, "/proc/%s/fd/%d", pid, fd);
        if (readlink(path, target, sizeof target) > 0) return 1;
    }
    return 0;
}

static void look(char const* pid) {
    if (!is_davits(pid)) return;
    ++found.seen;
    found.exe += can_open(pid, "exe", O_RDONLY);
    found.fds += can_read_fds(pid);
    found.root += can_open(pid, "root", O_PATH);
    found.memory += can_open(pid, "mem", O_RDWR);
    pid_t number = atoi(pid);
    if (ptrace(PTRACE_SEIZE, number, NULL, NULL) == 0) {
        found.traced += is_davits(pid);
        ptrace(PTRACE_INTERRUPT, number, NULL, NULL);
        waitpid(number, NULL, __WALL);
        ptrace(PTRACE_DETACH, number, NULL, NULL);
    }
}

// "spy SECONDS": as fast as it goes.
static int spy(int count, char** words) {
    struct timespec now, begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    double seconds = count > 1 ? atof(words[1]) : 1;
    puts("{\"spy\":\"ready\"}");
    fflush(stdout);
    do {
        DIR* processes = opendir("/proc");
        for (struct dirent* one; processes && (one = readdir(processes));)
            if (isdigit((unsigned char)one->d_name[0]) && atoi(one->d_name) > 1) look(one->d_name);
        if (processes) closedir(processes);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((double)(now.tv_sec - begin.tv_sec) < seconds);
    printf(
        "{\"spied\":{\"seen\":%d,\"exe\":%d,\"fds\":%d,\"root\":%d,\"memory\":%d,\"traced\":%d}}\n",
        found.seen, found.exe, found.fds, found.root, found.memory, found.traced);
    return 0;
}

struct verb const spy_verbs[] = {
    {"spy", spy, "SECONDS - on processes of davit's"},
    {NULL, NULL, NULL},
};
