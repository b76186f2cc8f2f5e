// SPDX-License-Identifier: Apache-2.0
// test/host/bundle.h - a bundle of a test: a root file system with /inside, a config to edit.
#pragma once

#include <string>

#include "json.h"
#include "leftovers.h"
#include "suite.h"

namespace host {

/// A directory with config.json, as `spec` prints it but without a terminal and with a cgroup of
/// the test's own, and a root file system that holds nothing but /inside. The destructor removes
/// it, and checks that the test has left nothing else behind.
class Bundle {
  public:
    Bundle();
    Bundle(Bundle const&) = delete;
    Bundle& operator=(Bundle const&) = delete;
    ~Bundle();

    [[nodiscard]] std::string const& path() const { return path_; }
    [[nodiscard]] std::string rootfs(std::string const& below = "") const;
    [[nodiscard]] std::string const& cgroup() const { return cgroup_; } ///< its path

    Json& config() { return config_; }
    /// The words that the runtime needs before the verb.
    [[nodiscard]] Words globals() const;
    Bundle& set(std::string const& pointer, std::string const& json);
    Bundle& remove(std::string const& pointer);
    /// The verbs of /inside, separated by ";".
    Bundle& inside(Words const& words);
    /// Removes the namespace entry of that type, or gives it a path.
    Bundle& share_namespace(std::string const& type);
    Bundle& join_namespace(std::string const& type, std::string const& path);
    /// Appends to /mounts.
    Bundle& mount(std::string const& destination, std::string const& type,
                  std::string const& source, Words const& options);
    /// Makes a directory, a file, a link in the root file system; parents too.
    Bundle& directory(std::string const& path);
    Bundle& file(std::string const& path, std::string const& text, int mode = 0644);
    Bundle& link(std::string const& path, std::string const& target);

    void write() const; ///< config.json
    void write(std::string const& text) const;

  private:
    Leftovers leftovers_; // first: its check comes last
    std::string path_, cgroup_;
    Json config_;
};

void remove_tree(std::string const& path);

} // namespace host
