// SPDX-License-Identifier: Apache-2.0
// test/host/setup.cc - `davit setup` and `davit doctor`, as a user types them; and how the
// installed engines read the files that setup makes.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

/// A directory that plays an image's /.
class Prefix {
  public:
    Prefix() : path_(suite().temp + "/prefix") { ::mkdir(path_.c_str(), 0755); }
    Prefix(Prefix const&) = delete;
    Prefix& operator=(Prefix const&) = delete;
    ~Prefix() { remove_tree(path_); }

    [[nodiscard]] std::string operator/(std::string const& below) const { return path_ + below; }
    void file(std::string const& below, std::string const& text) const {
        std::filesystem::create_directories(std::filesystem::path(path_ + below).parent_path());
        write_file(path_ + below, text);
    }
    [[nodiscard]] Outcome setup(Words words) const {
        words.insert(words.begin(), {suite().runtime, "setup", "--prefix", path_});
        return run(words);
    }

  private:
    std::string path_;
};

constexpr char docker[] = "/etc/docker/daemon.json";
constexpr char containerd[] = "/etc/containerd/config.toml";

bool installed(std::string const& program) {
    return exists("/usr/bin/" + program) || exists("/usr/sbin/" + program);
}

} // namespace

TEST_CASE("setup: a link of the image doesn't lead to the host", "[setup][security]") {
    Prefix const prefix;
    auto const host = prefix / "/host";
    std::filesystem::create_directories(host);
    std::filesystem::create_directories(prefix / "/etc");
    REQUIRE(::symlink(host.c_str(), (prefix / "/etc/docker").c_str()) == 0);
    auto const refused = prefix.setup({"docker", "--apply"});
    CHECK(refused.status == 1);
    CHECK(contains(refused.err, "is a symbolic link"));
    CHECK(std::filesystem::is_empty(host));
}

TEST_CASE("setup: prints, and changes nothing", "[setup]") {
    Leftovers const leftovers;
    Prefix const prefix;
    for (auto const* engine : {"containerd", "podman", "docker", "crio"}) {
        auto const shown = prefix.setup({engine});
        CHECK(shown.status == 0);
        CHECK(contains(shown.out, suite().runtime));
    }
    CHECK_FALSE(exists(prefix / "/etc"));
    CHECK(prefix.setup({"rkt"}).status == 1);
    CHECK(prefix.setup({}).status == 1);
    CHECK(prefix.setup({"podman", "--apply", "--remove"}).status == 1);
}

TEST_CASE("setup: mode and owner stay, the oldest text is kept", "[setup]") {
    Leftovers const leftovers;
    Prefix const prefix;
    prefix.file(docker, "{\"mtu\": 1400}");
    REQUIRE(::chown((prefix / docker).c_str(), 12, 34) == 0);
    REQUIRE(::chmod((prefix / docker).c_str(), 0640) == 0);
    REQUIRE(prefix.setup({"docker", "--apply"}).status == 0);
    auto const once = read_file(prefix / docker);
    CHECK(contains(once, suite().runtime));
    auto const backup = prefix / (std::string(docker) + ".davit-backup");
    for (auto const& path : {prefix / docker, backup}) {
        struct stat status = {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK(status.st_uid == 12);
        CHECK(status.st_gid == 34);
        CHECK((status.st_mode & 07777) == 0640);
    }
    CHECK(contains(prefix.setup({"docker", "--apply"}).out, "already"));
    CHECK(read_file(prefix / docker) == once);
    REQUIRE(prefix.setup({"docker", "--apply", "--default"}).status == 0);
    CHECK(read_file(backup) == "{\"mtu\": 1400}");
    REQUIRE(prefix.setup({"docker", "--remove"}).status == 0);
    CHECK(read_file(prefix / docker) == "{\"mtu\": 1400}");
    CHECK(contains(prefix.setup({"docker", "--remove"}).out, "isn't in"));
    auto const directory = std::filesystem::directory_iterator(prefix / "/etc/docker");
    CHECK(std::distance(begin(directory), end(directory)) == 2); // no draft is left
}

TEST_CASE("setup: what can't be read, or is elsewhere, isn't touched", "[setup][security]") {
    Leftovers const leftovers;
    Prefix const prefix;
    prefix.file(docker, "{\"mtu\": }");
    auto const broken = prefix.setup({"docker", "--apply"});
    CHECK(broken.status == 1);
    CHECK(contains(broken.err, "daemon.json:1"));
    CHECK(contains(broken.err, "by hand"));
    CHECK(read_file(prefix / docker) == "{\"mtu\": }");

    prefix.file("/elsewhere", "version = 2\n");
    ::mkdir((prefix / "/etc/containerd").c_str(), 0755);
    REQUIRE(::symlink((prefix / "/elsewhere").c_str(), (prefix / containerd).c_str()) == 0);
    auto const link = prefix.setup({"containerd", "--apply"});
    CHECK(link.status == 1);
    CHECK(contains(link.err, "symbolic link"));
    CHECK(read_file(prefix / "/elsewhere") == "version = 2");

    ::unlink((prefix / docker).c_str());
    REQUIRE(::mkfifo((prefix / docker).c_str(), 0600) == 0);
    CHECK(prefix.setup({"docker", "--apply"}).status == 1);
}

TEST_CASE("setup: containerd reads its file", "[setup]") {
    if (skip_unless(installed("containerd"), "containerd isn't installed")) return;
    Leftovers const leftovers;
    Prefix const prefix;
    auto const original = run({"containerd", "config", "default"});
    REQUIRE(original.status == 0);
    prefix.file(containerd, original.out);
    REQUIRE(prefix.setup({"containerd", "--apply", "--default"}).status == 0);
    auto const dump = run({"containerd", "--config", prefix / containerd, "config", "dump"});
    INFO(dump.err);
    CHECK(dump.status == 0);
    CHECK(contains(dump.out, "BinaryName = \"" + suite().runtime + "\""));
    CHECK(contains(dump.out, "default_runtime_name = \"davit\""));
}

TEST_CASE("setup: containerd by davit's own shim", "[setup]") {
    Leftovers const leftovers;
    Prefix const prefix;
    auto const with = [&](std::string const& path, Words words) {
        Words all{"env", "PATH=" + path, suite().runtime, "setup", "--prefix", prefix / ""};
        all.insert(all.end(), words.begin(), words.end());
        return run(all);
    };
    auto const path = prefix / "/bin";
    auto const none = with(path, {"containerd", "--shim", "--apply"});
    CHECK(none.status == 1);
    CHECK(contains(none.err, "containerd-shim-davit-v2"));
    CHECK_FALSE(exists(prefix / containerd));

    prefix.file("/bin/containerd-shim-davit-v2", "");
    REQUIRE(::chmod((path + "/containerd-shim-davit-v2").c_str(), 0755) == 0);
    auto const shim = with(path, {"containerd", "--shim", "--apply"});
    INFO(shim.err);
    REQUIRE(shim.status == 0);
    CHECK(contains(shim.out, "--runtime io.containerd.davit.v2"));
    CHECK_FALSE(contains(shim.out, "--runc-binary"));
    CHECK(contains(with(path, {"containerd", "--shim"}).out, "containerd --shim --apply\""));
    auto const text = read_file(prefix / containerd);
    CHECK(contains(text, "io.containerd.davit.v2"));
    CHECK_FALSE(contains(text, "io.containerd.runc.v2"));
    REQUIRE(prefix.setup({"containerd", "--shim", "--remove"}).status == 0);
    CHECK_FALSE(contains(read_file(prefix / containerd), "davit"));
    CHECK(prefix.setup({"podman", "--shim"}).status == 1); // it has no shims
}

TEST_CASE("setup: Podman reads its file", "[setup]") {
    if (skip_unless(installed("podman"), "podman isn't installed")) return;
    Prefix const prefix;
    REQUIRE(prefix.setup({"podman", "--apply", "--default"}).status == 0);
    CommandOptions how;
    how.env = {"CONTAINERS_CONF=" + (prefix / "/etc/containers/containers.conf.d/50-davit.conf")};
    auto const info = run({"podman", "--root", prefix / "/root", "--runroot", prefix / "/runroot",
                           "--storage-driver", "vfs", "info", "--format",
                           "{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}"},
                          how);
    INFO(info.err);
    CHECK(info.status == 0);
    CHECK(contains(info.out, "davit " + suite().runtime));
}

TEST_CASE("doctor: says whether containers can run, for people and machines", "[doctor]") {
    Leftovers const leftovers;
    auto const text = run(davit({"doctor"}));
    INFO(text.out);
    CHECK(text.status == 0);
    CHECK(contains(text.out, "ok    kernel             Linux "));
    CHECK(contains(text.out, "Containers can run.\n"));
    auto const machine = run(davit({"doctor", "--json"}));
    CHECK(machine.status == 0);
    Json const json(machine.out);
    CHECK(json.dump("/containers_can_run") == "true");
    CHECK(json.text("/checks/0/name") == "build");
    CHECK(json.text("/checks/0/verdict") == "ok");
}

TEST_CASE("doctor: a state directory of others is bad news", "[doctor]") {
    Leftovers const leftovers;
    Prefix const prefix;
    REQUIRE(::chmod((prefix / "").c_str(), 0777) == 0);
    auto const doctor = run({suite().runtime, "--root", prefix / "", "doctor"});
    CHECK(doctor.status == 1);
    CHECK(contains(doctor.out, "can be changed by others"));
    CHECK(contains(doctor.out, "Containers can't run.\n"));
}

TEST_CASE("doctor: a user learns what a user lacks", "[doctor]") {
    Leftovers const leftovers;
    // As an ordinary user: root owns the suite's own directories, and the built davit.
    auto const program = suite().temp + "/davit-of-all";
    std::filesystem::copy_file(suite().runtime, program);
    ::chmod(program.c_str(), 0755);
    auto const doctor =
        run({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "doctor"});
    ::unlink(program.c_str());
    INFO(doctor.out << doctor.err);
    CHECK(doctor.status == 1);
    CHECK(contains(doctor.out, "user nobody"));
    CHECK(contains(doctor.out, "davit spec --rootless"));
    CHECK_FALSE(contains(doctor.out, "as the host's root"));
    CHECK(contains(doctor.out, "note  subordinate ids"));
    CHECK_FALSE(contains(doctor.out, "root needs none"));
}
