// SPDX-License-Identifier: Apache-2.0
// shim/containerd/flags.h - the command line, as containerd's own shims read it.
//
// Go's rules (package flag): "-name value", "-name=value", either with one or two dashes; a switch
// takes a value only behind "=". Options end at "--" or at the first word without a dash.
#pragma once

#include <span>
#include <string>

#include "davit/result.h"

namespace davit::shim::containerd {

enum class Action { serve, start, remove };

struct Flags {
    std::string name_space;
    std::string id;
    std::string address;        ///< containerd's, by gRPC
    std::string publish_binary; ///< accepted: events go through $TTRPC_ADDRESS
    std::string bundle;         ///< "": the working directory
    std::string socket;         ///< to listen at, instead of the fd that "start" hands over
    std::string debug_socket;   ///< accepted: there is no Go runtime to look into
    bool debug = false;
    bool info = false;
    bool version = false;
    Action action = Action::serve;
};

/// `words`: without the program's name. Kind::config for an unknown flag, and for a namespace or id
/// that isn't a plain name: both become part of paths.
[[nodiscard]] Result<Flags> parse_flags(std::span<char* const> words);

} // namespace davit::shim::containerd
