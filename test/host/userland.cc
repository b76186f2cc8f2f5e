// SPDX-License-Identifier: Apache-2.0
// test/host/userland.cc - a real Debian, made by mmdebstrap, on overlayfs.
//
// test/.cache keeps the root file system, made once in two minutes from Debian's mirror. It is the
// lower layer; containers write to an upper one on the suite's tmpfs.

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.h"
#include "container.h"

using namespace host;

namespace {

/// The directory, or "" and the reason.
std::string debian(std::string& why) {
    auto const cache = suite().source + "/test/.cache";
    auto const root = cache + "/debian-bookworm";
    if (exists(root + "/usr/bin/apt")) return root;
    ::mkdir(cache.c_str(), 0755);
    CommandOptions patient;
    patient.timeout = std::chrono::minutes(8);
    auto const part = root + ".part";
    remove_tree(part);
    auto const made =
        run({"mmdebstrap", "--mode=root", "--variant=apt", "--include=perl-base", "bookworm", part},
            patient);
    if (made.status != 0) {
        why = "mmdebstrap can't make a Debian here: " + made.err.substr(0, made.err.find('\n'));
        remove_tree(part);
        return "";
    }
    return ::rename(part.c_str(), root.c_str()) == 0 ? root : "";
}

/// A bundle whose rootfs is that Debian, with an upper layer of its own.
struct Debian {
    explicit Debian(std::string const& lower) {
        auto const& top = bundle.path();
        for (auto const* name : {"/upper", "/work", "/merged"}) ::mkdir((top + name).c_str(), 0755);
        auto const options =
            "lowerdir=" + lower + ",upperdir=" + top + "/upper,workdir=" + top + "/work";
        REQUIRE(::mount("overlay", merged().c_str(), "overlay", 0, options.c_str()) == 0);
        bundle.set("/root", R"({"path":"merged","readonly":false})");
        bundle.set(
            "/process/env",
            R"(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","LC_ALL=C"])");
    }
    ~Debian() { ::umount2(merged().c_str(), 0); }
    Debian(Debian const&) = delete;
    Debian& operator=(Debian const&) = delete;

    Outcome sh(std::string const& script) {
        bundle.set("/process/args", json_list({"sh", "-c", script}));
        return Container(bundle).run();
    }
    [[nodiscard]] std::string merged() const { return bundle.path() + "/merged"; }

    Bundle bundle;
};

} // namespace

TEST_CASE("userland: apt, perl and a pipeline in a Debian on overlayfs", "[userland]") {
    std::string why = "no Debian root file system";
    auto const lower = debian(why);
    if (skip_unless(!lower.empty(), why)) return;
    Debian debian(lower);

    auto ran = debian.sh("apt --version");
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.out.starts_with("apt 2."));

    ran = debian.sh("perl -e 'use POSIX; my @u = POSIX::uname(); print \"$u[1] \", 6*7, \" \", "
                    "join(\",\", map { $_ ** 2 } 1..4), \"\\n\"; exit 9'");
    CHECK(ran.out.find(" 42 1,4,9,16\n") != std::string::npos);
    CHECK(ran.status == 9);

    ran = debian.sh("seq 1 20000 | sort -rn | (sleep 0.05; tee /tmp/all) | awk 'NR % 1000 == 0' | "
                    "sed 's/$/ x/' | wc -l; wc -l </tmp/all; (exit 3) & wait $!; echo status $?");
    INFO(ran.err);
    CHECK(ran.out == "20\n20000\nstatus 3\n");
    CHECK(exists(debian.bundle.path() + "/upper/tmp/all"));
    CHECK_FALSE(exists(lower + "/tmp/all"));
}

TEST_CASE("userland: what programs of a distribution rely on", "[userland]") {
    std::string why = "no Debian root file system";
    auto const lower = debian(why);
    if (skip_unless(!lower.empty(), why)) return;
    Debian debian(lower);
    auto const ran = debian.sh(
        "set -e; id -un; tty 2>&1 || true; test -w /dev/shm; echo x >/dev/full 2>/dev/null || echo "
        "full; "
        "mktemp -d >/dev/null; test \"$(cat /proc/1/comm)\" = sh; head -c 8 /dev/urandom | wc -c; "
        "echo to-stderr >/dev/stderr; dpkg -l libc6 | tail -n 1 | cut -c1-2; "
        "mkfifo /tmp/f; (echo through >/tmp/f) & cat /tmp/f; find /etc -maxdepth 1 -name passwd");
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.out == "root\nnot a tty\nfull\n8\nii\nthrough\n/etc/passwd\n");
    CHECK(ran.err == "to-stderr\n");
}

TEST_CASE("userland: a package is installed inside", "[userland]") {
    std::string why = "no Debian root file system";
    auto const lower = debian(why);
    if (skip_unless(!lower.empty(), why)) return;
    Debian debian(lower);
    // dpkg renames, links, chowns and syncs more than most programs; no network is needed.
    debian.bundle.set("/process/capabilities", R"({
        "bounding":["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_SETUID","CAP_SETGID"],
        "effective":["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_SETUID","CAP_SETGID"],
        "permitted":["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_SETUID","CAP_SETGID"]})");
    auto const ran = debian.sh(
        "set -e; mkdir -p /tmp/p/DEBIAN /tmp/p/usr/bin; printf '#!/bin/sh\\necho installed\\n' "
        ">/tmp/p/usr/bin/hello-davit; chmod 755 /tmp/p/usr/bin/hello-davit; "
        "printf 'Package: hello-davit\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@x>\\n"
        "Description: x\\n' >/tmp/p/DEBIAN/control; dpkg-deb -b /tmp/p /tmp/p.deb >/dev/null; "
        "dpkg -i /tmp/p.deb >/dev/null; hello-davit");
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.out == "installed\n");
}
