// SPDX-License-Identifier: Apache-2.0
// test/programs/inside/spy.c - looks for davit's own processes among those of the container.
//
// Runs in: the container, as its root. Anything that it gets hold of is a way out.

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

// Where an fd leads to; only of fds that no program inherits.
static int can_read_fds(char const* pid) {
    char path[64], target[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    DIR* fds = opendir(path);
    int can = 0;
    for (struct dirent* one; fds && !can && (one = readdir(fds));) {
        if (atoi(one->d_name) < 3) continue;
        snprintf(path, sizeof path, "/proc/%.20s/fd/%.20s", pid, one->d_name);
        can = readlink(path, target, sizeof target) > 0 && is_davits(pid);
    }
    if (fds) closedir(fds);
    return can;
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

// "spy SECONDS": looks as fast as it can.
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

// launch/protocol.h: TakeConsole, an empty struct behind its tag.
static void send_console(int channel, int console) {
    struct {
        uint16_t tag;
        char body;
    } __attribute__((packed)) message = {7, 0};
    struct iovec part = {&message, sizeof message};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } passed = {
        {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    memcpy(CMSG_DATA(&passed.header), &console, sizeof console);
    struct msghdr all = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &passed, .msg_controllen = sizeof passed};
    sendmsg(channel, &all, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// Copies the sockets of a process to `sockets`, which has room for `most`; returns how many.
static int copy_sockets(pid_t number, int* sockets, int most) {
    int const process = (int)syscall(SYS_pidfd_open, number, 0);
    int got = 0;
    for (int fd = 3; process >= 0 && fd < 256 && got < most; ++fd) {
        int const theirs = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
        int type = 0;
        socklen_t size = sizeof type;
        if (theirs < 0) continue;
        if (getsockopt(theirs, SOL_SOCKET, SO_TYPE, &type, &size) == 0)
            sockets[got++] = theirs;
        else
            close(theirs);
    }
    if (process >= 0) close(process);
    return got;
}

// "usurp SECONDS [trace]": stops davit's processes on their way, speaks in their place and lets
// them go on. As the console it offers a pipe that holds "USURPED". "trace": it stays their tracer,
// goes on talking, and never reaps them. Needs CAP_SYS_PTRACE.
static int usurp(int count, char** words) {
    static int sockets[1000];
    int const stays = count > 2;
    int console[2];
    if (count < 2 || pipe2(console, O_CLOEXEC | O_NONBLOCK) < 0) return 2;
    struct timespec now, begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int seen = 0, got = 0;
    puts("{\"usurp\":\"ready\"}");
    fflush(stdout);
    do {
        if (write(console[1], "USURPED", 7) < 0 && errno != EAGAIN) return 4;
        DIR* processes = opendir("/proc");
        for (struct dirent* one; processes && (one = readdir(processes));) {
            if (!isdigit((unsigned char)one->d_name[0]) || !is_davits(one->d_name)) continue;
            pid_t const number = atoi(one->d_name);
            int const stops = ptrace(PTRACE_SEIZE, number, NULL, NULL) == 0 && !stays
                              && ptrace(PTRACE_INTERRUPT, number, NULL, NULL) == 0
                              && waitpid(number, NULL, __WALL) == number;
            int const more = copy_sockets(number, sockets + got, 1000 - got);
            for (int i = 0; i < got + more; ++i) send_console(sockets[i], console[0]);
            seen += more > 0;
            if (stays) got += more;
            for (int i = 0; !stays && i < more; ++i) close(sockets[i]);
            if (stops) ptrace(PTRACE_DETACH, number, NULL, NULL);
        }
        if (processes) closedir(processes);
        for (int i = 0; i < got; ++i) send_console(sockets[i], console[0]);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((double)(now.tv_sec - begin.tv_sec) < atof(words[1]));
    printf("{\"usurped\":%d}\n", seen);
    return 0;
}

struct verb const spy_verbs[] = {
    {"spy", spy, "SECONDS - on processes of davit's"},
    {"usurp", usurp, "SECONDS [trace] - what davit's processes say, and a console for them"},
    {NULL, NULL, NULL},
};
