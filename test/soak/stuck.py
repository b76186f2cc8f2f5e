# SPDX-License-Identifier: Apache-2.0
# test/soak/stuck.py - which process waits for what, when a client's call doesn't end.
"""`report()` is called while the call still hangs. All of it is of the run's own pid namespace, so
every process that it tells of is the run's."""
import contextlib
import os
import signal
import time

import counts

TOLD = 3  # reports of one run: more would say the same
LONGEST = 200000  # letters of containerd's log


def name_of(pid):
    return counts.read(f"/proc/{pid}/cmdline").replace("\0", " ").strip() or counts.read(f"/proc/{pid}/comm").strip()


def threads(pid):
    """What each thread waits for, where the kernel tells."""
    told = []
    for thread in sorted(os.listdir(f"/proc/{pid}/task"), key=int):
        place = f"/proc/{pid}/task/{thread}"
        state = counts.read(f"{place}/stat").rpartition(") ")[2][:1]
        waits = f"{counts.read(f'{place}/wchan')} {counts.read(f'{place}/syscall').strip()}"
        told.append(f"  thread {thread} {state} {waits}")
        told += ["    " + line for line in counts.read(f"{place}/stack").splitlines()]
    return told


def files(pid):
    told = []
    for fd in sorted(os.listdir(f"/proc/{pid}/fd"), key=int):
        with contextlib.suppress(OSError):
            told.append(f"  fd {fd} {os.readlink(f'/proc/{pid}/fd/{fd}')}")
    return told


def processes():
    told = []
    for pid in sorted((int(name) for name in os.listdir("/proc") if name.isdigit())):
        name = name_of(pid)
        try:
            told.append(f"process {pid} {name}")
            if any(word in name for word in ("ctr", "containerd", "davit")):
                told += threads(pid) + files(pid)
        except OSError:
            told.append("  has ended")
    return told


def wake(name, number):
    """A Go program writes its goroutines, the shim what it has, into its log."""
    for pid in (pid for pid in os.listdir("/proc") if pid.isdigit()):
        if os.path.basename(name_of(pid).split(" ")[0]) == name:
            with contextlib.suppress(OSError):
                os.kill(int(pid), number)


def report(what, log):
    """log: containerd's; None where there is none."""
    lines = [f"hangs: {what}", *processes()]
    if log:
        wake("containerd-shim-davit-v2", signal.SIGUSR1)
        wake("containerd", signal.SIGUSR1)
        time.sleep(2)
        lines += ["containerd's log:", counts.read(log)[-LONGEST:]]
    return "\n".join(lines) + "\n"
