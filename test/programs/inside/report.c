// SPDX-License-Identifier: Apache-2.0
// test/programs/inside/report.c - the verbs of /inside that report what the process sees.
//
// Runs in: the container. It asks system calls, not /proc, where it can: so a report is true in a
// container without /proc, too.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "inside.h"

extern char** environ;

static void json_texts(char** texts) {
    putchar('[');
    for (int i = 0; texts[i]; ++i) {
        if (i) putchar(',');
        json_text(texts[i]);
    }
    putchar(']');
}

// Reads a whole small file, without its last newline. NULL if there is none.
static char* content(char const* path) {
    static char text[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NULL;
    size_t used = 0;
    for (ssize_t n;
         used < sizeof text - 1 && (n = read(fd, text + used, sizeof text - 1 - used)) > 0;)
        used += (size_t)n;
    close(fd);
    while (used && text[used - 1] == '\n') --used;
    text[used] = 0;
    return text;
}

static int mounts(int count, char** words) {
    (void)count, (void)words;
    printf("{\"mounts\":[");
    FILE* file = fopen("/proc/self/mountinfo", "re");
    char line[8192];
    for (int first = 1; file && fgets(line, sizeof line, file); first = 0) {
        // 36 35 98:0 /root /target options tag:1 tag:2 - type source super
        line[strcspn(line, "\n")] = 0;
        char* words_[64];
        int n = 0, dash = 0;
        for (char *save, *w = strtok_r(line, " ", &save); w && n < 64;
             w = strtok_r(NULL, " ", &save)) {
            if (!dash && !strcmp(w, "-")) dash = n;
            words_[n++] = w;
        }
        if (n < 7 || !dash || dash + 3 > n) continue;
        printf("%s{\"id\":%s,\"parent\":%s,\"device\":", first ? "" : ",", words_[0], words_[1]);
        json_text(words_[2]);
        char const* names[] = {"root", "target", "options"};
        for (int i = 0; i < 3; ++i) {
            printf(",\"%s\":", names[i]);
            json_text(words_[3 + i]);
        }
        printf(",\"tags\":[");
        for (int i = 6; i < dash; ++i) {
            if (i > 6) putchar(',');
            json_text(words_[i]);
        }
        printf("],\"type\":");
        json_text(words_[dash + 1]);
        printf(",\"source\":");
        json_text(words_[dash + 2]);
        printf(",\"super\":");
        json_text(dash + 3 < n ? words_[dash + 3] : "");
        putchar('}');
    }
    if (file) fclose(file);
    puts("]}");
    return 0;
}

// One directory entry, without following a link.
static void describe(int dir, char const* name) {
    struct stat s;
    json_text(name);
    if (fstatat(dir, name, &s, AT_SYMLINK_NOFOLLOW) < 0) {
        printf(":{\"errno\":\"%s\"}", errno_name(errno));
        return;
    }
    char const* type = S_ISDIR(s.st_mode)    ? "dir"
                       : S_ISCHR(s.st_mode)  ? "char"
                       : S_ISBLK(s.st_mode)  ? "block"
                       : S_ISFIFO(s.st_mode) ? "fifo"
                       : S_ISLNK(s.st_mode)  ? "link"
                       : S_ISSOCK(s.st_mode) ? "socket"
                                             : "file";
    printf(":{\"type\":\"%s\",\"mode\":\"%04o\",\"uid\":%u,\"gid\":%u,\"size\":%lld", type,
           s.st_mode & 07777, s.st_uid, s.st_gid, (long long)s.st_size);
    if (S_ISCHR(s.st_mode) || S_ISBLK(s.st_mode))
        printf(",\"major\":%u,\"minor\":%u", major(s.st_rdev), minor(s.st_rdev));
    if (S_ISLNK(s.st_mode)) {
        char target[PATH_MAX];
        ssize_t n = readlinkat(dir, name, target, sizeof target - 1);
        target[n > 0 ? n : 0] = 0;
        printf(",\"target\":");
        json_text(target);
    }
    putchar('}');
}

static int list(char const* verb, char const* path) {
    printf("{\"%s\":{", verb);
    DIR* dir = opendir(path);
    int first = 1;
    for (struct dirent* e; dir && (e = readdir(dir));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        if (!first) putchar(',');
        first = 0;
        describe(dirfd(dir), e->d_name);
    }
    if (dir) closedir(dir);
    puts("}}");
    return 0;
}

static int dev(int count, char** words) {
    (void)count, (void)words;
    return list("dev", "/dev");
}

static int ls(int count, char** words) { return count > 1 ? list("ls", words[1]) : 125; }

static int stat_verb(int count, char** words) {
    printf("{\"stat\":{");
    for (int i = 1; i < count; ++i) {
        if (i > 1) putchar(',');
        describe(AT_FDCWD, words[i]);
    }
    puts("}}");
    return 0;
}

static int caps(int count, char** words) {
    (void)count, (void)words;
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {0};
    syscall(SYS_capget, &head, data);
    unsigned long long bounding = 0, ambient = 0;
    for (int cap = 0; cap < 64; ++cap) {
        if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1) bounding |= 1ULL << cap;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1) ambient |= 1ULL << cap;
    }
#define WHOLE(member) (data[0].member | (unsigned long long)data[1].member << 32)
    printf("{\"caps\":{\"bounding\":\"%llx\",\"effective\":\"%llx\",\"inheritable\":\"%llx\","
           "\"permitted\":\"%llx\",\"ambient\":\"%llx\"}}\n",
           bounding, WHOLE(effective), WHOLE(inheritable), WHOLE(permitted), ambient);
#undef WHOLE
    return 0;
}

static int rlimits(int count, char** words) {
    (void)count, (void)words;
    static char const* const names[] = {
        "CPU",     "FSIZE", "DATA",  "STACK",      "CORE",     "RSS",  "NPROC",  "NOFILE",
        "MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};
    printf("{\"rlimits\":{");
    for (int i = 0; i < 16; ++i) {
        struct rlimit limit = {0, 0};
        getrlimit((__rlimit_resource_t)i, &limit);
        printf("%s\"%s\":[%llu,%llu]", i ? "," : "", names[i], (unsigned long long)limit.rlim_cur,
               (unsigned long long)limit.rlim_max);
    }
    puts("}}");
    return 0;
}

static int ids(int count, char** words) {
    (void)count, (void)words;
    uid_t uid[3];
    gid_t gid[3], groups[256];
    getresuid(&uid[0], &uid[1], &uid[2]);
    getresgid(&gid[0], &gid[1], &gid[2]);
    int n = getgroups(256, groups);
    mode_t mask = umask(0);
    umask(mask);
    printf("{\"ids\":{\"uid\":[%u,%u,%u],\"gid\":[%u,%u,%u],\"umask\":\"%04o\",\"groups\":[",
           uid[0], uid[1], uid[2], gid[0], gid[1], gid[2], mask);
    for (int i = 0; i < n; ++i) printf("%s%u", i ? "," : "", groups[i]);
    printf("],\"pid\":%d,\"ppid\":%d,\"sid\":%d,\"pgid\":%d}}\n", getpid(), getppid(), getsid(0),
           getpgrp());
    return 0;
}

// Tries all numbers, without /proc: an fd is open if F_GETFD succeeds. The link comes from /proc,
// if that is mounted.
static int fds(int count, char** words) {
    (void)count, (void)words;
    printf("{\"fds\":{");
    int first = 1;
    for (int fd = 0; fd < 1024; ++fd) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0) continue;
        char path[64], target[PATH_MAX] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        target[n > 0 ? n : 0] = 0;
        printf("%s\"%d\":", first ? "" : ",", fd);
        json_text(target);
        first = 0;
    }
    puts("}}");
    return 0;
}

static int cgroup(int count, char** words) {
    (void)count, (void)words;
    printf("{\"cgroup\":{");
    char* text = content("/proc/self/cgroup");
    int first = 1;
    for (char *save, *line = text ? strtok_r(text, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save)) {
        char* controllers = strchr(line, ':');
        char* path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) continue;
        *path++ = 0;
        if (!first) putchar(',');
        json_text(controllers + 1);
        putchar(':');
        json_text(path);
        first = 0;
    }
    puts("}}");
    return 0;
}

static int limits(int count, char** words) {
    (void)count, (void)words;
    static char const* const files[] = {"memory.max",
                                        "memory.low",
                                        "memory.swap.max",
                                        "pids.max",
                                        "cpu.max",
                                        "cpu.weight",
                                        "cpuset.cpus",
                                        "memory/memory.limit_in_bytes",
                                        "pids/pids.max",
                                        "cpu/cpu.shares",
                                        "cpu/cpu.cfs_quota_us",
                                        "cpuset/cpuset.cpus",
                                        "devices/devices.list"};
    printf("{\"limits\":{");
    int first = 1;
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "/sys/fs/cgroup/%s", files[i]);
        char* text = content(path);
        if (!text) continue;
        printf("%s\"%s\":", first ? "" : ",", files[i]);
        json_text(text);
        first = 0;
    }
    puts("}}");
    return 0;
}

static int namespaces(int count, char** words) {
    (void)count, (void)words;
    static char const* const names[] = {"cgroup", "ipc",  "mnt",  "net",
                                        "pid",    "time", "user", "uts"};
    printf("{\"namespaces\":{");
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        char path[64];
        struct stat s = {0};
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
        stat(path, &s);
        printf("%s\"%s\":%llu", i ? "," : "", names[i], (unsigned long long)s.st_ino);
    }
    puts("}}");
    return 0;
}

static int host(int count, char** words) {
    (void)count, (void)words;
    struct utsname name;
    uname(&name);
    printf("{\"host\":{\"hostname\":");
    json_text(name.nodename);
    printf(",\"domainname\":");
    json_text(name.domainname);
    puts("}}");
    return 0;
}

static int env(int count, char** words) {
    (void)count, (void)words;
    printf("{\"env\":");
    json_texts(environ);
    puts("}");
    return 0;
}

static int cwd(int count, char** words) {
    (void)count, (void)words;
    char path[PATH_MAX];
    long n =
        syscall(SYS_getcwd, path, sizeof path); // as the kernel says it: "(unreachable)/…" shows
    printf("{\"cwd\":");
    json_text(n > 0 ? path : errno_name(errno));
    puts("}");
    return 0;
}

static int args(int count, char** words) {
    printf("{\"args\":");
    json_texts(words + (count > 0));
    puts("}");
    return 0;
}

static int flags(int count, char** words) {
    (void)count, (void)words;
    char* adjust = content("/proc/self/oom_score_adj");
    printf("{\"flags\":{\"no_new_privs\":%d,\"dumpable\":%d,\"seccomp\":%d,\"oom_score_adj\":%s,",
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
           prctl(PR_GET_SECCOMP, 0, 0, 0, 0), adjust ? adjust : "null");
    char* blocked = content("/proc/self/status");
    char const* names[] = {"SigBlk:\t", "SigIgn:\t", "NoNewPrivs:\t"};
    char const* keys[] = {"blocked", "ignored", "no_new_privs_text"};
    for (int i = 0; i < 3; ++i) {
        char* at = blocked ? strstr(blocked, names[i]) : NULL;
        printf("%s\"%s\":\"%.*s\"", i ? "," : "", keys[i],
               at ? (int)strcspn(at + strlen(names[i]), "\n") : 0, at ? at + strlen(names[i]) : "");
    }
    puts("}}");
    return 0;
}

static int keyring(int count, char** words) {
    (void)count, (void)words;
    char text[512] = "";
    long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);
    int error = id < 0 ? errno : 0;
    if (id > 0) syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof text - 1, 0);
    printf("{\"keyring\":{\"id\":%ld,\"errno\":\"%s\",\"description\":", id, errno_name(error));
    json_text(text);
    puts("}}");
    return 0;
}

static int tty(int count, char** words) {
    (void)count, (void)words;
    struct winsize size = {0};
    int has_size = ioctl(0, TIOCGWINSZ, &size) == 0;
    char const* name = ttyname(0);
    printf("{\"tty\":{\"is\":[%d,%d,%d],\"name\":", isatty(0), isatty(1), isatty(2));
    json_text(name ? name : "");
    printf(",\"rows\":%d,\"columns\":%d,\"foreground\":%d,\"controlling\":%s}}\n",
           has_size ? size.ws_row : -1, has_size ? size.ws_col : -1, (int)tcgetpgrp(0),
           access("/dev/tty", F_OK) == 0 && open("/dev/tty", O_RDONLY | O_CLOEXEC) >= 0 ? "true"
                                                                                        : "false");
    return 0;
}

struct verb const report_verbs[] = {
    {"mounts", mounts, "- every mount of this namespace"},
    {"dev", dev, "- what stands in /dev"},
    {"caps", caps, "- the five capability sets, hexadecimal"},
    {"rlimits", rlimits, "- [soft, hard] of each"},
    {"ids", ids, "- user, groups, umask, process ids"},
    {"fds", fds, "- open file descriptors"},
    {"cgroup", cgroup, "- membership by controllers"},
    {"limits", limits, "- limits that /sys/fs/cgroup shows"},
    {"namespaces", namespaces, "- inode numbers"},
    {"host", host, "- host and domain name"},
    {"env", env, "- the environment, in order"},
    {"cwd", cwd, "- the working directory"},
    {"args", args, "WORD… - the words it was given"},
    {"flags", flags, "- no_new_privs, dumpable, seccomp, oom_score_adj, signals"},
    {"keyring", keyring, "- the session keyring"},
    {"tty", tty, "- the terminal and its size"},
    {"ls", ls, "DIR - its entries"},
    {"stat", stat_verb, "PATH… - of each, links not followed"},
    {NULL, NULL, NULL},
};
