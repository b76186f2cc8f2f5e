// SPDX-License-Identifier: Apache-2.0
// ops/runtime.cc - the root directory, and the handles. Runs in: parent.
#include "ops/runtime.h"

#include "safe/child.h"

namespace davit {

Runtime::Runtime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Runtime::Runtime(Runtime&&) noexcept = default;
Runtime& Runtime::operator=(Runtime&&) noexcept = default;
Runtime::~Runtime() = default;

Container::Container(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Container::Container(Container&&) noexcept = default;
Container& Container::operator=(Container&&) noexcept = default;
Container::~Container() = default;

Result<Runtime> Runtime::open(RuntimeOptions options) {
    auto store = TRY(state::Store::open(options.root));
    return Runtime(std::make_unique<Impl>(std::move(store)));
}

Result<Container> Runtime::find(std::string_view id) const {
    auto entry = TRY(impl_->store.find(id));
    return Container(std::make_unique<Container::Impl>(std::move(entry)));
}

Result<std::vector<std::string>> Runtime::ids() const { return impl_->store.ids(); }

std::string const& Container::id() const { return impl_->entry.id(); }

Result<Fd> Container::notify_socket() const {
    // A running container has had time to prepare the place for an attack.
    auto const now = TRY(ops::look(impl_->entry));
    if (now.status != spec::Status::created)
        return fail(Kind::state, "the container is ", ops::word(now.status), ", expected created");
    return impl_->entry.bind_notify();
}

Result<int> wait_exit(PidFd const& process) {
    auto const info = TRY(context(safe::reap(process), "wait for the container's process"));
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

} // namespace davit
