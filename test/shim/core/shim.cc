// SPDX-License-Identifier: Apache-2.0
// test/shim/core/shim.cc - the harness.
#include "shim.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "davit/runtime.h"
#include "json.h"

namespace host {

using namespace std::chrono_literals;

namespace {

struct Told {
    std::string operator()(shim::event::Created const& e) const { return "create " + e.container; }
    std::string operator()(shim::event::Started const& e) const { return "start " + e.container; }
    std::string operator()(shim::event::ExecAdded const& e) const { return "added " + e.exec; }
    std::string operator()(shim::event::ExecStarted const& e) const { return "started " + e.exec; }
    std::string operator()(shim::event::Oom const& e) const { return "oom " + e.container; }
    std::string operator()(shim::event::Paused const& e) const { return "paused " + e.container; }
    std::string operator()(shim::event::Resumed const& e) const { return "resumed " + e.container; }
    std::string operator()(shim::event::Exited const& e) const {
        return "exit " + e.id + " " + std::to_string(e.status);
    }
    std::string operator()(shim::event::Deleted const& e) const {
        return "delete " + e.container + " " + std::to_string(e.status);
    }
};

} // namespace

std::string told(shim::Event const& event) { return std::visit(Told{}, event); }

Shim::Shim(shim::Settings settings) {
    settings.containerd_namespace = "tests";
    settings.finish = [this] { ++finished; };
    auto made = shim::Supervisor::make(
        loop_, std::move(settings), [this](shim::Event event) { events.push_back(told(event)); });
    REQUIRE(made.has_value());
    core_.emplace(*std::move(made));
}

Shim::~Shim() {
    for (auto const& id : ids_)
        if (core_->state({id, ""})) {
            (void)run(core_->resume(id));
            (void)run(core_->kill({id, ""}, SIGKILL, true));
            if (core_->state({id, ""})->phase != shim::Phase::created)
                (void)run(core_->wait({id, ""}));
            (void)run(core_->remove({id, ""}));
        }
}

bool Shim::until(std::function<bool()> const& done, std::chrono::seconds most) {
    auto const end = std::chrono::steady_clock::now() + most * suite().patience;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return false;
        loop_.restart();
        loop_.run_one_for(5ms);
    }
    return true;
}

void Shim::run_for(std::chrono::milliseconds time) {
    loop_.restart();
    loop_.run_for(time);
}

shim::CreateRequest Shim::request(Bundle& bundle, shim::StdioNames stdio) const {
    if (stdio.terminal) bundle.set("/process/terminal", "true");
    bundle.write();
    return {.id = unique_name(),
            .bundle = bundle.path(),
            .stdio = std::move(stdio),
            .root = suite().state_root,
            .cgroup_driver =
                suite().systemd ? davit::CgroupDriver::systemd : davit::CgroupDriver::fs};
}

std::string Shim::running(Bundle& bundle, shim::StdioNames stdio) {
    auto wanted = request(bundle, std::move(stdio));
    auto const id = wanted.id;
    ids_.push_back(id);
    (void)must(core_->create(std::move(wanted)));
    (void)must(core_->start({id, ""}));
    return id;
}

davit::Result<> Shim::add(std::string const& id, std::string const& exec, Words const& args,
                          shim::StdioNames stdio) {
    auto process =
        davit::parse_process(R"({"cwd":"/","user":{"uid":0,"gid":0},"env":["PATH=/bin"],"args":)"
                                 + json_list(args) + "}",
                             "process.json");
    REQUIRE(process.has_value());
    return core_->exec({{id, exec}, *std::move(process), std::move(stdio)});
}

int Shim::exec(std::string const& id, std::string const& exec, Words const& args,
               shim::StdioNames stdio) {
    auto const added = add(id, exec, args, std::move(stdio));
    if (!added) FAIL(added.error().story);
    return must(core_->start({id, exec}));
}

void Shim::remove(std::string const& id) {
    (void)run(core_->kill({id, ""}, SIGKILL, true));
    (void)must(core_->wait({id, ""}));
    (void)must(core_->remove({id, ""}));
}

Words shell(std::string const& script) { return {"/bin/sh", "-c", script}; }

void add_busybox(Bundle& bundle) {
    bundle.directory("/bin");
    std::error_code error;
    std::filesystem::copy_file("/bin/busybox", bundle.rootfs("/bin/busybox"), error);
    if (error) FAIL("busybox-static is missing: " << error.message());
    for (auto const* name :
         {"sh", "sleep", "cat", "stty", "true", "yes", "head", "dd", "kill", "tr", "wc"})
        bundle.link(std::string("/bin/") + name, "busybox");
}

// ---- Reader -------------------------------------------------------------------------------------

Reader::Reader(std::string path) : path_(std::move(path)) {
    REQUIRE(::mkfifo(path_.c_str(), 0700) == 0);
    open();
}
Reader::~Reader() {
    close();
    ::unlink(path_.c_str());
}
void Reader::open() {
    fd_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(fd_ >= 0);
}
void Reader::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}
std::string const& Reader::read() {
    static char block[65536];
    for (;;) {
        auto const n = ::read(fd_, block, sizeof block);
        if (n <= 0) {
            end_ = n == 0 && bytes > 0;
            return text_;
        }
        for (ssize_t i = 0; i < n; ++i) sum = sum * 31 + static_cast<unsigned char>(block[i]);
        bytes += static_cast<std::size_t>(n);
        if (keep) text_.append(block, static_cast<std::size_t>(n));
    }
}

std::string story(davit::Error const& error) { return error.story; }

} // namespace host
