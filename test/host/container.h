// SPDX-License-Identifier: Apache-2.0
// test/host/container.h - a container of a test, driven through the command line.
#pragma once

#include <optional>
#include <string>

#include "bundle.h"
#include "command.h"
#include "json.h"

namespace host {

/// The command line of a verb: the runtime, its global options, then `words`.
Words davit(Words const& words);

class Container {
  public:
    explicit Container(Bundle& bundle) : Container(bundle, unique_name()) {}
    Container(Bundle& bundle, std::string id);
    Container(Container const&) = delete;
    Container& operator=(Container const&) = delete;
    ~Container(); ///< delete --force, if it has a state

    [[nodiscard]] std::string const& id() const { return id_; }

    // Each writes config.json anew first.
    Outcome create(Words const& options = {}, CommandOptions const& how = {});
    Outcome run(Words const& options = {}, CommandOptions const& how = {});
    Command run_command(Words const& options = {}, CommandOptions const& how = {}) const;

    Outcome start() const { return verb({"start", id_}); }
    Outcome kill(std::string const& signal) const { return verb({"kill", id_, signal}); }
    Outcome remove() const { return verb({"delete", id_}); }
    Outcome remove_by_force() const { return verb({"delete", "--force", id_}); }
    static Outcome verb(Words const& words) { return host::run(davit(words)); }

    [[nodiscard]] Json state() const;         ///< fails the test if there is none
    [[nodiscard]] std::string status() const; ///< "" if there is no such container
    [[nodiscard]] pid_t pid() const;

    /// What the container's process wrote since create().
    [[nodiscard]] std::string out() const { return creation_ ? creation_->out() : ""; }
    [[nodiscard]] std::string err() const { return creation_ ? creation_->err() : ""; }

    /// After start(): waits until it has stopped.
    [[nodiscard]] bool wait_stopped() const;

    /// create, start, waits until it has stopped, removes it; returns what it reported.
    Report report(Words const& options = {}, CommandOptions const& how = {});

  private:
    Bundle& bundle_;
    std::string id_;
    std::optional<Command> creation_;
};

/// What /inside reports when `bundle` is run; the run must succeed.
Report report(Bundle& bundle, Words const& options = {}, CommandOptions const& how = {});

/// `run` of the bundle must fail with a story that holds `text`, and leave nothing.
void refused(Bundle& bundle, std::string const& text);

bool contains(std::string const& text, std::string const& part);
/// Ignores case, as callers do when they match errno texts.
bool contains_any_case(std::string const& text, std::string const& part);
/// Skips the test if this version of davit refuses its subject, by the story it gave.
bool skip_unsupported(Outcome const& outcome);

} // namespace host
