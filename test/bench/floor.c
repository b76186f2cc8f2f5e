// SPDX-License-Identifier: Apache-2.0
// test/bench/floor.c - the lower bound of `run` and `create`: the container's system calls alone.
//
// `floor ROOTFS CGROUP PROGRAM…`. CGROUP: a directory to make in a cgroup2, or "-". --create in
// place of the program: ends when the container waits. It makes the container of `davit spec`,
// without a terminal, and does no JSON, state or proofs. The comment beside a call says what the
// container would lack without it.

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(long result, char const* what) {
    if (result >= 0) return;
    perror(what);
    _exit(125);
}

static void devices(void) {
    static struct {
        char const* name;
        unsigned minor, major;
    } const nodes[] = {{"dev/null", 3, 1},   {"dev/zero", 5, 1},    {"dev/full", 7, 1},
                       {"dev/random", 8, 1}, {"dev/urandom", 9, 1}, {"dev/tty", 0, 5}};
    for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; ++i)
        must(mknod(nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)),
             "mknod");
    must(symlink("/proc/self/fd", "dev/fd"), "dev/fd");
    must(symlink("/proc/self/fd/0", "dev/stdin"), "dev/stdin");
    must(symlink("/proc/self/fd/1", "dev/stdout"), "dev/stdout");
    must(symlink("/proc/self/fd/2", "dev/stderr"), "dev/stderr");
    must(symlink("/proc/kcore", "dev/core"), "dev/core");
    must(symlink("pts/ptmx", "dev/ptmx"), "dev/ptmx");
}

static void mounts(int unified) {
    unsigned long const safe = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    must(mount("proc", "proc", "proc", 0, NULL), "proc");
    must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "dev");
    must(mkdir("dev/pts", 0755) | mkdir("dev/shm", 0755) | mkdir("dev/mqueue", 0755), "mkdir");
    must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
               "newinstance,ptmxmode=0666,mode=0620,gid=5"),
         "dev/pts");
    must(mount("shm", "dev/shm", "tmpfs", safe, "mode=1777,size=65536k"), "dev/shm");
    must(mount("mqueue", "dev/mqueue", "mqueue", safe, NULL), "dev/mqueue");
    must(mount("sysfs", "sys", "sysfs", safe | MS_RDONLY, NULL), "sys");
    if (unified)
        must(mount("cgroup", "sys/fs/cgroup", "cgroup2", safe | MS_RELATIME | MS_RDONLY, NULL),
             "cgroup");
}

// After pivot_root. A path that doesn't exist costs one call, as in every runtime.
static void masks(void) {
    static char const* const files[] = {"/proc/kcore",         "/proc/keys",
                                        "/proc/latency_stats", "/proc/timer_list",
                                        "/proc/timer_stats",   "/proc/sched_debug"};
    static char const* const dirs[] = {"/proc/acpi", "/proc/asound", "/sys/firmware", "/proc/scsi"};
    static char const* const readonly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                           "/proc/sysrq-trigger"};
    for (unsigned i = 0; i < sizeof files / sizeof *files; ++i)
        mount("/dev/null", files[i], NULL, MS_BIND, NULL);
    for (unsigned i = 0; i < sizeof dirs / sizeof *dirs; ++i)
        mount("tmpfs", dirs[i], "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=1");
    for (unsigned i = 0; i < sizeof readonly / sizeof *readonly; ++i)
        if (!mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL))
            must(mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL),
                 "readonly");
}

static void loopback_up(void) { // as runc and crun do, for servers on 127.0.0.1
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(fd, "socket");
    must(ioctl(fd, SIOCSIFFLAGS, &lo), "loopback");
}

static void privileges(void) {
    uint32_t const kept = 1U << CAP_AUDIT_WRITE | 1U << CAP_KILL | 1U << CAP_NET_BIND_SERVICE;
    for (int cap = 0; cap <= CAP_LAST_CAP; ++cap)
        if (cap > 31 || !(kept >> cap & 1)) prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{kept, kept, 0}, {0, 0, 0}};
    must(syscall(SYS_capset, &head, data), "capset");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

static _Noreturn void child(char const* rootfs, int unified, int ready, char** argv) {
    must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL),
         "propagation"); // keeps mounts from the host
    must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), "rootfs"); // pivot_root wants a mount
    must(chdir(rootfs), "chdir");
    umask(0);
    mounts(unified);
    devices();
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "old root");
    must(chdir("/"), "chdir");
    must(mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only root");
    masks();
    must(sethostname("floor", 5), "hostname");
    loopback_up();
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "_ses.floor", 0, 0, 0);
    must(setsid(), "setsid");
    struct rlimit const limit = {1024, 1024};
    must(setrlimit(RLIMIT_NOFILE, &limit), "rlimit");
    must(syscall(SYS_setgroups, 0, NULL), "setgroups");
    umask(022);
    privileges();
    must(syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
    if (ready >= 0) {
        must(write(ready, "", 1), "ready");
        for (;;) pause();
    }
    char* const env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                         "TERM=xterm", "HOME=/root", NULL};
    execve(argv[0], argv, env);
    must(-1, argv[0]);
    _exit(125);
}

// "Deny all, allow the standard ones" in the fewest instructions: type and major suffice to show
// the cost of loading and attaching.
static void device_rules(int cgroup) {
    struct bpf_insn const program[] = {
        {BPF_LDX | BPF_MEM | BPF_W, 2, 1, 4, 0},   // r2 = major
        {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1}, // r0 = allowed
        {BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 3, 1},   // memory devices
        {BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 2, 5},   // terminals
        {BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1, 136}, // pts
        {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0}, // r0 = denied
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
    union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                           .insn_cnt = sizeof program / sizeof *program,
                           .insns = (uintptr_t)program,
                           .license = (uintptr_t)"Apache-2.0"};
    int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
    must(fd, "bpf load");
    union bpf_attr attach = {.target_fd = (uint32_t)cgroup,
                             .attach_bpf_fd = (uint32_t)fd,
                             .attach_type = BPF_CGROUP_DEVICE,
                             .attach_flags = BPF_F_ALLOW_MULTI};
    must(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach), "bpf attach");
}

int main(int argc, char** argv) {
    if (argc < 4) {
        fputs("usage: floor ROOTFS CGROUP|- PROGRAM...\n", stderr);
        return 125;
    }
    int const unified = strcmp(argv[2], "-") != 0;
    int const created = strcmp(argv[3], "--create") == 0;
    int ready[2] = {-1, -1};
    if (created) must(pipe2(ready, O_CLOEXEC), "pipe");
    struct clone_args how = {.flags = (created ? 0 : CLONE_VFORK) | CLONE_NEWPID | CLONE_NEWNET
                                      | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS,
                             .exit_signal = SIGCHLD};
    if (unified) {
        must(mkdir(argv[2], 0755), "cgroup");
        int group = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        must(group, "cgroup");
        device_rules(group);
        how.flags |= CLONE_INTO_CGROUP | CLONE_NEWCGROUP;
        how.cgroup = (uint64_t)group;
    }
    long pid = syscall(SYS_clone3, &how, sizeof how);
    if (pid == 0) child(argv[1], unified, ready[1], argv + 3);
    must(pid, "clone3");
    if (created) {
        close(ready[1]); // or its death would not be the end of the pipe
        char byte;
        return read(ready[0], &byte, 1) == 1 ? 0 : 125;
    }
    int status = 0;
    must(waitpid((pid_t)pid, &status, 0), "waitpid");
    if (unified) must(rmdir(argv[2]), "rmdir");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
