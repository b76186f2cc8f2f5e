# SPDX-License-Identifier: Apache-2.0
# test/soak/containerd.py - steps of a container's life as calls of containerd's API.
"""What `ctr` would ask, without the 19 ms of CPU that each start of it takes. (containerd's
api/services/containers/v1 and api/services/tasks/v1.)"""
import json
import os
import signal
import sys

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "engines"))
import schema
import ways

RUNTIME = "io.containerd.davit.v2"
SPEC = "types.containerd.io/opencontainers/runtime-spec/1/"
NAMESPACE = (("containerd-namespace", "soak"),)
TASKS, CONTAINERS = "containerd.services.tasks.v1.Tasks", "containerd.services.containers.v1.Containers"

# Messages have no names on the wire, so the two services' are together.
MESSAGES = schema.messages("soak", """
    Empty:
    Any: type_url=1 value=2:bytes
    Runtime: name=1
    Container: id=1 runtime=4:Runtime spec=5:Any
    CreateContainer: container=1:Container
    Id: id=1
    Process: container_id=1 exec_id=2
    CreateTask: container_id=1 stdin=4 stdout=5 stderr=6
    ExecProcess: container_id=1 stdin=2 stdout=3 stderr=4 spec=6:Any exec_id=7
    Kill: container_id=1 exec_id=2 signal=3:uint32 all=4:bool
    Ended: exit_status=1:uint32
""")


class Client:
    """One connection. Each call is an error of grpc's, or an answer."""

    def __init__(self, address, bundle):
        self.channel = grpc.insecure_channel("unix:" + address)
        with open(f"{bundle}/config.json", encoding="utf-8") as file:
            self.config = json.load(file)
        self.calls = {}

    def call(self, service, method, message, answer="Empty", **fields):
        if (service, method, answer) not in self.calls:
            self.calls[service, method, answer] = self.channel.unary_unary(
                f"/{service}/{method}", request_serializer=MESSAGES[message].SerializeToString,
                response_deserializer=MESSAGES[answer].FromString)
        return self.calls[service, method, answer](MESSAGES[message](**fields), timeout=ways.LIMIT, metadata=NAMESPACE)

    def task(self, method, id, message="Process", **fields):
        self.call(TASKS, method, message, container_id=id, **fields)

    def adopt(self, id):
        """A container that has no task yet."""
        config = {**self.config, "linux": {**self.config["linux"], "cgroupsPath": f"/soak/{id}"}}
        spec = MESSAGES["Any"](type_url=SPEC + "Spec", value=json.dumps(config).encode())
        container = MESSAGES["Container"](id=id, runtime=MESSAGES["Runtime"](name=RUNTIME), spec=spec)
        self.call(CONTAINERS, "Create", "CreateContainer", container=container)

    def create(self, id):
        self.adopt(id)
        self.task("Create", id, "CreateTask")

    def exec(self, id, name, output):
        """Its exit status. `output`: the path of a fifo to be, which it writes to."""
        process = {**self.config["process"], "args": ["/bin/true"]}
        spec = MESSAGES["Any"](type_url=SPEC + "Process", value=json.dumps(process).encode())
        os.mkfifo(output)
        reader = os.open(output, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self.task("Exec", id, "ExecProcess", exec_id=name, spec=spec, stdout=output)
            try:
                self.task("Start", id, exec_id=name)
                return self.call(TASKS, "Wait", "Process", "Ended", container_id=id, exec_id=name).exit_status
            finally:
                self.task("DeleteProcess", id, exec_id=name)
        finally:
            os.close(reader)
            os.unlink(output)

    def remove(self, id):
        """Whatever it does."""
        try:
            self.task("Kill", id, "Kill", signal=signal.SIGKILL, all=True)
        except grpc.RpcError as error:
            # Of a task whose container another client has forgotten, containerd knows no process, either:
            # but it would wait for its end.
            if "process already finished" not in error.details():
                raise
        self.task("Wait", id)
        self.task("Delete", id)

    def kill(self, id):
        self.task("Kill", id, "Kill", signal=signal.SIGKILL)

    def forget(self, id):
        self.call(CONTAINERS, "Delete", "Id", id=id)


class Calls(ways.Way):
    """Each step is a function, which calls containerd: of an id and a serial number. It returns a status, or nothing.

    containerd removes the directory of a task that ends while another call makes one of that name: its
    own race, in which it leaves files and the shim has no directory. So these steps wait for each other."""
    in_turn = ("create", "delete", "remove")

    def answer(self, step, id, serial, hangs):
        try:
            return self.steps[step](id, serial) or 0, ""
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
                hangs(f"{step} {id}")
                return -1, error.details()
            return 1, error.details()


def shim(work, bundle):
    client = Client(os.environ["CONTAINERD_ADDRESS"], bundle)
    steps = {
        "create": lambda id, _: client.create(id),
        "start": lambda id, _: client.task("Start", id),
        "exec": lambda id, serial: client.exec(id, f"exec-{serial % 4}", f"{work}/exec-{serial}"),
        "kill": lambda id, _: client.kill(id),
        "pause": lambda id, _: client.task("Pause", id),
        "resume": lambda id, _: client.task("Resume", id),
        "state": lambda id, _: client.task("Get", id),
        "ps": lambda id, _: client.task("ListPids", id),
        "delete": lambda id, _: client.task("Delete", id),
        "remove": lambda id, _: client.remove(id),
        "forget": lambda id, _: client.forget(id),
        # Another client's "forget" comes between the two requests of a "create": then only a
        # container of that name gives a handle to the task.
        "adopt": lambda id, _: client.adopt(id),
    }
    return Calls(steps, [
        "already exists",
        "not found",
        "container not (running|paused)",
        "process already finished",
        # Another client's Kill or Delete ends a create and a start.
        "cancelled before the process (was started|ran its program: it is killed)",
        "no such process",
        # containerd says it: the shim ends with a container that another client deletes.
        "ttrpc: closed",
        "the shim is shutting down",
        "failed to start shim: (mkdir .*: file exists|start failed: open .*: no such file or directory)",
        "cannot (exec|pause|resume|start|delete).* (state|container|process|task)",
        "cannot delete running task",
        "task must be stopped before deletion",
        "init process is not running",
        "davit's init was killed before it could start the program",
    ])
