// SPDX-License-Identifier: Apache-2.0
// test/programs/inside/inside.h - what the parts of /inside share: JSON lines and the verb table.
//
// Runs in: the container, as its only program. One verb prints one line: {"verb": value}.
#pragma once

#include <stdio.h> // all of it is compiled with -D_GNU_SOURCE

// A verb gets its words, the verb itself first. It returns 0, or the exit status that is used if
// `die` is asked for. A failed verb still prints its errno: tests look at that, not at 0 or 1.
struct verb {
    char const* name;
    int (*run)(int count, char** words);
    char const* help;
};

extern struct verb const report_verbs[];
extern struct verb const attribute_verbs[];
extern struct verb const act_verbs[];
extern struct verb const spy_verbs[];

void json_text(char const* text);                             // prints a JSON string
char const* errno_name(int error);                            // "EPERM", or "" for 0
int outcome(char const* verb, char const* object, int error); // {"verb":{"object":…,"errno":…}}
int signal_number(char const* name);                          // "TERM", "SIGTERM", "15"
