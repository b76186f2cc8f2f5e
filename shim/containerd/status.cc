// SPDX-License-Identifier: Apache-2.0
// shim/containerd/status.cc - an Error as containerd's clients tell failures apart.
#include "containerd/status.h"

#include <algorithm>

namespace davit::shim::containerd {

namespace {

using wire::Code;

struct Row {
    Kind kind;
    Code code;
};
// What runc says is "unknown" to containerd, and so are ours of that sort: callers go by the text,
// which ends in ": unknown" for all of them.
constexpr Row rows[] = {
    {Kind::config, Code::unknown},
    {Kind::state, Code::failed_precondition},
    {Kind::not_found, Code::not_found},
    {Kind::exists, Code::already_exists},
    {Kind::unsupported, Code::unimplemented},
    {Kind::denied, Code::unknown},
    {Kind::system, Code::unknown},
    {Kind::internal, Code::internal},
};

} // namespace

wire::Status status_of(Error const& error) {
    auto const* const row = std::ranges::find(rows, error.kind, &Row::kind);
    return {row == std::end(rows) ? Code::unknown : row->code, error.story};
}

} // namespace davit::shim::containerd
