# SPDX-License-Identifier: Apache-2.0
# test/soak/counts.py - what the kernel counts, before the clients race and afterwards.
"""`own()` counts what is in the namespaces and groups of the run, where nothing else lives: it has to
be the same afterwards. `machine()` counts what the kernel has for all: of use where nothing else runs."""
import ctypes
import os
import platform
import time

TOP = "/sys/fs/cgroup"


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def lines(path):
    return len(read(path).splitlines())


def processes():
    """The living: the run's process 1 takes its time to reap."""
    stats = (read(f"/proc/{pid}/stat") for pid in os.listdir("/proc") if pid.isdigit())
    return sum(1 for stat in stats if stat and stat.rpartition(") ")[2][:1] != "Z")


def names_of(places):
    """For one who has to find out what is left."""
    pids = (pid for pid in os.listdir("/proc") if pid.isdigit())
    found = [f"process {pid} " + read(f"/proc/{pid}/cmdline").replace("\0", " ") for pid in pids]
    for place in places.values():
        found += [path for path, folders, names in os.walk(place) if not folders] + [
            os.path.join(path, name) for path, _, names in os.walk(place) for name in names]
    return "\n".join(found)


def hierarchies():
    if os.path.exists(f"{TOP}/cgroup.procs"):
        return {"cgroups": TOP}
    paths = {f"cgroups, {name}": f"{TOP}/{name}" for name in sorted(os.listdir(TOP))}
    return {name: path for name, path in paths.items() if not os.path.islink(path)}


def directories(top):
    return sum(1 for _ in os.walk(top))


def files(top):
    return sum(len(folders) + len(names) for _, folders, names in os.walk(top))


def own(places, ids):
    """places: words for a directory, and the directory."""
    counts = {"processes": processes(), "mounts": lines("/proc/self/mountinfo")}
    for name, path in hierarchies().items():
        counts[name] = directories(path)
    for name, path in places.items():
        counts[name] = files(path)
    counts["Unix sockets"] = lines("/proc/net/unix") - 1
    keys = read("/proc/keys").splitlines()
    counts["session keyrings"] = sum(1 for key in keys if any(f"_ses.{id}:" in key for id in ids))
    return counts


def bpf_programs():
    """bpf(2), BPF_PROG_GET_NEXT_ID; None where we may not ask."""
    number = {"x86_64": 321, "aarch64": 280, "riscv64": 280}.get(platform.machine())
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = (ctypes.c_uint32 * 32)()
    count = 0
    while number and libc.syscall(number, 11, attributes, 12) == 0:
        attributes[0] = attributes[1]  # start_id, next_id
        count += 1
    return count if number and ctypes.get_errno() == 2 else None


def machine():
    counts = {"open files": int(read("/proc/sys/fs/file-nr").split()[0])}
    programs = bpf_programs()
    if programs is not None:
        counts["BPF programs"] = programs
    controllers = [line.split() for line in read("/proc/cgroups").splitlines()[1:]]
    counts["cgroups of all controllers, the dying too"] = sum(int(words[2]) for words in controllers)
    return counts


def settled(count, before, patience=20):
    """The counts, as soon as they are those of before; else as they are in the end."""
    end = time.monotonic() + patience
    while (now := count()) != before and time.monotonic() < end:
        time.sleep(0.2)
    return now
