// SPDX-License-Identifier: Apache-2.0
// test/host/container.cc - a container of a test, driven through the command line.

#include "container.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "catch.h"

namespace host {

Words davit(Words const& words) {
    Words all = {suite().runtime, "--root", suite().state_root};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

bool contains(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

bool contains_any_case(std::string const& text, std::string const& part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [](char a, char b) {
                           return std::tolower(static_cast<unsigned char>(a))
                                  == std::tolower(static_cast<unsigned char>(b));
                       })
           != text.end();
}

bool skip_unsupported(Outcome const& outcome) {
    auto const story = outcome.err.find("config.json: ");
    return skip_unless(!contains(outcome.err, "by this version of davit"),
                       story == std::string::npos ? outcome.err : outcome.err.substr(story));
}

Container::Container(Bundle& bundle, std::string id) : bundle_(bundle), id_(std::move(id)) {}

Container::~Container() {
    if (exists(suite().state_root + "/" + id_)) (void)remove_by_force();
}

Command Container::run_command(Words const& options, CommandOptions const& how) const {
    bundle_.write();
    auto words = bundle_.globals();
    words.insert(words.end(), {"run", "--bundle", bundle_.path()});
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(id_);
    return Command(davit(words), how);
}

Outcome Container::create(Words const& options, CommandOptions const& how) {
    bundle_.write();
    auto words = bundle_.globals();
    words.insert(words.end(), {"create", "--bundle", bundle_.path()});
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(id_);
    creation_.emplace(davit(words), how);
    return creation_->wait();
}

Outcome Container::run(Words const& options, CommandOptions const& how) {
    return run_command(options, how).wait();
}

Json Container::state() const {
    auto const got = verb({"state", id_});
    INFO("state of " << id_ << ": " << got.err);
    REQUIRE(got.status == 0);
    return Json(got.out);
}

std::string Container::status() const {
    auto const got = verb({"state", id_});
    return got.status == 0 ? Json(got.out).text("/status") : "";
}

pid_t Container::pid() const { return static_cast<pid_t>(state().number("/pid")); }

bool Container::wait_stopped() const {
    return eventually([&] { return status() == "stopped"; }, std::chrono::seconds(20));
}

Report Container::report(Words const& options, CommandOptions const& how) {
    auto const created = create(options, how);
    INFO("create: " << created.err);
    REQUIRE(created.status == 0);
    auto const started = start();
    INFO("start: " << started.err);
    REQUIRE(started.status == 0);
    REQUIRE(wait_stopped());
    auto const text = out();
    auto const removed = remove();
    INFO("delete: " << removed.err);
    REQUIRE(removed.status == 0);
    return Report(text);
}

Report report(Bundle& bundle, Words const& options, CommandOptions const& how) {
    auto const ran = Container(bundle).run(options, how);
    INFO("run: " << ran.err);
    REQUIRE(ran.status == 0);
    return Report(ran.out);
}

void refused(Bundle& bundle, std::string const& text) {
    auto const before = Snapshot::take();
    Container container(bundle);
    auto const created = container.create();
    INFO("expected \"" << text << "\", create said: " << created.err);
    CHECK(created.status == 1);
    CHECK(contains_any_case(created.err, text));
    CHECK(appeared_since(before) == "");
}

} // namespace host
