// SPDX-License-Identifier: Apache-2.0
// test/programs/fault.c - makes one system call of a program, or of a child of it, fail; or kills
// it.

// fault --list FILE -- COMMAND…: writes "ROLE INDEX NAME" of every call. fault ROLE INDEX
// errno|kill -- COMMAND…: acts at that call of that role; INDEX "NAME:N" is the Nth call of that
// name. Roles are numbered as the processes come: 0 is the command. It ends with the command, and
// with its status; children go on untraced. ptrace(2). "--attach PID" in place of "-- COMMAND…"
// does so to a running process: it says "attached", and detaches when it is ended itself. Then the
// roles are the threads, and it doesn't follow processes.
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { most_roles = 64 };

static struct role {
    pid_t pid;
    long calls;
    int executing; // role 0 counts from its execve on
    int failing;   // this call's result is to be replaced
} roles[most_roles];
static int role_count;

static char const* name_of(unsigned long long number) {
    static struct {
        unsigned number;
        char const* name;
    } const names[] = {
#include "syscall_names.h" // generated: {number, "name"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (names[i].number == number) return names[i].name;
    return "unknown";
}

static _Noreturn void give_up(char const* what) {
    fprintf(stderr, "fault: %s: %s\n", what, strerror(errno));
    exit(124);
}

// Replaces the call by none; the result is put in when the call has "returned".
static void skip_call(pid_t pid) {
#if defined(__x86_64__)
    ptrace(PTRACE_POKEUSER, pid, (void*)offsetof(struct user_regs_struct, orig_rax), (void*)-1L);
#elif defined(__aarch64__)
    int none = -1;
    struct iovec data = {&none, sizeof none};
    ptrace(PTRACE_SETREGSET, pid, (void*)0x404 /* NT_ARM_SYSTEM_CALL */, &data);
#else
    (void)pid;
    fputs("fault: not on this architecture\n", stderr);
    exit(77);
#endif
}

static void set_result(pid_t pid, long result) {
#if defined(__x86_64__)
    ptrace(PTRACE_POKEUSER, pid, (void*)offsetof(struct user_regs_struct, rax), (void*)result);
#elif defined(__aarch64__)
    struct user_regs_struct registers;
    struct iovec data = {&registers, sizeof registers};
    ptrace(PTRACE_GETREGSET, pid, (void*)NT_PRSTATUS, &data);
    registers.regs[0] = (unsigned long long)result;
    ptrace(PTRACE_SETREGSET, pid, (void*)NT_PRSTATUS, &data);
#else
    (void)pid, (void)result;
#endif
}

static struct role* role_of(pid_t pid) {
    for (int i = 0; i < role_count; ++i)
        if (roles[i].pid == pid) return &roles[i];
    if (role_count == most_roles) give_up("too many processes");
    roles[role_count] = (struct role){.pid = pid, .executing = role_count > 0};
    return &roles[role_count++];
}

static FILE* list;
static long wanted_role = -1, wanted_call = -1;
static char* wanted_name; // only calls of that name count
static int wanted_errno;  // 0: kill

static int attached;

// A thread wakes another one by it: its write can't fail.
static int is_eventfd(pid_t pid, unsigned long long fd) {
    char path[64], target[32];
    snprintf(path, sizeof path, "/proc/%d/fd/%llu", pid, fd);
    ssize_t const size = readlink(path, target, sizeof target);
    return size == 20 && memcmp(target, "anon_inode:[eventfd]", 20) == 0;
}

// How often threads make these calls depends on their order. So they don't count, else the next run
// would number the calls differently. None of them fails in a correct program, and a program that
// doesn't hear of a child's end can't report it.
static int is_counted(pid_t pid, unsigned long long number, uint64_t const* args) {
    if (!attached) return 1;
    if (number == SYS_write && is_eventfd(pid, args[0])) return 0;
    if (wanted_name) return 1; // who asks for one by its name counts those alone
    if (number == SYS_ioctl && args[1] == FIONBIO) return 0;
    static unsigned const others[] = {
        SYS_futex,          SYS_mmap,      SYS_munmap,          SYS_mprotect, SYS_madvise,
        SYS_rt_sigprocmask, SYS_brk,       SYS_restart_syscall, SYS_waitid,   SYS_tgkill,
        SYS_sched_yield,    SYS_epoll_ctl, SYS_epoll_pwait,
#ifdef SYS_epoll_wait
        SYS_epoll_wait,
#endif
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
        if (others[i] == number) return 0;
    return 1;
}

static void at_syscall(struct role* role) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, role->pid, sizeof info, &info) < 0) return;
    if (info.op == PTRACE_SYSCALL_INFO_EXIT && role->failing) {
        set_result(role->pid, -wanted_errno);
        role->failing = 0;
    }
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !role->executing
        || !is_counted(role->pid, info.entry.nr, info.entry.args))
        return;
    if (wanted_name && strcmp(name_of(info.entry.nr), wanted_name) != 0) return;
    long const index = role->calls++;
    if (list) fprintf(list, "%td %ld %s\n", role - roles, index, name_of(info.entry.nr));
    if (role - roles != wanted_role || index != wanted_call) return;
    if (attached) puts("reached"), fflush(stdout);
    if (!wanted_errno) {
        kill(role->pid, SIGKILL);
    } else {
        role->failing = 1;
        // A close() that fails has closed: EIO is about the file's data.
        if (info.entry.nr != SYS_close) skip_call(role->pid);
    }
}

static int trace(pid_t command) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && attached && errno == ECHILD) return 0;
        if (pid < 0) give_up("wait");
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == command)
                return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        struct role* role = role_of(pid);
        int signal = WSTOPSIG(status);
        int const event = status >> 16;
        if (signal == (SIGTRAP | 0x80)) {
            at_syscall(role);
            signal = 0;
        } else if (event) { // a child begins with one, too
            if (event == PTRACE_EVENT_EXEC) role->executing = 1;
            if (attached == 1) attached = 2, puts("attached"), fflush(stdout);
            signal = 0;
        }
        ptrace(PTRACE_SYSCALL, pid, NULL, (void*)(long)signal);
    }
}

static int attach(pid_t pid) {
    attached = 1;
    if (list) setlinebuf(list);
    role_of(pid)->executing = 1;
    if (ptrace(PTRACE_SEIZE, pid, NULL, (void*)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE)) < 0
        || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
        give_up("trace");
    return trace(pid);
}

int main(int argc, char** argv) {
    int i = 1;
    if (argc > 3 && !strcmp(argv[1], "--list")) {
        list = fopen(argv[2], "we");
        if (!list) give_up(argv[2]);
        i = 3;
    } else if (argc > 4) {
        wanted_role = atol(argv[1]);
        char* const colon = strchr(argv[2], ':');
        wanted_call = atol(colon ? colon + 1 : argv[2]);
        if (colon) *colon = '\0', wanted_name = argv[2];
        wanted_errno = strcmp(argv[3], "kill") ? atoi(argv[3]) : 0;
        i = 4;
    }
    if (i > 1 && i + 2 == argc && strcmp(argv[i], "--attach") == 0)
        return attach(atoi(argv[i + 1]));
    if (i == 1 || i + 1 >= argc || strcmp(argv[i], "--") != 0) {
        fputs("usage: fault --list FILE -- COMMAND...\n"
              "       fault ROLE INDEX ERRNO|kill -- COMMAND...\n",
              stderr);
        return 124;
    }
    int go[2];
    if (pipe(go) < 0) give_up("pipe");
    pid_t command = fork();
    if (command < 0) give_up("fork");
    if (command == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(go[1]);
        char byte;
        if (read(go[0], &byte, 1) != 1) _exit(124);
        close(go[0]);
        execvp(argv[i + 1], argv + i + 1);
        give_up(argv[i + 1]);
    }
    role_of(command);
    // Seized, not attached: a child that is born as this program ends isn't left with a SIGSTOP.
    long const options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK
                         | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SEIZE, command, NULL, (void*)options) < 0) give_up("trace");
    if (write(go[1], "", 1) != 1) give_up("pipe");
    close(go[0]), close(go[1]);
    int const status = trace(command);
    if (list) fclose(list);
    return status;
}
