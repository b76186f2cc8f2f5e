// SPDX-License-Identifier: Apache-2.0
// test/programs/inside/main.c - /inside: reports what a container's process sees, and acts.
//
// Runs in: the container. `/inside mounts ; caps ; exit 3` runs three verbs one after another;
// `/inside report` runs all reporting verbs. Static; needs only the files that a verb is about.

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"

void json_text(char const* text) {
    putchar('"');
    for (unsigned char const* c = (unsigned char const*)text; *c; ++c) {
        if (*c == '"' || *c == '\\')
            printf("\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f) // other bytes as they are: UTF-8, if it was that
            printf("\\u%04x", *c);
        else
            putchar(*c);
    }
    putchar('"');
}

char const* errno_name(int error) {
    if (!error) return "";
    char const* name = strerrorname_np(error);
    return name ? name : "unknown";
}

int outcome(char const* verb, char const* object, int error) {
    printf("{\"%s\":{\"object\":", verb);
    json_text(object);
    printf(",\"errno\":\"%s\"}}\n", errno_name(error));
    return 0;
}

int signal_number(char const* name) {
    char* end;
    long number = strtol(name, &end, 10);
    if (!*end) return (int)number;
    if (!strncmp(name, "SIG", 3)) name += 3;
    for (int i = 1; i < NSIG; ++i) {
        char const* known = sigabbrev_np(i);
        if (known && !strcmp(known, name)) return i;
    }
    fprintf(stderr, "inside: no signal \"%s\"\n", name);
    exit(125);
}

static struct verb const* const all_verbs[] = {report_verbs, attribute_verbs, act_verbs, spy_verbs};
enum { lists = sizeof all_verbs / sizeof *all_verbs };

static struct verb const* find(char const* name) {
    for (int i = 0; i < lists; ++i)
        for (struct verb const* v = all_verbs[i]; v->name; ++v)
            if (!strcmp(v->name, name)) return v;
    return NULL;
}

static int run_one(int count, char** words) {
    if (!strcmp(words[0], "report")) {
        for (struct verb const* v = report_verbs; v->name; ++v) {
            char* alone[] = {(char*)v->name, NULL};
            v->run(1, alone);
            fflush(stdout);
        }
        return 0;
    }
    struct verb const* v = find(words[0]);
    if (!v) {
        fprintf(stderr, "inside: no verb \"%s\"; there are:\n", words[0]);
        for (int i = 0; i < lists; ++i)
            for (v = all_verbs[i]; v->name; ++v) fprintf(stderr, "  %s %s\n", v->name, v->help);
        exit(125);
    }
    int status = v->run(count, words);
    fflush(stdout);
    return status;
}

int main(int argc, char** argv) {
    int status = 0;
    for (int i = 1; i < argc;) {
        int count = 0;
        while (i + count < argc && strcmp(argv[i + count], ";") != 0) ++count;
        argv[i + count] = NULL;
        if (count) status = run_one(count, argv + i);
        i += count + 1;
    }
    return status;
}
