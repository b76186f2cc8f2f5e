// SPDX-License-Identifier: Apache-2.0
// shim/containerd/bootstrap.cc - what containerd says to "start", and the answer it understands.
#include "containerd/bootstrap.h"

#include <cstdint>
#include <string>

#include "base/result.h"
#include "containerd/address.h"
#include "json/fields.h"
#include "json/json.h"

namespace davit::shim::containerd {

namespace {

struct Answer {
    std::uint32_t version = 2;
    std::string address;
    std::string protocol = "ttrpc";
};

} // namespace
} // namespace davit::shim::containerd

namespace davit::json {
template <>
inline constexpr auto fields<shim::containerd::Answer> = list({
    field<&shim::containerd::Answer::version>("version", "of the answer", Need::always),
    field<&shim::containerd::Answer::address>("address", "of the socket, as a URL", Need::always),
    field<&shim::containerd::Answer::protocol>("protocol", "spoken there", Need::always),
});
} // namespace davit::json

namespace davit::shim::containerd {
namespace {

bool is_option_type(Any const& any) { return any.message_name().ends_with(".Options"); }

StartInput from_params(BootstrapParams const& params) {
    StartInput input{.dialect = Dialect::protobuf,
                     .options = {},
                     .socket_directory = params.socket_dir.value_or(""),
                     .ttrpc_address = params.containerd_ttrpc_address};
    for (auto const& extension : params.extensions)
        if (extension.value && is_option_type(*extension.value)) input.options = extension.value;
    return input;
}

} // namespace

Result<StartInput> read_input(std::string_view bytes, Flags const& flags,
                              char const* max_shim_version) {
    StartInput input;
    auto const params = wire::decode<BootstrapParams>(bytes);
    if (params && params->instance_id == flags.id && params->name_space == flags.name_space) {
        input = from_params(*params);
    } else {
        auto any = wire::decode<Any>(bytes);
        if (!any) return fail(Kind::config, "standard input: ", any.error().message);
        if (!bytes.empty()) input.options = std::move(*any);
        if (max_shim_version != nullptr) input.dialect = Dialect::json;
    }
    if (input.socket_directory.empty()) input.socket_directory = default_socket_directory;
    return input;
}

std::string answer(Dialect dialect, std::string const& path) {
    auto const address = "unix://" + path;
    switch (dialect) {
    case Dialect::address: break;
    // Nothing newer than this: 1.7 refuses it, and can't be told from 2.0 here.
    case Dialect::json: return json::write(Answer{.address = address});
    case Dialect::protobuf:
        return wire::encode(BootstrapResult{.version = 3, .address = address, .protocol = "ttrpc"});
    }
    return address;
}

} // namespace davit::shim::containerd
