# SPDX-License-Identifier: Apache-2.0
# test/soak/ways.py - how to do a step of a container's life; here by the binary's command line.
import re
import subprocess
import tempfile

LIMIT = 60  # seconds that a step may take


class Way:
    """How a step is done, and the answers that a race may have."""
    in_turn = ()  # steps that no two clients do at once with the same id

    def __init__(self, steps, refusals):
        self.steps, self.refusals = steps, re.compile("|".join(refusals))

    def answer(self, step, id, serial, hangs):
        """A status and what was said. Of a step that takes too long `hangs` is told; its status is -1."""
        raise NotImplementedError


class Commands(Way):
    """Each step is a command line."""

    def answer(self, step, id, serial, hangs):
        words = [word.format(id=id) for word in self.steps[step]]
        # Not a pipe: the container's process inherits it, and the pipe would end only with that.
        with tempfile.TemporaryFile() as errors:
            client = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
            try:
                status = client.wait(LIMIT)
            except subprocess.TimeoutExpired:
                hangs(" ".join(words))
                client.kill()
                client.wait()
                status = -1
            errors.seek(0)
            return status, errors.read().decode(errors="replace").strip()


def binary(davit, root, bundles):
    own = [davit, "--root", root]
    steps = {
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
    return Commands(steps, [
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
        "davit's init was killed by signal 9",
    ])
