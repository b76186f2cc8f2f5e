// SPDX-License-Identifier: Apache-2.0
// spec/fields.h - the JSON members of config.json, the state and features. Runs in: parent.
//
// json::read<spec::Config>(…), json::write(state, json::spaces(2)), json::document<spec::Config>().
// A new member of the specification: one member in davit/spec/*.h, one row here, its rule (if it
// has one) in validate*.cc. The order of the rows is the order in which members are written.
#pragma once

#include "json/json.h"
#include "spec/fields/features.h"
#include "spec/fields/linux.h"
#include "spec/fields/process.h"

namespace davit::json {

template <>
inline constexpr auto fields<spec::Root> = list({
    field<&spec::Root::path>("path", "absolute, or relative to the bundle", Need::required),
    field<&spec::Root::readonly>("readonly", "nothing may be written to it"),
});

template <>
inline constexpr auto fields<spec::Mount> = list({
    field<&spec::Mount::destination>("destination", "in the container", Need::required),
    field<&spec::Mount::type>("type", "file system; bind mounts have none"),
    field<&spec::Mount::source>("source", "device, or what is bound; relative to the bundle"),
    field<&spec::Mount::options>("options", "as in mount(8)"),
    field<&spec::Mount::uid_mappings>("uidMappings", "user ids of an id-mapped mount"),
    field<&spec::Mount::gid_mappings>("gidMappings", "group ids of an id-mapped mount"),
});

template <>
inline constexpr auto fields<spec::Hook> = list({
    field<&spec::Hook::path>("path", "absolute", Need::required),
    field<&spec::Hook::args>("args", "argv, beginning with the program's own name"),
    field<&spec::Hook::env>("env", "NAME=value"),
    field<&spec::Hook::timeout>("timeout", "seconds; absent: for ever"),
});

template <>
inline constexpr auto fields<spec::Hooks> = list({
    field<&spec::Hooks::prestart>("prestart", "deprecated: before createRuntime"),
    field<&spec::Hooks::create_runtime>("createRuntime", "outside, when the namespaces are there"),
    field<&spec::Hooks::create_container>("createContainer", "inside, before the root changes"),
    field<&spec::Hooks::start_container>("startContainer", "inside, before the program runs"),
    field<&spec::Hooks::poststart>("poststart", "outside, when the program runs"),
    field<&spec::Hooks::poststop>("poststop", "outside, when the container is deleted"),
});

template <>
inline constexpr auto fields<spec::Config> = list({
    field<&spec::Config::oci_version>("ociVersion", "of the specification", Need::required),
    field<&spec::Config::process>("process", "what runs; needed by start"),
    field<&spec::Config::root>("root", "the root file system", Need::required),
    field<&spec::Config::hostname>("hostname", "needs a uts namespace"),
    field<&spec::Config::domainname>("domainname", "needs a uts namespace"),
    field<&spec::Config::mounts>("mounts", "in this order"),
    field<&spec::Config::hooks>("hooks", "programs run on the way"),
    field<&spec::Config::annotations>("annotations", "free text, for programs that know the keys"),
    field<&spec::Config::linux>("linux", "Linux alone"),
});

// The members and their order are runc's: engines parse this text.
template <>
inline constexpr auto fields<spec::State> = list({
    field<&spec::State::oci_version>("ociVersion", "of the specification", Need::required),
    field<&spec::State::id>("id", "the container's", Need::required),
    field<&spec::State::pid>("pid", "of its process, as seen outside; 0: none", Need::always),
    field<&spec::State::status>("status", "what it is now", Need::required),
    field<&spec::State::bundle>("bundle", "absolute path", Need::required),
    field<&spec::State::rootfs>("rootfs", "absolute path", Need::always),
    field<&spec::State::created>("created", "when, in RFC 3339", Need::always),
    field<&spec::State::annotations>("annotations", "as in config.json"),
    field<&spec::State::owner>("owner", "name of the user", Need::always),
});

template <>
inline constexpr auto fields<spec::ProcessState> = list({
    field<&spec::ProcessState::oci_version>("ociVersion", "of the specification", Need::required),
    field<&spec::ProcessState::fds>("fds", "names of the descriptors sent along", Need::always),
    field<&spec::ProcessState::pid>("pid", "of the process, as seen outside", Need::required),
    field<&spec::ProcessState::metadata>("metadata", "listenerMetadata of config.json"),
    field<&spec::ProcessState::state>("state", "the container's", Need::required),
});

} // namespace davit::json

namespace davit::json {
// These take seconds to compile: only spec/config.cc does.
extern template Result<spec::Config> read(std::string_view, std::string_view,
                                          std::vector<std::string>*);
extern template std::string write(spec::Config const&, Format);
extern template std::string write(spec::ProcessState const&, Format);
extern template std::string write(spec::State const&, Format);
} // namespace davit::json
