# SPDX-License-Identifier: Apache-2.0
# test/soak/clients.py - clients that race on the same few ids, through the binary or the shim.
import collections
import itertools
import random
import re
import subprocess
import tempfile
import threading
import time

import stuck

LIMIT = 60  # seconds that a command may take
STALL = 120  # seconds without a life or an exec, after which the race is given up
KILLED = (137, 143)  # its process was killed by another client: by SIGKILL, by SIGTERM


class Way:
    """How a step is done: words of a command line, and the answers that a race may have."""

    def __init__(self, commands, refusals):
        self.commands = commands
        self.refusals = re.compile("|".join(refusals))

    def words(self, step, id, serial):
        return [word.format(id=id, serial=serial % 4) for word in self.commands[step]]


def binary(davit, root, bundles):
    own = [davit, "--root", root]
    commands = {
        "create": own + ["create", "--bundle", bundles + "/{id}", "{id}"],
        "start": own + ["start", "{id}"],
        "exec": own + ["exec", "{id}", "/bin/true"],
        "kill": own + ["kill", "{id}", "KILL"],
        "pause": own + ["pause", "{id}"],
        "resume": own + ["resume", "{id}"],
        "state": own + ["state", "{id}"],
        "ps": own + ["ps", "--format", "json", "{id}"],
        "delete": own + ["delete", "{id}"],
        "remove": own + ["delete", "--force", "{id}"],
    }
    return Way(commands, [
        "container with given ID already exists",
        "container does not exist",
        "container not running",
        "cannot start an already running container",
        "cannot start a container that has stopped",
        "cannot exec in a stopped container",
        "the process was killed: it was in a stopped container",
        "cannot exec in a paused container",
        "cannot exec in a container in the creating state",
        "cannot delete container .* that is not stopped",
        "container not paused",
        "cannot start a container in the (creating|paused) state",
        "(davit's init|the process) was killed before it could start the program",
    ])


def shim(rootfs):
    task = ["ctr", "task"]
    commands = {
        "create": ["ctr", "run", "--detach", "--runtime", "io.containerd.davit.v2", "--rootfs", rootfs,
                   "{id}", "/bin/sleep", "1000"],
        "exec": task + ["exec", "--exec-id", "exec-{serial}", "{id}", "/bin/true"],
        "kill": task + ["kill", "--signal", "KILL", "{id}"],
        "pause": task + ["pause", "{id}"],
        "resume": task + ["resume", "{id}"],
        "state": task + ["ls"],
        "ps": task + ["ps", "{id}"],
        "delete": task + ["delete", "{id}"],
        "remove": task + ["delete", "--force", "{id}"],
        "forget": ["ctr", "container", "delete", "{id}"],
        # One client's "forget" between another's two requests of "create": a task that only a
        # container of that name gives a handle to.
        "adopt": ["ctr", "container", "create", "--runtime", "io.containerd.davit.v2", "--rootfs", rootfs,
                  "{id}", "/bin/sleep", "1000"],
    }
    return Way(commands, [
        "already exists",
        "not found",
        "container not (running|paused)",
        "process already finished",
        "no such process",
        # Of containerd: the shim ends with the container that another client deletes.
        "ttrpc: closed",
        "the shim is shutting down",
        "failed to start shim: mkdir .*: file exists",
        "cannot (exec|pause|resume|start|delete).* (state|container|process|task)",
        "cannot delete running task",
        "task must be stopped before deletion",
        "init process is not running",
        "davit's init was killed before it could start the program",
    ])


class Race:
    """Until so many containers have lived and so many execs have run."""

    def __init__(self, way, ids, clients, lives, execs, seconds, log=None):
        """seconds: after them the race is given up. log: containerd's, for a report of a call that hangs."""
        self.way, self.ids, self.wanted = way, ids, {"create": lives, "exec": execs}
        self.until, self.log, self.reports = time.monotonic() + seconds, log, []
        self.done, self.refused = collections.Counter(), collections.Counter()
        self.unexpected = collections.Counter()
        self.lock, self.serials = threading.Lock(), itertools.count()
        self.threads = [threading.Thread(target=self.client, args=(n,)) for n in range(clients)]

    def run(self):
        began = self.last_life = time.monotonic()
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()
        for id in self.ids:
            self.end(id)
        return time.monotonic() - began

    def left(self, step):
        return self.done[step] < self.wanted[step]

    def client(self, seed):
        dice = random.Random(seed)
        while self.left("create") or self.left("exec"):
            id = dice.choice(self.ids)
            # Execs that have fallen behind need a container that lives for a while.
            behind = self.left("exec") and (
                not self.left("create")
                or self.done["exec"] * self.wanted["create"] < self.done["create"] * self.wanted["exec"])
            for step in self.life_with_execs(dice) if behind else self.end_of_a_life(dice):
                if why := self.is_over():
                    with self.lock:
                        self.unexpected[why] += 1
                    return
                self.step(step, id)

    def is_over(self):
        """Before each step: a life of calls that each take all of their time would take an hour."""
        now = time.monotonic()
        if now > self.until:
            return "the race has had its time"
        return f"no container was made for {STALL} s" if now - self.last_life > STALL else None

    def life_with_execs(self, dice):
        return ["create", "start"] + ["exec"] * dice.randint(1, 4)

    def end_of_a_life(self, dice):
        steps = ["create", "start", dice.choice(["state", "ps", "exec", "pause", "resume"])]
        steps += dice.choice([["kill"], ["adopt"], []]) + [dice.choice(["delete", "remove", "remove"])]
        return steps + ["forget"]

    def end(self, id):
        for step in ("adopt", "resume", "remove", "forget"):
            self.step(step, id)

    def step(self, step, id):
        if step not in self.way.commands:
            return
        words = self.way.words(step, id, next(self.serials))
        status, said = self.answer(words)
        with self.lock:
            if status == 0:
                self.done[step] += 1
                if step in ("create", "exec"):
                    self.last_life = time.monotonic()
            elif status == -1:
                self.unexpected[f"{step}: {said[-300:]}"] += 1
            elif self.way.refusals.search(said) or (step == "exec" and status in KILLED and not said):
                self.refused[step] += 1
            else:
                said = re.sub("[0-9-]+T[0-9:]+Z", "", said.replace(id, "ID"))
                self.unexpected[f"{step}: status {status}: {said[-300:]}"] += 1

    def answer(self, words):
        # Not a pipe: the container's process inherits it, so that its end would be the container's.
        with tempfile.TemporaryFile() as errors:
            client = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
            try:
                status = client.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.tell_of(words)
                client.kill()
                client.wait()
                status = -1
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()
            return status, f"no end after {LIMIT} s {said}" if status == -1 else said

    def tell_of(self, words):
        with self.lock:  # one after the other
            if len(self.reports) < stuck.TOLD:
                self.reports.append(stuck.report(words, self.log))
