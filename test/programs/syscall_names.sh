#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test/programs/syscall_names.sh - prints {number, "name"}, for every system call the compiler knows.
#
# syscall_names.sh COMPILER…
echo '#include <asm/unistd.h>' | "$@" -E -dM - |
    sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$/{\2, "\1"},/p'
