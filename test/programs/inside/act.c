// SPDX-License-Identifier: Apache-2.0
// test/programs/inside/act.c - the verbs of /inside that do something and report its errno.
//
// Runs in: the container.

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "inside.h"

static char const* word(int count, char** words, int i, char const* otherwise) {
    return i < count ? words[i] : otherwise;
}

static void nap(double seconds) {
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
}

static int exit_verb(int count, char** words) {
    fflush(stdout);
    exit(atoi(word(count, words, 1, "0")));
}

static int sleep_verb(int count, char** words) {
    nap(atof(word(count, words, 1, "1")));
    return 0;
}

static int kill_self(int count, char** words) {
    kill(getpid(), signal_number(word(count, words, 1, "TERM")));
    return 0;
}

static int echo(int count, char** words) {
    for (int i = 1; i < count; ++i) printf("%s%s", i > 1 ? " " : "", words[i]);
    putchar('\n');
    return 0;
}

static int warn(int count, char** words) {
    for (int i = 1; i < count; ++i) fprintf(stderr, "%s%s", i > 1 ? " " : "", words[i]);
    fputc('\n', stderr);
    return 0;
}

static int cat(int count, char** words) {
    int fd = count > 1 ? open(words[1], O_RDONLY | O_CLOEXEC) : 0;
    if (fd < 0) return outcome("cat", words[1], errno);
    char block[4096];
    for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;)
        if (write(1, block, (size_t)n) != n) return 1;
    if (fd) close(fd);
    return 0;
}

static int input(int count, char** words) {
    (void)count, (void)words;
    printf("{\"input\":");
    for (int c; (c = getchar()) != EOF;) putchar(c);
    puts("}");
    return 0;
}

static int into(int count, char** words) {
    char const* path = word(count, words, 1, "");
    if (freopen(path, "a", stdout)) return 0;
    fprintf(stderr, "inside: into %s: %s\n", path, strerror(errno));
    exit(125);
}

static int write_verb(int count, char** words) {
    char const* path = word(count, words, 1, "");
    char const* text = word(count, words, 2, "");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    int error = fd < 0 || write(fd, text, strlen(text)) < 0 ? errno : 0;
    if (fd >= 0) close(fd);
    return outcome("write", path, error);
}

static int open_verb(int count, char** words) {
    char const* path = word(count, words, 1, "");
    char const* mode = word(count, words, 2, "r");
    int fd = open(path, (!strcmp(mode, "w")    ? O_WRONLY
                         : !strcmp(mode, "rw") ? O_RDWR
                                               : O_RDONLY)
                            | O_CLOEXEC | O_NONBLOCK);
    int error = fd < 0 ? errno : 0;
    if (fd >= 0) close(fd);
    return outcome("open", path, error);
}

static int mkdir_verb(int count, char** words) {
    char const* path = word(count, words, 1, "");
    return outcome("mkdir", path, mkdir(path, 0755) < 0 ? errno : 0);
}

static int mknod_verb(int count, char** words) {
    char const* path = word(count, words, 1, "");
    mode_t type = *word(count, words, 2, "c") == 'b' ? S_IFBLK : S_IFCHR;
    dev_t number = makedev((unsigned)atoi(word(count, words, 3, "1")),
                           (unsigned)atoi(word(count, words, 4, "3")));
    return outcome("mknod", path, mknod(path, type | 0600, number) < 0 ? errno : 0);
}

static int mount_verb(int count, char** words) {
    char const* path = word(count, words, 1, "/mnt");
    return outcome("mount", path, mount("tmpfs", path, "tmpfs", 0, "") < 0 ? errno : 0);
}

// Asks for no flags at all.
static int remount_verb(int count, char** words) {
    char const* path = word(count, words, 1, "/mnt");
    int const done = mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL);
    return outcome("remount", path, done < 0 ? errno : 0);
}

static int chdir_verb(int count, char** words) {
    char const* path = word(count, words, 1, "/");
    return outcome("chdir", path, chdir(path) < 0 ? errno : 0);
}

// Children that all live at once; says how many there could be.
static int fork_verb(int count, char** words) {
    int wanted = atoi(word(count, words, 1, "1")), made = 0, error = 0;
    pid_t* pids = calloc((size_t)wanted + 1, sizeof *pids);
    for (; made < wanted; ++made) {
        pids[made] = fork();
        if (pids[made] == 0) {
            for (;;) pause();
        }
        if (pids[made] < 0) {
            error = errno;
            break;
        }
    }
    printf("{\"fork\":{\"made\":%d,\"errno\":\"%s\"}}\n", made, errno_name(error));
    fflush(stdout);
    for (int i = 0; i < made; ++i) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
    free(pids);
    return 0;
}

// A grandchild that no process waits for; it lives on beside the verbs that follow.
static int orphans(int count, char** words) {
    for (int i = atoi(word(count, words, 1, "1")); i > 0; --i) {
        pid_t child = fork();
        if (child == 0) {
            if (fork() == 0) {
                for (;;) pause();
            }
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    return outcome("orphans", word(count, words, 1, "1"), 0);
}

// As many chains of processes as asked: each process lives for a moment and leaves a child, so no
// list of them is ever true.
static int bomb(int count, char** words) {
    for (int i = atoi(word(count, words, 1, "1")); i > 0; --i)
        if (fork() == 0)
            for (;;)
                if (fork() != 0) _exit(0);
    return outcome("bomb", word(count, words, 1, "1"), 0);
}

static int eat(int count, char** words) {
    size_t bytes = strtoull(word(count, words, 1, "1048576"), NULL, 0);
    char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return outcome("eat", words[1], errno);
    for (size_t i = 0; i < bytes; i += 4096) ((char volatile*)memory)[i] = 1;
    return outcome("eat", word(count, words, 1, ""), 0);
}

static int burn(int count, char** words) {
    struct timespec now, begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    long wanted = atol(word(count, words, 1, "100"));
    do clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < wanted);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    printf("{\"burn\":{\"cpu_ms\":%lld}}\n", (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    return 0;
}

// Waits for signals and names each; SIGTERM, if asked for, is the last.
static int trap(int count, char** words) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 1; i < count; ++i) sigaddset(&set, signal_number(words[i]));
    sigprocmask(SIG_BLOCK, &set, NULL);
    puts("{\"trap\":\"ready\"}");
    for (int got = 0; got != SIGTERM;) {
        fflush(stdout);
        if (sigwait(&set, &got)) return 1;
        printf("{\"trap\":\"%s\"}\n", sigabbrev_np(got));
    }
    return 0;
}

static int ignore(int count, char** words) {
    for (int i = 1; i < count; ++i) signal(signal_number(words[i]), SIG_IGN);
    return 0;
}

static int raw(int count, char** words) {
    (void)count, (void)words;
    struct termios t;
    if (tcgetattr(0, &t) < 0) return outcome("raw", "0", errno);
    cfmakeraw(&t);
    return outcome("raw", "0", tcsetattr(0, TCSANOW, &t) < 0 ? errno : 0);
}

// Prints the window's size now and after each change, until it has the given number of rows.
static int winch(int count, char** words) {
    int last = atoi(word(count, words, 1, "0"));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int got;;) {
        struct winsize size = {0};
        ioctl(0, TIOCGWINSZ, &size);
        printf("{\"winch\":[%d,%d]}\n", size.ws_row, size.ws_col);
        fflush(stdout);
        if (size.ws_row == last || sigwait(&set, &got)) return 0;
    }
}

// A datagram whose lines are the words. "size=N" fills it up to N bytes, "fds=N" sends fds along.
static int notify(int count, char** words) {
    static char text[1 << 20];
    size_t size = 0, wanted = 0;
    int fds = 0;
    for (int i = 1; i < count; ++i) {
        if (!strncmp(words[i], "size=", 5))
            wanted = strtoull(words[i] + 5, NULL, 0);
        else if (!strncmp(words[i], "fds=", 4))
            fds = atoi(words[i] + 4);
        else
            size += (size_t)snprintf(text + size, sizeof text - size, "%s\n", words[i]);
    }
    if (size) --size; // the last newline
    for (; size < wanted && size < sizeof text; ++size) text[size] = 'x';

    char const* path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strncpy(to.sun_path, path ? path : "", sizeof to.sun_path - 1);
    static union {
        struct cmsghdr header;
        char room[CMSG_SPACE(250 * sizeof(int))];
    } control;
    struct iovec data = {text, size};
    struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof to};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (fds) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE((size_t)fds * sizeof(int)); // of zeros: stdin
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN((size_t)fds * sizeof(int));
    }
    int from = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = sendmsg(from, &message, 0) < 0 ? errno : 0;
    close(from);
    return outcome("notify", words[1], error);
}

static int lines(int count, char** words) {
    for (int i = 0, n = atoi(word(count, words, 1, "1000")); i < n; ++i) printf("line %d\n", i);
    return 0;
}

static int call(int count, char** words) {
    long a[7] = {0};
    for (int i = 1; i < count && i < 8; ++i) a[i - 1] = (long)strtoull(words[i], NULL, 0);
    long result = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    return outcome("call", words[1], result == -1 ? errno : 0);
}

#ifdef __x86_64__
// As a 32-bit program does: the kernel looks the number up in i386's table.
static int call32(int count, char** words) {
    long result = atoi(word(count, words, 1, "20"));
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(0), "c"(0), "d"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    int error = (int)result < 0 && (int)result > -4096 ? -(int)result : 0;
    return outcome("call32", words[1], error);
}
#endif

struct verb const act_verbs[] = {
    {"call", call, "NUMBER ARGUMENT… - a system call"},
#ifdef __x86_64__
    {"call32", call32, "NUMBER - a system call of i386"},
#endif
    {"exit", exit_verb, "N - with that status"},
    {"sleep", sleep_verb, "SECONDS"},
    {"kill-self", kill_self, "SIGNAL"},
    {"echo", echo, "WORD… - to standard output"},
    {"warn", warn, "WORD… - to standard error"},
    {"cat", cat, "[FILE] - to standard output"},
    {"input", input, "- standard input, a JSON text"},
    {"into", into, "FILE - where all that follows is appended"},
    {"write", write_verb, "FILE TEXT"},
    {"open", open_verb, "FILE r|w|rw"},
    {"mkdir", mkdir_verb, "DIR"},
    {"mknod", mknod_verb, "PATH c|b MAJOR MINOR"},
    {"mount", mount_verb, "DIR - a tmpfs"},
    {"remount", remount_verb, "DIR - writable, without any flag"},
    {"chdir", chdir_verb, "DIR"},
    {"fork", fork_verb, "N - children that live at once"},
    {"orphans", orphans, "N - grandchildren that live on"},
    {"bomb", bomb, "N - processes that are replaced by their children all the time"},
    {"eat", eat, "BYTES - of memory, touched"},
    {"burn", burn, "MS - on one CPU"},
    {"trap", trap, "SIGNAL… - names each that comes"},
    {"ignore", ignore, "SIGNAL…"},
    {"raw", raw, "- the terminal"},
    {"winch", winch, "ROWS - prints sizes until it has that many rows"},
    {"notify", notify, "LINE… [size=N] [fds=N] - to $NOTIFY_SOCKET"},
    {"lines", lines, "N - of output"},
    {NULL, NULL, NULL},
};
