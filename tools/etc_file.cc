// SPDX-License-Identifier: Apache-2.0
// tools/etc_file.cc - changing another program's configuration file. rename(2), fsync(2).
#include "etc_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/result.h"
#include "davit/fd.h"
#include "safe/whole_file.h"

namespace davit::cli {

namespace {

long long mtime_ns(struct stat const& status) {
    return status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
}

Result<> make_parents(std::string const& path) {
    for (auto at = path.find('/', 1); at != path.npos; at = path.find('/', at + 1)) {
        auto const parent = path.substr(0, at);
        if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST)
            return fail_errno(Errno{errno}, "make the directory ", quoted(parent));
    }
    return {};
}

Result<> fill(Fd const& file, std::string const& path, EtcFile const& like,
              std::string const& text) {
    TRY(context(safe::write_all(file.number(), text), "write ", quoted(path)));
    if (::fchown(file.number(), like.uid, like.gid) != 0 || ::fchmod(file.number(), like.mode) != 0
        || ::fsync(file.number()) != 0)
        return fail_errno(Errno{errno}, "write ", quoted(path));
    return {};
}

/// A new file; an errno of EEXIST stays in the Error.
Result<> write_like(std::string const& path, EtcFile const& like, std::string const& text) {
    Fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return fail_errno(Errno{errno}, "make ", quoted(path));
    auto const filled = fill(file, path, like, text);
    if (!filled) ::unlink(path.c_str());
    return filled;
}

Result<> keep_backup(EtcFile const& old) {
    auto const kept = write_like(backup_name(old.path), old, old.text);
    if (!kept && kept.error().errnum != EEXIST) return kept; // an older backup stays
    return {};
}

Result<> check_unchanged(EtcFile const& old) {
    struct stat now{};
    bool const exists = ::lstat(old.path.c_str(), &now) == 0;
    if (exists == old.exists
        && (!exists || (now.st_ino == old.inode && mtime_ns(now) == old.changed_ns)))
        return {};
    return fail(Kind::state, quoted(old.path), " was changed meanwhile: try again");
}

} // namespace

std::string backup_name(std::string const& path) { return path + ".davit-backup"; }

Result<EtcFile> read_etc_file(std::string const& path) {
    EtcFile file;
    file.path = path;
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) return file;
        return fail_errno(Errno{errno}, "look at ", quoted(path));
    }
    if (S_ISLNK(status.st_mode)) {
        char target[4096] = "";
        (void)!::readlink(path.c_str(), target, sizeof target - 1);
        return fail(Kind::config, quoted(path), " is a symbolic link to ", quoted(target),
                    ", which another program takes care of: change that by "
                    "hand");
    }
    file.text = TRY(safe::read_file(path));
    file.exists = true;
    file.mode = status.st_mode & 07777;
    file.uid = status.st_uid;
    file.gid = status.st_gid;
    file.inode = status.st_ino;
    file.changed_ns = mtime_ns(status);
    return file;
}

Result<> replace_etc_file(EtcFile const& old, std::string const& text) {
    if (auto made = make_parents(old.path); !made) return made;
    if (old.exists)
        if (auto kept = keep_backup(old); !kept) return kept;
    if (text.empty()) {
        if (auto same = check_unchanged(old); !same) return same;
        if (old.exists && ::unlink(old.path.c_str()) != 0)
            return fail_errno(Errno{errno}, "remove ", quoted(old.path));
        return {};
    }
    auto const draft = old.path + ".davit-" + std::to_string(::getpid());
    if (auto written = write_like(draft, old, text); !written) return written;
    auto done = check_unchanged(old);
    if (done && ::rename(draft.c_str(), old.path.c_str()) != 0)
        done = fail_errno(Errno{errno}, "rename ", quoted(draft), " to ", quoted(old.path));
    if (!done) ::unlink(draft.c_str());
    return done;
}

} // namespace davit::cli
