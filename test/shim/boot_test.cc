// SPDX-License-Identifier: Apache-2.0
// shim/boot_test.cc - What "start" makes of its command line, its stdin and its options; sockets;
// answers.
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "catch.h"
#include "containerd/address.h"
#include "containerd/bootstrap.h"
#include "containerd/bundle.h"
#include "containerd/flags.h"
#include "containerd/options.h"
#include "containerd/sha256.h"
#include "safe/whole_file.h"
#include "unit/temporary.h"

using namespace davit;
using namespace davit::shim;
using namespace davit::shim::containerd;

namespace {

Result<Flags> flags(std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    return parse_flags(pointers);
}

Flags plain() { return *flags({"-namespace", "k8s.io", "-id", "one"}); }

using Directory = davit::test::TemporaryDirectory;

unsigned mode(std::string const& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

std::optional<Any> toml(std::string const& text) {
    return wire::pack(
        containerd::RuntimeOptions{.type_url = {}, .config_path = {}, .config_body = text});
}

} // namespace

TEST_CASE("flags: Go's spellings", "[boot]") {
    for (auto const& words : std::vector<std::vector<std::string>>{
             {"-namespace", "n", "-id", "i", "-address", "a", "start"},
             {"--namespace=n", "--id", "i", "-address=a", "--", "start"},
             {"-id=i", "-debug=false", "-namespace=n", "-publish-binary", "-p", "-address", "a",
              "start"}}) {
        auto const read = flags(words);
        REQUIRE(read);
        CHECK(read->name_space == "n");
        CHECK(read->id == "i");
        CHECK(read->address == "a");
        CHECK(read->action == Action::start);
        CHECK_FALSE(read->debug);
    }
    CHECK(flags({"-namespace", "n", "-id", "i", "-debug", "delete"})->action == Action::remove);
    CHECK(flags({"-namespace", "n", "-id", "i"})->action == Action::serve);
    CHECK(flags({"-v"})->version);
    CHECK(flags({"-info"})->info);
}

TEST_CASE("flags: what is refused", "[boot]") {
    struct Row {
        std::vector<std::string> words;
        std::string story;
    };
    for (auto const& [words, story] : std::vector<Row>{
             {{"-id", "i"}, "shim namespace cannot be empty"},
             {{"-namespace", "n"}, "invalid id \"\": expected 1 to 255 bytes without \"/\""},
             {{"-namespace", "../n", "-id", "i"},
              "invalid namespace \"../n\": expected 1 to 255 bytes without \"/\""},
             {{"-namespace", "n", "-id", ".."},
              "invalid id \"..\": expected 1 to 255 bytes without \"/\""},
             {{"-namespace"}, "flag needs an argument: -namespace"},
             {{"-nonsense"}, "flag provided but not defined: -nonsense"},
             {{"-debug=perhaps"}, "invalid boolean value \"perhaps\" for -debug"},
             {{"-namespace", "n", "-id", "i", "stop"},
              "unknown action \"stop\": expected start, delete or none"}}) {
        auto const read = flags(words);
        REQUIRE_FALSE(read);
        CHECK(read.error().story == story);
    }
}

TEST_CASE("sha256: FIPS 180's examples", "[boot]") {
    CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256(std::string(1000000, 'a'))
          == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    for (std::size_t size = 54; size < 66; ++size)
        CHECK(sha256(std::string(size, 'x')).size() == 64);
    CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
          == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("address: one for a group, by containerd's address and namespace", "[boot]") {
    auto const path = [](auto... words) { return socket_path("/run/containerd/s", words...); };
    CHECK(path("/run/containerd/containerd.sock", "default", "one")
          == "/run/containerd/s/" + sha256("/run/containerd/containerd.sock/default/one"));
    CHECK(path("/run//containerd/./x/../containerd.sock", "default", "one")
          == path("/run/containerd/containerd.sock", "default", "one"));
    CHECK(path("/a", "default", "one") != path("/a", "default", "two"));
    CHECK(path("/a", "default", "one") != path("/a", "k8s.io", "one"));
    CHECK(path("/a", "n", "o").size() < 106);
}

TEST_CASE("address: listening once, in a directory of our own", "[boot]") {
    Directory const directory;
    auto const path = directory / "s/socket";
    {
        auto const first = listen_at(path);
        REQUIRE(first);
        REQUIRE(*first);
        CHECK(mode(path) == 0600);
        CHECK(mode(directory / "s") == 0700);
        auto const second = listen_at(path);
        REQUIRE(second);
        CHECK_FALSE(*second); // a shim listens there
        remove_dead_socket(path);
        CHECK(mode(path) == 0600);
    }
    auto const third = listen_at(path); // the dead one's socket is replaced
    REQUIRE(third);
    CHECK(*third);
}

TEST_CASE("address: a dead one's socket goes, others' files and directories stay as they are",
          "[boot]") {
    Directory const directory;
    auto const path = directory / "s/socket";
    {
        CHECK(listen_at(path));
    }
    remove_dead_socket(path);
    CHECK(::access(path.c_str(), F_OK) != 0);
    remove_dead_socket(directory / "none/socket");
    REQUIRE(::chmod((directory / "s").c_str(), 0755) == 0);
    CHECK(listen_at(path));
    CHECK(mode(directory / "s") == 0755); // it could be /run
    for (mode_t const writable : {0770, 01777}) {
        REQUIRE(::chmod((directory / "s").c_str(), writable) == 0);
        auto const open = listen_at(path);
        REQUIRE_FALSE(open);
        CHECK(open.error().kind == Kind::denied);
    }
    REQUIRE(::chmod((directory / "s").c_str(), 0700) == 0);
    auto const file = directory / "s/file";
    REQUIRE(safe::replace_file(file, "x", 0600));
    CHECK_FALSE(listen_at(file));
    remove_dead_socket(file);
    CHECK(::access(file.c_str(), F_OK) == 0);
    auto const lengthy = listen_at(directory / std::string(120, 'x'));
    REQUIRE_FALSE(lengthy);
    CHECK(lengthy.error().story.find("too long") != std::string::npos);
    if (::geteuid() == 0) {
        REQUIRE(::chown((directory / "s").c_str(), 1000, 1000) == 0);
        auto const others = listen_at(path);
        REQUIRE_FALSE(others);
        CHECK(others.error().kind == Kind::denied);
    }
}

TEST_CASE("bootstrap: an Any, or nothing, from containerd up to 2.2", "[boot]") {
    auto const nothing = read_input("", plain(), nullptr);
    REQUIRE(nothing);
    CHECK(nothing->dialect == Dialect::address);
    CHECK_FALSE(nothing->options);
    CHECK(nothing->socket_directory == "/run/containerd/s");

    auto const any = wire::encode(wire::pack(RuncOptions{.systemd_cgroup = true}));
    auto const options = read_input(any, plain(), "2");
    REQUIRE(options);
    CHECK(options->dialect == Dialect::json);
    REQUIRE(options->options);
    CHECK(read_options(options->options)->runc.systemd_cgroup);
    CHECK_FALSE(read_input("\xff\xff", plain(), nullptr));
}

TEST_CASE("bootstrap: BootstrapParams are told by id and namespace", "[boot]") {
    BootstrapParams params{.instance_id = "one", .name_space = "k8s.io"};
    params.containerd_ttrpc_address = "/run/events";
    params.socket_dir = "/run/s";
    params.extensions.push_back({Any{"some.other.Thing", "x"}});
    params.extensions.push_back({wire::pack(RuncOptions{.no_pivot_root = true})});
    auto const input = read_input(wire::encode(params), plain(), "2");
    REQUIRE(input);
    CHECK(input->dialect == Dialect::protobuf);
    CHECK(input->socket_directory == "/run/s");
    CHECK(input->ttrpc_address == "/run/events");
    CHECK(read_options(input->options)->runc.no_pivot_root);

    params.instance_id = "another";
    CHECK(read_input(wire::encode(params), plain(), "2")->dialect == Dialect::json);
}

TEST_CASE("bootstrap: the answer in containerd's three dialects", "[boot]") {
    CHECK(answer(Dialect::address, "/run/s/x") == "unix:///run/s/x");
    CHECK(answer(Dialect::json, "/run/s/\"x")
          == R"({"version":2,"address":"unix:///run/s/\"x","protocol":"ttrpc"})");
    CHECK(answer(Dialect::json, "/run/s/\n\x01").contains(R"("unix:///run/s/\n\u0001")"));
    auto const result = wire::decode<BootstrapResult>(answer(Dialect::protobuf, "/run/s/x"));
    REQUIRE(result);
    CHECK(result->version == 3);
    CHECK(result->address == "unix:///run/s/x");
    CHECK(result->protocol == "ttrpc");
}

TEST_CASE("options: runc's, and TOML as the CRI sends it", "[boot]") {
    CHECK(read_options({})->runc.root.empty());
    CHECK(read_options(Any{})->warnings.empty());
    auto const runc = read_options(wire::pack(RuncOptions{.binary_name = "/usr/bin/crun"}));
    REQUIRE(runc);
    REQUIRE(runc->warnings.size() == 1);
    CHECK(runc->warnings[0].find("/usr/bin/crun") != std::string::npos);
    for (auto const* expected : {"runc", "/usr/sbin/runc", "/usr/bin/davit"})
        CHECK(read_options(wire::pack(RuncOptions{.binary_name = expected}))->warnings.empty());

    auto const read = read_options(toml("# options\nSystemdCgroup = true\t # yes\n\n"
                                        "Root = \"/run/\\\"x\\\\\"\n"
                                        "  IoUid = 7\nBinaryName = ''\nOther = [1, 2]\n"
                                        "[table]\nNoPivotRoot = true\n"));
    REQUIRE(read);
    CHECK(read->runc.systemd_cgroup);
    CHECK(read->runc.root == "/run/\"x\\");
    CHECK(read->runc.io_uid == 7);
    CHECK_FALSE(read->runc.no_pivot_root);
    REQUIRE(read->warnings.size() == 1);
    CHECK(read->warnings[0].find("\"Other\"") != std::string::npos);
}

TEST_CASE("options: in a file that the CRI names", "[boot]") {
    Directory const directory;
    auto const name = [&](std::string const& file) {
        return wire::pack(containerd::RuntimeOptions{
            .type_url = {}, .config_path = directory / file, .config_body = {}});
    };
    REQUIRE(safe::replace_file(directory / "shim.toml", "NoNewKeyring = true\n", 0600));
    CHECK(read_options(name("shim.toml"))->runc.no_new_keyring);
    CHECK_FALSE(read_options(name("none")));
    CHECK_FALSE(read_options(name("")));
}

TEST_CASE("options: what is refused", "[boot]") {
    CHECK_FALSE(read_options(Any{"something.Else", "x"}));
    CHECK_FALSE(read_options(Any{"containerd.runc.v1.Options", "\xff"}));
    for (auto const* const text :
         {"SystemdCgroup = 1", "Root = true", "Root = \"relative\"", "IoUid = -1", "no value",
          "Root = \"unended", "Root =", "Root = \"/x\" y", "Root = \"\\u0041\"", "= true"})
        CHECK_FALSE(read_options(toml(text)));
    CHECK(read_options(toml("a = 1\nwrong\n")).error().story.starts_with("runtime options:2: "));
}

TEST_CASE("options: a root for each namespace", "[boot]") {
    CHECK(state_root({}, "k8s.io") == "/run/containerd/davit/k8s.io");
    CHECK(state_root({.root = "/run/x"}, "default") == "/run/x/default");
}

TEST_CASE("bundle: what start and Create leave for delete", "[boot]") {
    Directory const directory;
    auto const& bundle = directory.path();
    CHECK(noted_state_root(bundle)->empty());
    CHECK(noted_socket(bundle).empty());
    REQUIRE(note_state_root(bundle, "/run/x"));
    REQUIRE(note_state_root(bundle, "/run/y"));
    CHECK(*noted_state_root(bundle) == "/run/y");
    REQUIRE(note_state_root(bundle, "/run/../etc"));
    CHECK_FALSE(noted_state_root(bundle));
    CHECK(bundle_of({.bundle = "/run/x"}).value_or("") == "/run/x");
    CHECK_FALSE(bundle_of({.bundle = "/run/../etc"}));
    CHECK_FALSE(bundle_of({.bundle = "../etc"}));
    REQUIRE(safe::replace_file(bundle + "/address", "unix:///run/s/x", 0600));
    CHECK(noted_socket(bundle) == "/run/s/x");
}
