// SPDX-License-Identifier: Apache-2.0
// state/store.cc - the directory of containers. Runs in: parent. flock(2), rename(2).
#include "state/store.h"

#include <dirent.h>
#include <limits.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>

#include "davit/contract.h"
#include "json/json.h"
#include "safe/root.h"
#include "spec/fields.h"
#include "sys/deadline.h"
#include "sys/file.h"
#include "sys/process.h"

namespace davit::state {

namespace {

constexpr char record_name[] = "state";
constexpr char config_name[] = "config";

Sys<std::string> read_all(Fd const& file) {
    std::string text;
    for (char buffer[8192];;) {
        auto const n = TRY(sys::read(file.number(), buffer, sizeof buffer));
        text.append(buffer, n);
        if (n < sizeof buffer) return text;
    }
}

} // namespace

Result<> check_id(std::string_view id) {
    constexpr auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '_' || c == '+' || c == '.' || c == '-';
    };
    if (id.empty() || id.size() > 255 || id == "." || id == ".."
        || !std::ranges::all_of(id, allowed))
        return fail(Kind::config, contract::wrong_id, ": ", quoted(id),
                    ": expected 1 to 255 letters, digits and \"_+.-\"");
    return {};
}

// ---- Entry --------------------------------------------------------------------------------------

Result<> Entry::still_there() const {
    auto const mine =
        TRY(context(sys::fstat(directory_.number()), "look at the state of ", quoted(id_)));
    auto const there = sys::fstatat(root_->number(), id_.c_str(), AT_SYMLINK_NOFOLLOW);
    if (there && there->st_ino == mine.st_ino && there->st_dev == mine.st_dev) return {};
    if (!there && there.error() != Errno{ENOENT})
        return fail_errno(there.error(), "look at the state of ", quoted(id_));
    return fail(Kind::not_found, contract::no_container, ": ", quoted(id_));
}

Result<> Entry::lock() {
    // Not a blocking flock: it has no deadline, and the process that holds the lock may hang in a
    // mount.
    using namespace std::chrono_literals;
    sys::Deadline const until(10s);
    for (auto pause = 50us;; pause = std::min(pause * 2, 5000us)) {
        auto const locked = sys::flock(directory_.number(), LOCK_EX | LOCK_NB);
        if (locked) {
            auto const there = still_there();
            if (!there) unlock(); // other waiting processes need not wait for this one
            return there;
        }
        if (locked.error() != Errno{EWOULDBLOCK})
            return fail_errno(locked.error(), "lock the state of ", quoted(id_));
        if (until.passed())
            return fail(Kind::state, "container ", quoted(id_),
                        " is busy: another davit has been working on it for 10 s");
        until.sleep(pause);
    }
}

void Entry::unlock() { (void)sys::flock(directory_.number(), LOCK_UN); }

Result<std::optional<Record>> Entry::read() const {
    auto const file = sys::openat(directory_.number(), record_name, O_RDONLY | O_NOFOLLOW);
    if (!file) {
        if (file.error() != Errno{ENOENT})
            return fail_errno(file.error(), "open the state of ", quoted(id_));
        TRY(still_there());
        return std::nullopt;
    }
    auto const json = TRY(context(read_all(*file), "read the state of ", quoted(id_)));
    auto record = from_json(json, "");
    if (record) return std::move(*record);
    auto why = std::move(record.error().story);
    return fail(Kind::system, "the state of ", quoted(id_), ": ",
                quoted(path() + "/" + record_name), " is damaged",
                why.starts_with(':') ? text(" at ", why.substr(1)) : text(": ", why),
                " (\"davit delete --force ", id_, "\" removes the container)");
}

std::string Entry::path() const {
    char where[PATH_MAX];
    auto const size =
        sys::readlinkat(sys::cwd, safe::FdPath(directory_.number()).text, where, sizeof where);
    return size ? std::string(where, *size) : id_;
}

Result<Record> Entry::salvage() const {
    auto record = [&]() -> Result<Record> {
        auto config = TRY(json::read<spec::Config>(TRY(kept_config()), config_name));
        return from_json(config.annotations[kept_record], record_name);
    }();
    if (record) return record;
    return fail(Kind::system, "neither the state of ", quoted(id_), " in ", quoted(path()),
                " nor the copy of it there can be read, so its processes and cgroups are unknown: "
                "end them, then remove that directory: ",
                record.error().story);
}

Result<> Entry::write(Record const& record) const {
    auto const json = to_json(record);
    auto const done = [&]() -> Sys<> {
        constexpr char name[] = "state.new";
        auto const file = TRY(sys::openat(directory_.number(), name,
                                          O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
        TRY(sys::write_once(file.number(), json.data(), json.size()));
        return sys::renameat2(directory_.number(), name, directory_.number(), record_name);
    }();
    return context(Sys<>(done), "write the state of ", quoted(id_));
}

Result<> Entry::keep_config(std::string_view text) const {
    auto const done = [&]() -> Sys<> {
        auto const file = TRY(sys::openat(directory_.number(), config_name,
                                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
        return sys::write_once(file.number(), text.data(), text.size());
    }();
    return context(Sys<>(done), "keep the config of ", quoted(id_));
}

Result<std::string> Entry::kept_config() const {
    auto opened = sys::openat(directory_.number(), config_name, O_RDONLY | O_NOFOLLOW);
    // The bundle's config.json is no substitute: the container may have changed it by now.
    if (!opened && opened.error() == Errno{ENOENT})
        return fail(Kind::state, "the state of ", quoted(id_),
                    " holds no copy of its config.json, as that of a container made by an older "
                    "davit: make it anew");
    auto const file = TRY(context(std::move(opened), "open the kept config of ", quoted(id_)));
    return context(read_all(file), "read the kept config of ", quoted(id_));
}

Result<> Entry::remove() {
    for (auto const* name : {"gate", "state.new", config_name, record_name}) {
        auto const gone = sys::unlinkat(directory_.number(), name);
        if (!gone && gone.error() != Errno{ENOENT})
            return fail_errno(gone.error(), "remove the state of ", quoted(id_));
    }
    auto const remove_directory = [&] {
        return sys::unlinkat(root_->number(), id_.c_str(), AT_REMOVEDIR);
    };
    auto const gone = remove_directory();
    bool const again = !gone && gone.error() == Errno{ENOTEMPTY};
    if (again) TRY(remove_notify()); // few containers have it; delete asks for all
    return context(again ? remove_directory() : Sys<>(gone), "remove the state of ", quoted(id_));
}

// ---- Store --------------------------------------------------------------------------------------

Result<Store> Store::open(std::string_view root) {
    Store store(clean_path(root));
    TRY(store.reopen());
    return store;
}

Result<> Store::reopen() {
    auto fd = sys::openat(sys::cwd, path_.c_str(), O_RDONLY | O_DIRECTORY);
    if (!fd && fd.error() == Errno{ENOENT}) return {};
    root_ = std::make_shared<Fd const>(
        TRY(context(std::move(fd), "open the state directory ", quoted(path_))));
    auto const st =
        TRY(context(sys::fstat(root_->number()), "look at the state directory ", quoted(path_)));
    // A user that may write here decides which containers `kill` and `delete` reach.
    if (((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
        || (st.st_uid != 0 && st.st_uid != sys::geteuid()))
        return fail(Kind::denied, "the state directory ", quoted(path_),
                    " can be changed by others");
    is_shared_ = (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    return {};
}

Result<> Store::make() {
    if (root_) return {};
    for (auto at = path_.find('/', 1);; at = path_.find('/', at + 1)) {
        bool const last = at == path_.npos;
        // The sticky bit keeps it from programs that clean up XDG_RUNTIME_DIR. [basedir-spec]
        auto const made = sys::mkdirat(sys::cwd, path_.substr(0, at).c_str(), last ? 01700 : 0755);
        if (!made && made.error() != Errno{EEXIST})
            return fail_errno(made.error(), "make the state directory ", quoted(path_));
        if (last) break;
    }
    return reopen();
}

Result<Entry> Store::find(std::string_view id) const {
    TRY(check_id(id));
    std::string const name(id);
    if (!root_) return fail(Kind::not_found, contract::no_container, ": ", quoted(id));
    auto directory =
        sys::openat(root_->number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory && directory.error() == Errno{ENOENT})
        return fail(Kind::not_found, contract::no_container, ": ", quoted(id));
    Entry entry(root_, name, TRY(context(std::move(directory), "open the state of ", quoted(id))));
    if (!is_shared_) return entry;
    // A root in /tmp: another user's record would make davit run its hooks and kill its "process".
    auto const st =
        TRY(context(sys::fstat(entry.directory()), "look at the state of ", quoted(id)));
    if ((st.st_uid != 0 && st.st_uid != sys::geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(Kind::denied, "the state of ", quoted(id), " can be changed by others");
    return entry;
}

Result<Entry> Store::reserve(std::string_view id) const {
    TRY(check_id(id));
    std::string const name(id);
    auto const made = sys::mkdirat(root_->number(), name.c_str(), 0700);
    if (!made && made.error() == Errno{EEXIST})
        return fail(Kind::exists, contract::id_is_used, ": ", quoted(id));
    TRY(context(Sys<>(made), "make the state directory of ", quoted(id)));
    // Another process's `delete --force` may remove the empty directory before it is locked: then
    // the container was deleted during its creation.
    auto entry = [&]() -> Result<Entry> {
        auto found = TRY(find(id));
        TRY(found.lock());
        return found;
    }();
    if (!entry && entry.error().kind != Kind::not_found) // out of fds, …
        (void)sys::unlinkat(root_->number(), name.c_str(), AT_REMOVEDIR);
    return entry;
}

Result<std::vector<std::string>> Store::ids() const {
    if (!root_) return std::vector<std::string>{};
    auto fd = TRY(context(sys::openat(root_->number(), ".", O_RDONLY | O_DIRECTORY),
                          "open the state directory"));
    std::vector<std::string> ids;
    // The C library's reader: getdents64 by hand would be no faster.
    DIR* const listing = ::fdopendir(fd.release());
    if (!listing) return fail_errno(Errno{errno}, "list the state directory");
    while (dirent const* const entry = ::readdir(listing))
        if ((entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) && check_id(entry->d_name))
            ids.emplace_back(entry->d_name);
    ::closedir(listing);
    std::ranges::sort(ids);
    return ids;
}

} // namespace davit::state
