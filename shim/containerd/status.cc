// SPDX-License-Identifier: Apache-2.0
// shim/containerd/status.cc - an Error as a ttrpc status, by which clients tell failures apart.
#include "containerd/status.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

namespace davit::shim::containerd {

namespace {

using wire::Code;

struct KindRow {
    Kind kind;
    Code code;
    std::string_view suffix = {}; ///< containerd 2 expects it from us
};
// To containerd, runc's errors are "unknown", and so are ours of the same sort: callers compare the
// text, to which clients add ": unknown". The other suffixes they add only up to 1.7, and never
// twice.
constexpr KindRow kinds[] = {
    {Kind::config, Code::unknown},
    {Kind::state, Code::failed_precondition, ": failed precondition"},
    {Kind::not_found, Code::not_found, ": not found"},
    {Kind::exists, Code::already_exists, ": already exists"},
    {Kind::unsupported, Code::unknown}, // "unimplemented" means an old API: containerd tries others
    {Kind::denied, Code::unknown},
    {Kind::system, Code::unknown},
    {Kind::internal, Code::internal},
};

} // namespace

wire::Status status_of(Error const& error) {
    if (error.kind == Kind::system && error.errnum == EUSERS)
        return {Code::resource_exhausted, error.story};
    auto const* const row = std::ranges::find(kinds, error.kind, &KindRow::kind);
    if (row == std::end(kinds)) return {Code::unknown, error.story};
    return {row->code, error.story.ends_with(row->suffix) ? error.story
                                                          : error.story + std::string(row->suffix)};
}

} // namespace davit::shim::containerd
