// SPDX-License-Identifier: Apache-2.0
// state/store.h - the directory of containers: one locked sub-directory each. Runs in: parent.
//
//   ROOT/ID/          0700; locked (flock) by whoever changes the container
//   ROOT/ID/state     the record, replaced atomically
//   ROOT/ID/config    what exec needs of config.json: the bundle may be gone, or in the container's
//   hands ROOT/ID/gate      the socket at which a created container waits; gone once it was started
//   ROOT/ID/notify/   where CreateOptions::notify is: the container's /run/notify
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "state/record.h"

namespace davit::state {

/// The directory of one container. Closing it releases the lock.
class Entry {
  public:
    [[nodiscard]] std::string const& id() const { return id_; }
    [[nodiscard]] int directory() const { return directory_.number(); }
    /// The directory of all containers.
    [[nodiscard]] int root() const { return root_->number(); }

    /// Waits, 10 s at most, until nobody else changes the container. Kind::not_found if it went
    /// away meanwhile, Kind::state if somebody keeps it.
    Result<> lock();
    void unlock();
    /// What `work()` returns, which is done under the lock.
    template <class Work>
    std::invoke_result_t<Work> locked(Work work) {
        TRY(lock());
        auto done = work();
        unlock();
        return done;
    }

    /// nullopt: create has not come as far as writing one.
    [[nodiscard]] Result<std::optional<Record>> read() const;
    /// The reduced() one, from the kept config: where read() fails, or finds nothing.
    [[nodiscard]] Result<Record> salvage() const;
    /// Where it is, for stories.
    [[nodiscard]] std::string path() const;
    Result<> write(Record const& record) const;

    /// What is kept for exec, once, and read by nobody else. Kind::system where it isn't there.
    Result<> keep_config(std::string_view text) const;
    [[nodiscard]] Result<std::string> kept_config() const;

    /// A socket bound to `gate`, for init to listen on.
    [[nodiscard]] Result<Fd> make_gate() const;
    /// A connection to whoever listens there, or a socket without one if its queue is full; an
    /// empty fd if nobody does.
    [[nodiscard]] Result<Fd> connect_to_gate() const;
    void remove_gate() const;

    /// A directory that the container will see, for bind_notify().
    Result<> make_notify() const;
    /// A datagram socket bound in it; an empty fd if there is no such directory. Kind::state if
    /// somebody else listens there.
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
    /// Opens `root`. A missing one is empty: only make() changes anything.
    static Result<Store> open(std::string_view root);

    /// Makes the root (0700) and what leads to it (0755) where missing.
    Result<> make();

    /// Takes the id: the new entry is locked. Kind::exists if it is taken.
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
    std::shared_ptr<Fd const> root_; ///< its entries keep it open; null: there is no such directory
    bool is_shared_ = false;         ///< others may put something into it
};

/// Kind::config unless `id` is 1 to 255 of A-Z a-z 0-9 _ + . - and not "." or "..".
Result<> check_id(std::string_view id);

} // namespace davit::state
