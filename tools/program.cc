// SPDX-License-Identifier: Apache-2.0
// tools/program.cc - what davit(8) says of davit itself: a row like those of the verbs.
#include "verbs.h"

namespace davit::cli {

constinit Verb const program = {
    .name = "davit",
    .synopsis = "COMMAND [ARGUMENT...]",
    .help = "run containers as the OCI runtime specification describes them",
    .details =
        "davit makes a container out of a bundle: a directory with a config.json and a\n"
        "root file system. It is called by containerd, Podman, Docker and CRI-O in place of\n"
        "runc, whose command line it understands, or by hand.\n"
        "\n"
        "Each command has a page of its own. Options may be written with one dash or with\n"
        "two, and their values behind a space or behind \"=\"; \"--\" ends them.\n"
        "\n"
        "A request that this kernel or host can't fulfil is refused, with the member of\n"
        "config.json that asks for it: nothing is skipped silently.\n",
    .options = {},
    .shared_options = {},
    .run = nullptr,
    .exit_status =
        "0, or 1 with a message: on stderr and, with --log, in that file, too. 3 if there is\n"
        "no such command. \"davit run\" and \"davit exec\" return what the program returned.\n",
    .files = "/run/davit/ID: the state of a container. Removed by \"davit delete\".\n"
             "\n"
             "/run/davit/~seccomp: seccomp programs, translated. May be removed at any time.\n",
    .environment =
        "XDG_RUNTIME_DIR: for users other than root, states are kept in its subdirectory\n"
        "\"davit\".\n",
    .examples =
        "# a container whose program is a shell of this host's busybox (a static one)\n"
        "mkdir -p bundle/rootfs/bin && cd bundle\n"
        "cp /bin/busybox rootfs/bin/ && rootfs/bin/busybox --install rootfs/bin\n"
        "davit spec\n"
        "davit run demo\n"
        "\n"
        "# step by step, as engines do (with \"terminal\": false and a program that lasts,\n"
        "# such as \"sleep\", \"600\", in config.json)\n"
        "davit create demo\n"
        "davit start demo\n"
        "davit exec demo id\n"
        "davit state demo\n"
        "davit delete --force demo\n",
};

} // namespace davit::cli
