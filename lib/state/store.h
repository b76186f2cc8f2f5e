// SPDX-License-Identifier: Apache-2.0
// state/store.h - the directory of containers: one locked sub-directory each. Runs in: parent.
//
//   ROOT/ID/          0700; locked (flock) by a process that changes the container
//   ROOT/ID/state     the record, replaced atomically
//   ROOT/ID/config    what exec needs of config.json: the bundle may be gone or changed by now
//   ROOT/ID/gate      the socket at which a created init waits; removed by start
//   ROOT/ID/notify/   with CreateOptions::notify: the container's /run/notify
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "state/record.h"

namespace davit::state {

/// The directory of one container. Its destructor releases the lock.
class Entry {
  public:
    [[nodiscard]] std::string const& id() const { return id_; }
    [[nodiscard]] int directory() const { return directory_.number(); }
    /// The directory of all containers.
    [[nodiscard]] int root() const { return root_->number(); }

    /// Waits, 10 s at most, until no other process changes the container. Kind::not_found if it was
    /// deleted meanwhile, Kind::state if another process still holds the lock.
    Result<> lock();
    void unlock();
    /// Runs `work()` under the lock and returns its result.
    template <class Work>
    std::invoke_result_t<Work> locked(Work work) {
        TRY(lock());
        auto done = work();
        unlock();
        return done;
    }

    /// nullopt: create has not written one yet.
    [[nodiscard]] Result<std::optional<Record>> read() const;
    /// The reduced() record, from the kept config: use it if read() fails, or finds nothing.
    [[nodiscard]] Result<Record> salvage() const;
    /// Where it is, for stories.
    [[nodiscard]] std::string path() const;
    Result<> write(Record const& record) const;

    /// What exec needs; written once, read by davit only. Kind::system if it is missing.
    Result<> keep_config(std::string_view text) const;
    [[nodiscard]] Result<std::string> kept_config() const;

    /// A socket bound to `gate`, for init to listen on.
    [[nodiscard]] Result<Fd> make_gate() const;
    /// A connection to the process that listens there; a socket without a connection if its queue
    /// is full; an empty fd if no process listens.
    [[nodiscard]] Result<Fd> connect_to_gate() const;
    void remove_gate() const;

    /// A directory that the container will see, for bind_notify().
    Result<> make_notify() const;
    /// A datagram socket bound in it; an empty fd if there is no such directory. Kind::state if
    /// another process listens there.
    [[nodiscard]] Result<Fd> bind_notify() const;

    /// Removes the directory and what is in it; the id is free then. Needs the lock.
    Result<> remove();

  private:
    friend class Store;
    Entry(std::shared_ptr<Fd const> root, std::string id, Fd directory)
        : root_(std::move(root)), id_(std::move(id)), directory_(std::move(directory)) {}
    [[nodiscard]] Result<> still_there() const;
    [[nodiscard]] Result<> remove_notify() const;
    std::shared_ptr<Fd const> root_;
    std::string id_;
    Fd directory_;
};

inline constexpr char notify_directory[] = "notify"; ///< in the entry's
inline constexpr char notify_socket[] = "notify.sock";

class Store {
  public:
    /// Opens `root`. A missing one counts as empty: only make() changes anything.
    static Result<Store> open(std::string_view root);

    /// Makes the root (0700) and its parents (0755) if missing.
    Result<> make();

    /// Reserves the id: the new entry is locked. Kind::exists if it is used.
    [[nodiscard]] Result<Entry> reserve(std::string_view id) const;
    /// Kind::not_found if there is no such entry.
    [[nodiscard]] Result<Entry> find(std::string_view id) const;
    /// Sorted.
    [[nodiscard]] Result<std::vector<std::string>> ids() const;

    [[nodiscard]] int number() const { return root_->number(); }
    [[nodiscard]] std::string const& path() const { return path_; }

  private:
    explicit Store(std::string path) : path_(std::move(path)) {}
    Result<> reopen();
    std::string path_;
    std::shared_ptr<Fd const> root_; ///< its entries keep it open; null: it doesn't exist
    bool is_shared_ = false;         ///< other users may make files in it
};

/// Kind::config unless `id` is 1 to 255 of A-Z a-z 0-9 _ + . - and not "." or "..".
Result<> check_id(std::string_view id);

} // namespace davit::state
