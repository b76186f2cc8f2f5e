# SPDX-License-Identifier: Apache-2.0
# test/soak/clients.py - clients that race on the same few ids, through the binary or the shim.
import collections
import contextlib
import itertools
import random
import re
import threading
import time

import stuck
from ways import LIMIT

STALL = 120  # seconds without a life or an exec, after which the race is given up
KILLED = (137, 143)  # its process was killed by another client: by SIGKILL, by SIGTERM


class Race:
    """Until so many containers have lived and so many execs have run."""

    def __init__(self, way, ids, clients, lives, execs, seconds, log=None):
        """seconds: after them the race is given up. log: containerd's, for a report of a call that hangs."""
        self.way, self.ids, self.wanted = way, ids, {"create": lives, "exec": execs}
        self.until, self.log, self.reports = time.monotonic() + seconds, log, []
        self.done, self.refused = collections.Counter(), collections.Counter()
        self.unexpected = collections.Counter()
        self.lock, self.serials = threading.Lock(), itertools.count()
        self.turns = {id: threading.Lock() for id in ids}
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
        if step not in self.way.steps:
            return
        with self.turns[id] if step in self.way.in_turn else contextlib.nullcontext():
            status, said = self.way.answer(step, id, next(self.serials), self.tell_of)
        with self.lock:
            if status == 0:
                self.done[step] += 1
                if step in ("create", "exec"):
                    self.last_life = time.monotonic()
            elif status == -1:
                self.unexpected[f"{step}: no end after {LIMIT} s: {said[-300:]}"] += 1
            elif self.way.refusals.search(said) or (step == "exec" and status in KILLED and not said):
                self.refused[step] += 1
            else:
                said = re.sub("[0-9-]+T[0-9:]+Z", "", said.replace(id, "ID"))
                self.unexpected[f"{step}: status {status}: {said[-300:]}"] += 1

    def tell_of(self, what):
        with self.lock:  # one after the other
            if len(self.reports) < stuck.TOLD:
                self.reports.append(stuck.report(what, self.log))
