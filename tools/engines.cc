// SPDX-License-Identifier: Apache-2.0
// tools/engines.cc - how each engine's configuration names davit. Podman and CRI-O read a file of
// ours.
#include "engines.h"

#include "base/result.h"

namespace davit::cli {

namespace {

// The first line of files that only davit writes.
constexpr std::string_view mark = "# Made by \"davit setup\"; \"davit setup ENGINE --remove\" "
                                  "takes it back.\n";

constexpr char podman_file[] = "/etc/containers/containers.conf.d/50-davit.conf";
constexpr char crio_file[] = "/etc/crio/crio.conf.d/10-davit.conf";

std::unexpected<Error> not_ours(std::string const& file) {
    return fail(Kind::config, file,
                ": davit has not made this file: move it away, or add what "
                "\"davit setup\" prints by hand");
}

Result<> check_ours(std::string const& text, std::string const& file) {
    if (text.empty() || text.starts_with(mark)) return {};
    return not_ours(file);
}

/// If our old file made davit the default, the new one does so, too.
std::string default_line(std::string const& old, std::string const& line, Wish const& wish) {
    return wish.by_default || old.find("\n" + line) != old.npos ? line : "";
}

// Podman asks only the runtimes of this list for JSON messages. Naming davit replaces the whole
// list.
Result<std::string> add_to_podman(std::string const& old, Wish const& wish) {
    TRY(check_ours(old, podman_file));
    return std::string(mark) + "[engine]\n" + default_line(old, "runtime = \"davit\"\n", wish)
           + "runtime_supports_json = [\"crun\", \"runc\", \"kata\", \"runsc\", \"youki\", "
             "\"krun\", \"ocijail\", \"davit\"]\n\n[engine.runtimes]\ndavit = [\""
           + wish.davit + "\"]\n";
}
Result<std::string> remove_from_podman(std::string const& old) {
    TRY(check_ours(old, podman_file));
    return std::string();
}

Result<std::string> add_to_crio(std::string const& old, Wish const& wish) {
    TRY(check_ours(old, crio_file));
    return std::string(mark) + "[crio.runtime]\n"
           + default_line(old, "default_runtime = \"davit\"\n", wish)
           + "\n[crio.runtime.runtimes.davit]\nruntime_path = \"" + wish.davit
           + "\"\nruntime_type = \"oci\"\nruntime_root = \"/run/davit\"\n";
}
Result<std::string> remove_from_crio(std::string const& old) {
    TRY(check_ours(old, crio_file));
    return std::string();
}

constexpr Engine engine_table[] = {
    {"containerd", "containerd", containerd_file, add_to_containerd, remove_from_containerd,
     "  systemctl restart containerd\n"
     "  ctr run --rm --runc-binary DAVIT IMAGE ID      # without any configuration\n"
     "  runtimeClassName: davit                        # Kubernetes: a RuntimeClass with\n"
     "                                                 # handler: davit\n",
     "  systemctl restart containerd\n"
     "  ctr run --rm --runtime io.containerd.davit.v2 IMAGE ID\n"
     "  runtimeClassName: davit                        # Kubernetes: a RuntimeClass with\n"
     "                                                 # handler: davit\n"},
    {"podman", "podman", podman_file, add_to_podman, remove_from_podman,
     "  podman --runtime davit run --rm IMAGE\n"
     "  podman --runtime DAVIT run --rm IMAGE          # without any configuration\n"},
    {"docker", "dockerd", docker_file, add_to_docker, remove_from_docker,
     "  systemctl reload docker\n"
     "  docker run --rm --runtime davit IMAGE\n"},
    {"crio", "crio", crio_file, add_to_crio, remove_from_crio,
     "  systemctl restart crio\n"
     "  runtimeClassName: davit                        # Kubernetes: a RuntimeClass with\n"
     "                                                 # handler: davit\n"},
};

} // namespace

std::span<Engine const> engines() { return engine_table; }

} // namespace davit::cli
