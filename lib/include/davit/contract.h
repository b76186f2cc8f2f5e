// SPDX-License-Identifier: Apache-2.0
// davit/contract.h - the words of davit that other programs search for. Changing one breaks the
// caller named beside it: test/host/contract.cc provokes each and searches it as that caller does.
#pragma once

#include <string_view>

namespace davit::contract {

using Text = std::string_view;

// The library's stories.

/// containerd (shim, "does not exist"): the container is gone, delete has nothing to do.
inline constexpr Text no_container = "container does not exist";

/// containerd (shim, checkKillError), CRI-O (runtime_oci.go, in these letters): already stopped.
inline constexpr Text not_running = "container not running";

/// Podman (libpod/oci_util.go, exit code 127), Docker (daemon/errors.go, 127), Kubernetes' probes.
inline constexpr Text not_in_path = "executable file not found in $PATH";

/// A story begins with this if a program can't be executed. The errno's words follow. Podman and
/// Docker turn them into the exit codes 126 ("permission denied") and 127 ("no such file or
/// directory").
inline constexpr Text exec_story = "exec: ";

/// Podman (libpod/oci_util.go, in these quotes): the kernel refuses a label; "exec`" or the like
/// follows.
inline constexpr Text attribute = "`/proc/self/attr/";

/// Scripts and test suites written for runc; no engine is known to look.
inline constexpr Text id_is_used = "container with given ID already exists";
inline constexpr Text wrong_id = "invalid container ID format";
inline constexpr Text start_of_stopped = "cannot start a container that has stopped";
inline constexpr Text start_of_running = "cannot start an already running container";
inline constexpr Text exec_in_stopped = "cannot exec in a stopped container";
inline constexpr Text exec_in_paused =
    "cannot exec in a paused container (use --ignore-paused to override)";
inline constexpr Text no_start = "unable to start container process: ";
inline constexpr Text removal_of = "cannot delete container ";
inline constexpr Text not_stopped = " that is not stopped: ";

// The command line.

/// Podman (pkg/checkpoint/crutils) learns from it that an option exists and wants a value.
inline constexpr Text needs_argument = "flag needs an argument";

/// go-runc and Docker (daemon/runtime_unix.go): how the lines of --version begin.
inline constexpr Text version_line = "davit version ";
inline constexpr Text commit_line = "commit: ";
inline constexpr Text spec_line = "spec: ";
inline constexpr Text libseccomp_line = "libseccomp: ";

/// containerd and scripts: the annotation of `features` with libseccomp's version.
inline constexpr char libseccomp_annotation[] = "io.github.seccomp.libseccomp.version";

/// containerd (getLastRuntimeError), Podman (oci-log): the members of a record of --log, and the
/// level of the records that they show to the user.
inline constexpr Text record_level = "level";
inline constexpr Text record_message = "msg";
inline constexpr Text record_time = "time";
inline constexpr Text level_error = "error";

/// Scripts and test suites written for runc; no engine is known to look.
inline constexpr Text no_help_topic = "No help topic for ";
inline constexpr Text unknown_signal = "unknown signal ";
inline constexpr Text config_exists = "File config.json exists. Remove it first";
inline constexpr Text not_positive = " must be greater than 0"; ///< behind "duration interval"
inline constexpr Text root_is_slash = "Option --root argument should not be set to /";
inline constexpr Text preserved_fd = "failed to stat preserved fd";
inline constexpr Text tty_without_socket =
    "cannot allocate tty if davit will detach without setting console socket";
inline constexpr Text socket_without_tty =
    "cannot use console socket if davit will not detach or allocate tty";
/// Podman (libpod/oci_util.go): the middle of it means that a program is missing.
inline constexpr Text no_ps =
    "exec: \"ps\": executable file not found in $PATH; \"--format json\" does without it";
inline constexpr Text no_pid_field = "couldn't find PID field in ps output";

/// runc's --pidfd-socket: the word sent with the pidfd of a container's process, or of exec's.
inline constexpr Text pidfd_of_init = "standard";
inline constexpr Text pidfd_of_exec = "setns";

/// Kubernetes' probes, Docker and Podman show it to their users: a failure of exec begins so.
inline constexpr Text exec_failed = "exec failed: ";
inline constexpr Text no_process_args = "process args cannot be empty";

/// conmon and containerd: exec's process could not be started.
inline constexpr int exec_failed_status = 255;

/// The exit code that goes with no_help_topic.
inline constexpr int unknown_command_status = 3;

} // namespace davit::contract
