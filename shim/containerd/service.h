// SPDX-License-Identifier: Apache-2.0
// shim/containerd/service.h - the task service, containerd.task.v2 and v3.
//
// It stands between wire's calls and core's verbs: decodes requests, encodes answers.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <set>
#include <string>

#include "containerd/log.h"
#include "containerd/task_messages.h"
#include "core/supervisor.h"
#include "wire/server.h"

namespace davit::shim::containerd {

namespace asio = boost::asio;

class Service {
  public:
    Service(Supervisor& supervisor, std::string name_space, Log& log);

    /// A wire::Handler.
    asio::awaitable<wire::Reply> answer(wire::Call call);

  private:
    friend struct Methods;
    Supervisor& supervisor_;
    std::string name_space_;
    Log& log_;
    std::set<std::string> warned_; ///< options; each is warned of once, for all containers of a pod
};

} // namespace davit::shim::containerd
