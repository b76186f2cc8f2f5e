// SPDX-License-Identifier: Apache-2.0
// test/programs/inside/attributes.c - the verbs of /inside that report how the kernel treats the
// process: scheduling, I/O priority, NUMA policy, personality.
//
// Runs in: the container.

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "inside.h"

static int scheduler(int count, char** words) {
    (void)count, (void)words;
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attr = {0};
    int error = syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0) < 0 ? errno : 0;
    printf("{\"sched\":{\"errno\":\"%s\",\"policy\":%u,\"flags\":%llu,\"nice\":%d,\"priority\":%u,"
           "\"runtime\":%llu,\"deadline\":%llu,\"period\":%llu}}\n",
           errno_name(error), attr.policy, (unsigned long long)attr.flags, attr.nice, attr.priority,
           (unsigned long long)attr.runtime, (unsigned long long)attr.deadline,
           (unsigned long long)attr.period);
    return 0;
}

static int io_priority(int count, char** words) {
    (void)count, (void)words;
    long value = syscall(SYS_ioprio_get, 1, 0); // IOPRIO_WHO_PROCESS
    printf("{\"ioprio\":{\"class\":%ld,\"priority\":%ld}}\n", value >> 13, value & 7);
    return 0;
}

static int memory_policy(int count, char** words) {
    (void)count, (void)words;
    int mode = -1;
    unsigned long nodes[16] = {0}; // 1024 of them
    int error = syscall(SYS_get_mempolicy, &mode, nodes, sizeof nodes * 8, NULL, 0) < 0 ? errno : 0;
    printf("{\"mempolicy\":{\"errno\":\"%s\",\"mode\":%d,\"nodes\":%lu}}\n", errno_name(error),
           mode, nodes[0]);
    return 0;
}

static int persona(int count, char** words) {
    (void)count, (void)words;
    struct utsname name;
    uname(&name);
    printf("{\"personality\":{\"persona\":%d,\"machine\":", personality(0xffffffff));
    json_text(name.machine);
    puts("}}");
    return 0;
}

static int affinity(int count, char** words) {
    (void)count, (void)words;
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    printf("{\"affinity\":[");
    for (int cpu = 0, first = 1; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &set)) continue;
        printf("%s%d", first ? "" : ",", cpu);
        first = 0;
    }
    puts("]}");
    return 0;
}

static int process_settings(int count, char** words) {
    (void)count, (void)words;
    int death_signal = -1, subreaper = -1;
    prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
    printf("{\"prctl\":{\"timer_slack\":%d,\"death_signal\":%d,\"subreaper\":%d}}\n",
           prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), death_signal, subreaper);
    return 0;
}

struct verb const attribute_verbs[] = {
    {"sched", scheduler, "- scheduling policy and its numbers"},
    {"ioprio", io_priority, "- I/O class and priority"},
    {"mempolicy", memory_policy, "- NUMA mode and the first 64 nodes"},
    {"personality", persona, "- and the machine that uname shows"},
    {"affinity", affinity, "- CPUs"},
    {"prctl", process_settings, "- timer slack, the parent's death signal, subreaper"},
    {NULL, NULL, NULL},
};
