// SPDX-License-Identifier: Apache-2.0
// parts/cgroup/host_stats.cc - reading what the container's groups use.
//
// Runs in: parent. Three system calls for a file, one for a file that this kernel doesn't have.
#include <algorithm>

#include "parts/cgroup/cgroup.h"
#include "parts/cgroup/files.h"
#include "parts/cgroup/stats.h"
#include "sys/file.h"
#include "sys/filesystem.h"

namespace davit::cgroup {

namespace {

bool is_absent(Errno e) {
    return e.value == ENOENT         // not on this kernel, or not enabled in this group
           || e.value == ENODEV      // the group was removed meanwhile
           || e.value == EOPNOTSUPP; // pressure, where the kernel was booted without psi=1
}

class Reader {
  public:
    Reader(Place const& place, CgroupFd const& group) : place_(place), group_(group) {}

    /// Whether the file exists and is not empty.
    template <class Take>
    Result<bool> read(char const* file, Take const& take) {
        auto const content = this->content(file);
        if (!content && is_absent(content.error())) return false;
        if (!content) return fail_errno(content.error(), "read ", quoted_file(place_, file));
        if (auto const flaw = take(*content))
            return fail(Kind::system, "read ", quoted_file(place_, file), ": ",
                        quoted(flaw->substr(0, 80)), " isn't what belongs there");
        return !content->empty();
    }

    Result<bool> read(Statistic const& row, Stats& stats) {
        return read(row.file, [&](std::string_view content) { return row.take(content, stats); });
    }

  private:
    // The kernel makes these files' content at the first read, and returns it all at once.
    Sys<std::string_view> content(char const* file) {
        auto const fd = TRY(sys::openat(group_.number(), file, O_RDONLY));
        for (;; buffer_.resize(4 * buffer_.size())) {
            auto const size = TRY(sys::pread(fd.number(), buffer_.data(), buffer_.size(), 0));
            if (size < buffer_.size()) return std::string_view(buffer_).substr(0, size);
        }
    }

    Place const& place_;
    CgroupFd const& group_;
    std::string buffer_ = std::string(8192, '\0');
};

bool has(Place const& place, std::string_view controller) {
    return std::ranges::find(place.controllers, controller) != place.controllers.end();
}

Result<> read_io_v1(Reader& reader, Stats& stats) {
    for (auto const set : v1_io_statistics()) {
        if (!TRY(reader.read(set.front(), stats))) continue;
        for (auto const& row : set.subspan(1)) TRY(reader.read(row, stats));
        return {};
    }
    return {};
}

/// The page sizes for which the group has a file "hugetlb.SIZE" + `ending`, sorted by name.
Sys<std::vector<std::string>> page_sizes(CgroupFd const& group, std::string_view ending) {
    constexpr std::string_view prefix = "hugetlb.";
    std::vector<std::string> sizes;
    TRY(each_name(group.number(), [&](std::string_view name, unsigned char) {
        if (!name.starts_with(prefix) || !name.ends_with(ending)) return;
        auto const size = name.substr(prefix.size(), name.size() - prefix.size() - ending.size());
        if (size.find('.') == size.npos) sizes.emplace_back(size); // not "2MB.rsvd"
    }));
    std::ranges::sort(sizes);
    return sizes;
}

Result<> read_hugetlb(Reader& reader, Place const& place, CgroupFd const& group, Stats& stats) {
    auto const files = hugetlb_files(place.v2);
    auto const sizes =
        TRY(context(page_sizes(group, files.front().ending), "list ", quoted_file(place)));
    for (auto const& size : sizes) {
        auto& pages = stats.hugetlb.emplace_back(size);
        auto const read = [&](std::string_view middle, Stats::Hugetlb::Use& use) -> Result<bool> {
            for (auto const& file : files) {
                auto const name = text("hugetlb.", size, middle, file.ending);
                bool const is_there = TRY(reader.read(name.c_str(), [&](std::string_view content) {
                    return file.take(content, use);
                }));
                if (!is_there && &file == &files.front()) return false;
            }
            return true;
        };
        TRY(read("", pages.used));
        Stats::Hugetlb::Use reserved;
        if (TRY(read(".rsvd", reserved))) pages.reserved = reserved;
    }
    return {};
}

} // namespace

Result<> Groups::read(Stats& stats) const {
    stats.is_v2 = std::ranges::all_of(places_, &Place::v2) && !places_.empty();
    for (std::size_t i = 0; i < places_.size(); ++i) {
        auto const& place = places_[i];
        if (!directories_[i]) continue;
        Reader reader(place, directories_[i]);
        for (auto const& row : place.v2 ? v2_statistics() : v1_statistics()) {
            if (row.is_double && !stats.is_v2) continue;
            if (row.controller.empty() || has(place, row.controller)) TRY(reader.read(row, stats));
        }
        if (!place.v2 && has(place, "blkio")) TRY(read_io_v1(reader, stats));
        if (has(place, "hugetlb")) TRY(read_hugetlb(reader, place, directories_[i], stats));
    }
    // Without a pids controller processes can still be counted.
    if (!stats.pids && !places_.empty())
        stats.pids = Stats::Pids{TRY(processes()).size(), Stats::no_limit};
    return {};
}

} // namespace davit::cgroup
