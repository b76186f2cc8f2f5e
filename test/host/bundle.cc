// SPDX-License-Identifier: Apache-2.0
// test/host/bundle.cc - a bundle of a test.

#include "bundle.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "catch.h"
#include "command.h"

namespace host {
namespace {

std::string const& example() {
    static std::string const text = [] {
        auto const directory = suite().temp + "/example";
        ::mkdir(directory.c_str(), 0755);
        auto const made = run({suite().runtime, "spec", "--bundle", directory});
        INFO("spec: " << made.err);
        REQUIRE(made.status == 0);
        auto const content = read_file(directory + "/config.json");
        remove_tree(directory);
        return content;
    }();
    return text;
}

void make_directories(std::string const& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) FAIL("cannot make " << path << ": " << error.message());
}

std::string parent(std::string const& path) { return path.substr(0, path.rfind('/')); }

} // namespace

void remove_tree(std::string const& path) {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) WARN("cannot remove " << path << ": " << error.message());
}

Bundle::Bundle() : cgroup_("/" + unique_name()), config_(example()) {
    path_ = suite().temp + "/bundle-" + cgroup_.substr(cgroup_.rfind('-') + 1);
    make_directories(rootfs());
    if (::link(suite().inside.c_str(), rootfs("/inside").c_str()) < 0)
        FAIL("/inside: " << std::strerror(errno));
    set("/process/terminal", "false");
    auto const name = cgroup_.substr(1);
    if (suite().systemd) cgroup_ = "/system.slice/" + name + ".scope";
    set("/linux/cgroupsPath", json_quote(suite().systemd ? "system.slice::" + name : cgroup_));
    inside({"report"});
}

Bundle::~Bundle() { remove_tree(path_); }

std::string Bundle::rootfs(std::string const& below) const { return path_ + "/rootfs" + below; }

Bundle& Bundle::set(std::string const& pointer, std::string const& json) {
    config_.set(pointer, json);
    return *this;
}

Bundle& Bundle::remove(std::string const& pointer) {
    config_.remove(pointer);
    return *this;
}

Bundle& Bundle::inside(Words const& words) {
    Words all = {"/inside"};
    all.insert(all.end(), words.begin(), words.end());
    return set("/process/args", json_list(all));
}

Bundle& Bundle::share_namespace(std::string const& type) {
    for (size_t i = 0; i < config_.size("/linux/namespaces"); ++i) {
        auto const pointer = "/linux/namespaces/" + std::to_string(i);
        if (config_.text(pointer + "/type") == type) return remove(pointer);
    }
    return *this;
}

Bundle& Bundle::join_namespace(std::string const& type, std::string const& path) {
    share_namespace(type);
    return set("/linux/namespaces/-",
               R"({"type":)" + json_quote(type) + R"(,"path":)" + json_quote(path) + "}");
}

Bundle& Bundle::mount(std::string const& destination, std::string const& type,
                      std::string const& source, Words const& options) {
    return set("/mounts/-", R"({"destination":)" + json_quote(destination) + R"(,"type":)"
                                + json_quote(type) + R"(,"source":)" + json_quote(source)
                                + R"(,"options":)" + json_list(options) + "}");
}

Bundle& Bundle::directory(std::string const& path) {
    make_directories(rootfs(path));
    return *this;
}

Bundle& Bundle::file(std::string const& path, std::string const& text, int mode) {
    make_directories(parent(rootfs(path)));
    if (!write_file(rootfs(path), text)) FAIL("cannot write " << rootfs(path));
    ::chmod(rootfs(path).c_str(), static_cast<mode_t>(mode));
    return *this;
}

Bundle& Bundle::link(std::string const& path, std::string const& target) {
    make_directories(parent(rootfs(path)));
    if (::symlink(target.c_str(), rootfs(path).c_str()) < 0)
        FAIL("link " << rootfs(path) << ": " << std::strerror(errno));
    return *this;
}

/// A test that names a group by its path gets that one.
Words Bundle::globals() const {
    auto const path = config_.text("/linux/cgroupsPath");
    bool const ours = path.empty() || path.find(':') != std::string::npos;
    return suite().systemd && ours ? Words{"--systemd-cgroup"} : Words{};
}

void Bundle::write() const { write(config_.dump()); }

void Bundle::write(std::string const& text) const {
    if (!write_file(path_ + "/config.json", text)) FAIL("cannot write " << path_);
}

} // namespace host
