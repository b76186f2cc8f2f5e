#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# test/engines/cri.py - a small client of the Container Runtime Interface, as kubelet is one.
"""cri.py PORT: calls the engine whose socket is $CONTAINERD_ADDRESS, for each client that connects to PORT.

    runp POD [SETTING…]                 starts a pod, prints its id; stopp, rmp, inspectp POD-ID…
    create, run POD-ID NAME [SETTING…] [-- COMMAND…]   prints the container's id; run starts it, too
    exec ID COMMAND…; exec_for SECONDS ID COMMAND…     prints what COMMAND prints, ends as it does
    inspect, stats ID [PATH]            prints the value at a path of the answer, or all
    start, rm ID; stop ID [GRACE]; update ID [SETTING…]; ps; clean; image NAME; version; status

A setting is PATH=VALUE of the pod's or container's configuration: `namespaces.pid=POD`,
`security.run_as_user.value=1000`; ABBREVIATIONS has the words that stand for longer paths. A value
is JSON, or else a string. A call that the engine refuses prints its words and ends with status 1.

A process that serves all calls, since to start one for each takes longer than what the engine does.
The caller sends the number of words and the words, each ended by NUL, and gets a line "STATUS
LENGTH", as many bytes of output, and what goes to stderr up to the end.
"""
# The interpreter is Debian's, whose packages have grpc and protobuf.

import base64
import concurrent.futures
import json
import os
import socketserver
import sys
import traceback

import grpc
from google.protobuf import json_format

sys.dont_write_bytecode = True
import schema

WORK = os.environ["WORK"]
# The pods' cgroup: kubelet has one for each pod, and names it to the engine.
CGROUP = "/davit-pods/"
IMAGE = "localhost/busybox:latest"
PATIENCE = 60  # seconds for a call
ABBREVIATIONS = {"security": "linux.security_context", "resources": "linux.resources",
                 "namespaces": "linux.security_context.namespace_options"}

# What kubelet asks for, for every container that isn't privileged.
MASKED = ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
          "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

# The messages of CRI v1, as far as they are used here.
SCHEMA = """
    NamespaceMode: POD CONTAINER NODE TARGET
    MountPropagation: PROPAGATION_PRIVATE PROPAGATION_HOST_TO_CONTAINER PROPAGATION_BIDIRECTIONAL
    PodSandboxState: SANDBOX_READY SANDBOX_NOTREADY
    ContainerState: CONTAINER_CREATED CONTAINER_RUNNING CONTAINER_EXITED CONTAINER_UNKNOWN
    ProfileType: RuntimeDefault Unconfined Localhost
    Int64Value: value=1:int64
    UInt64Value: value=1:uint64
    KeyValue: key=1 value=2:bytes
    ImageSpec: image=1
    SecurityProfile: profile_type=1:ProfileType localhost_ref=2
    IDMapping: host_id=1:uint32 container_id=2:uint32 length=3:uint32
    UserNamespace: mode=1:NamespaceMode uids=2:IDMapping* gids=3:IDMapping*
    NamespaceOption: network=1:NamespaceMode pid=2:NamespaceMode ipc=3:NamespaceMode target_id=4
        userns_options=5:UserNamespace
    Resources: cpu_period=1:int64 cpu_quota=2:int64 cpu_shares=3:int64 memory_limit_in_bytes=4:int64
        oom_score_adj=5:int64 cpuset_cpus=6 cpuset_mems=7 unified=9:map

    PodSandboxMetadata: name=1 uid=2 namespace=3 attempt=4:uint32
    PodSecurity: namespace_options=1:NamespaceOption run_as_user=3:Int64Value
        readonly_rootfs=4:bool supplemental_groups=5:int64* privileged=6:bool run_as_group=8:Int64Value
        seccomp=9:SecurityProfile
    LinuxPod: cgroup_parent=1 security_context=2:PodSecurity sysctls=3:map
    PodConfig: metadata=1:PodSandboxMetadata hostname=2 log_directory=3 labels=6:map
        annotations=7:map linux=8:LinuxPod

    Capability: add_capabilities=1:string* drop_capabilities=2:string*
    ContainerSecurity: capabilities=1:Capability privileged=2:bool
        namespace_options=3:NamespaceOption run_as_user=5:Int64Value run_as_username=6
        readonly_rootfs=7:bool supplemental_groups=8:int64* no_new_privs=11:bool
        run_as_group=12:Int64Value masked_paths=13:string* readonly_paths=14:string*
        seccomp=15:SecurityProfile
    LinuxContainer: resources=1:Resources security_context=2:ContainerSecurity
    Mount: container_path=1 host_path=2 readonly=3:bool propagation=5:MountPropagation
        uidMappings=6:IDMapping* gidMappings=7:IDMapping*
    Device: container_path=1 host_path=2 permissions=3
    ContainerMetadata: name=1 attempt=2:uint32
    ContainerConfig: metadata=1:ContainerMetadata image=2:ImageSpec command=3:string* args=4:string*
        working_dir=5 envs=6:KeyValue* mounts=7:Mount* devices=8:Device* labels=9:map
        annotations=10:map log_path=11 stdin=12:bool stdin_once=13:bool tty=14:bool
        linux=15:LinuxContainer

    VersionRequest: version=1
    VersionResponse: version=1 runtime_name=2 runtime_version=3 runtime_api_version=4
    RuntimeCondition: type=1 status=2:bool reason=3 message=4
    RuntimeStatus: conditions=1:RuntimeCondition*
    StatusRequest: verbose=1:bool
    RuntimeHandlerFeatures: recursive_read_only_mounts=1:bool user_namespaces=2:bool
    RuntimeHandler: name=1 features=2:RuntimeHandlerFeatures
    StatusResponse: status=1:RuntimeStatus runtime_handlers=3:RuntimeHandler*
    RunPodSandboxRequest: config=1:PodConfig runtime_handler=2
    RunPodSandboxResponse: pod_sandbox_id=1
    StopPodSandboxRequest: pod_sandbox_id=1
    StopPodSandboxResponse:
    RemovePodSandboxRequest: pod_sandbox_id=1
    RemovePodSandboxResponse:
    PodNetwork: ip=1
    PodStatus: id=1 metadata=2:PodSandboxMetadata state=3:PodSandboxState network=5:PodNetwork
    PodSandboxStatusRequest: pod_sandbox_id=1 verbose=2:bool
    PodSandboxStatusResponse: status=1:PodStatus info=2:map
    Pod: id=1 metadata=2:PodSandboxMetadata state=3:PodSandboxState
    ListPodSandboxRequest:
    ListPodSandboxResponse: items=1:Pod*
    CreateContainerRequest: pod_sandbox_id=1 config=2:ContainerConfig sandbox_config=3:PodConfig
    CreateContainerResponse: container_id=1
    StartContainerRequest: container_id=1
    StartContainerResponse:
    StopContainerRequest: container_id=1 timeout=2:int64
    StopContainerResponse:
    RemoveContainerRequest: container_id=1
    RemoveContainerResponse:
    ContainerStatus: id=1 metadata=2:ContainerMetadata state=3:ContainerState exit_code=7:int32
        reason=10 message=11
    ContainerStatusRequest: container_id=1 verbose=2:bool
    ContainerStatusResponse: status=1:ContainerStatus info=2:map
    Container: id=1 pod_sandbox_id=2 metadata=3:ContainerMetadata state=6:ContainerState
    ListContainersRequest:
    ListContainersResponse: containers=1:Container*
    UpdateContainerResourcesRequest: container_id=1 linux=2:Resources
    UpdateContainerResourcesResponse:
    ExecSyncRequest: container_id=1 cmd=2:string* timeout=3:int64
    ExecSyncResponse: stdout=1:bytes stderr=2:bytes exit_code=3:int32
    CpuUsage: usage_core_nano_seconds=2:UInt64Value
    MemoryUsage: working_set_bytes=2:UInt64Value usage_bytes=4:UInt64Value
    ContainerStats: cpu=2:CpuUsage memory=3:MemoryUsage
    ContainerStatsRequest: container_id=1
    ContainerStatsResponse: stats=1:ContainerStats
    Image: id=1 repo_tags=2:string* size=4:uint64
    ImageStatusRequest: image=1:ImageSpec
    ImageStatusResponse: image=1:Image
"""


MESSAGES = schema.messages("runtime.v1", SCHEMA)


def call(method, request=None):
    service = "ImageService" if "Image" in method else "RuntimeService"
    message = json_format.ParseDict(request or {}, MESSAGES[method + "Request"]())
    # A connection for each call: a shared one would wait before it retries a restarted engine.
    with grpc.insecure_channel("unix:" + os.environ["CONTAINERD_ADDRESS"],
                               options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        ask = channel.unary_unary(f"/runtime.v1.{service}/{method}",
                                  request_serializer=MESSAGES[method + "Request"].SerializeToString,
                                  response_deserializer=MESSAGES[method + "Response"].FromString)
        answer = ask(message, timeout=PATIENCE)
    return json_format.MessageToDict(answer, preserving_proto_field_name=True,
                                     including_default_value_fields=True)


def configure(configuration, settings):
    for setting in settings:
        path, _, value = setting.partition("=")
        first, _, rest = path.partition(".")
        *parents, last = f"{ABBREVIATIONS.get(first, first)}.{rest}".rstrip(".").split(".")
        at = configuration
        for name in parents:
            at = at.setdefault(name, {})
        try:
            at[last] = json.loads(value)
        except json.JSONDecodeError:
            at[last] = value
    return configuration


def part(answer, path=""):
    """The value at a path, or all. An answer's `info` is a text of JSON in a map."""
    if isinstance(answer.get("info"), dict):
        answer["info"] = json.loads(answer["info"].get("info", "{}"))
    for name in path.split(".") if path else []:
        answer = answer.get(name, "") if isinstance(answer, dict) else ""
    return answer if isinstance(answer, str) else json.dumps(answer, indent=2)


def version():
    return part(call("Version"))


def status():
    answer = call("Status")
    lines = [f"{it['type']} {it['status']} {it['message']}" for it in answer["status"]["conditions"]]
    for handler in answer.get("runtime_handlers", []):
        lines += [f"{handler['name']} {name} {value}" for name, value in handler.get("features", {}).items()]
    return "\n".join(lines)


def image(name):
    answer = call("ImageStatus", {"image": {"image": name}})
    return part(answer) if answer.get("image") else (1, b"", f"there is no image {name}\n".encode())


def runp(name, *settings):
    config = configure({
        "metadata": {"name": name, "uid": name, "namespace": "default"}, "hostname": name,
        "log_directory": f"{WORK}/logs/{name}",
        "linux": {"cgroup_parent": CGROUP + name,
                  "security_context": {"namespace_options": {"pid": "CONTAINER"}}},
    }, settings)
    os.makedirs(config["log_directory"], exist_ok=True)
    pod = call("RunPodSandbox", {"config": config, "runtime_handler": os.environ["HANDLER"]})["pod_sandbox_id"]
    with open(f"{WORK}/logs/{pod}.json", "w", encoding="utf-8") as file:
        json.dump(config, file)
    return pod


def stopp(pod):
    call("StopPodSandbox", {"pod_sandbox_id": pod})


def rmp(pod):
    call("RemovePodSandbox", {"pod_sandbox_id": pod})


def clean():
    """Stops and removes all pods, and what is in them."""
    def remove(pod):
        stopp(pod)
        rmp(pod)
    with concurrent.futures.ThreadPoolExecutor() as threads:
        list(threads.map(remove, [pod["id"] for pod in call("ListPodSandbox")["items"]]))


def create(pod, name, *words):
    settings, command = words, []
    if "--" in words:
        settings, command = words[:words.index("--")], words[words.index("--") + 1:]
    with open(f"{WORK}/logs/{pod}.json", encoding="utf-8") as file:
        sandbox = json.load(file)
    config = configure({
        "metadata": {"name": name}, "image": {"image": IMAGE}, "command": list(command),
        "log_path": f"{name}.log",
        "linux": {"security_context": {
            "namespace_options": dict(sandbox["linux"]["security_context"]["namespace_options"]),
            "masked_paths": MASKED, "readonly_paths": READ_ONLY}},
    }, settings)
    request = {"pod_sandbox_id": pod, "config": config, "sandbox_config": sandbox}
    return call("CreateContainer", request)["container_id"]


def start(container):
    call("StartContainer", {"container_id": container})


def run(*words):
    container = create(*words)
    start(container)
    return container


def stop(container, grace="0"):
    call("StopContainer", {"container_id": container, "timeout": int(grace)})


def rm(container):
    call("RemoveContainer", {"container_id": container})


def exec_for(seconds, container, *command):
    answer = call("ExecSync", {"container_id": container, "cmd": list(command), "timeout": int(seconds)})
    return answer["exit_code"], *(base64.b64decode(answer[it]) for it in ("stdout", "stderr"))


def execute(container, *command):
    return exec_for(0, container, *command)


def ps():
    return "\n".join(f"{it['id']} {it['metadata']['name']} {it['state']}"
                     for it in call("ListContainers")["containers"])


def inspect(container, path=""):
    return part(call("ContainerStatus", {"container_id": container, "verbose": True}), path)


def inspectp(pod, path=""):
    return part(call("PodSandboxStatus", {"pod_sandbox_id": pod, "verbose": True}), path)


def stats(container, path=""):
    return part(call("ContainerStats", {"container_id": container})["stats"], path)


def update(container, *settings):
    call("UpdateContainerResources", {"container_id": container, "linux": configure({}, settings)})


VERBS = {verb.__name__: verb for verb in (
    version, status, image, runp, stopp, rmp, clean, create, start, run, stop, rm, exec_for, ps,
    inspect, inspectp, stats, update)} | {"exec": execute}


def answer_to(verb, *words):
    """Status, stdout and stderr."""
    try:
        answer = VERBS[verb](*words)
    except grpc.RpcError as error:
        return 1, b"", f"{error.code().name}: {error.details()}\n".encode()
    except Exception:  # pylint: disable=broad-exception-caught # the scenario shows it
        return 1, b"", traceback.format_exc().encode()
    return answer if isinstance(answer, tuple) else (0, f"{answer}\n".encode() if answer else b"", b"")


class Caller(socketserver.StreamRequestHandler):
    def handle(self):
        words = [self.word() for _ in range(int(self.word()))]
        code, out, err = answer_to(*words)
        self.wfile.write(b"%d %d\n" % (code, len(out)) + out + err)

    def word(self):
        read = b""
        while (byte := self.rfile.read(1)) not in (b"\0", b""):
            read += byte
        return read.decode()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True
    request_queue_size = 64


Server(("127.0.0.1", int(sys.argv[1])), Caller).serve_forever()
