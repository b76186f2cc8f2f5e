// SPDX-License-Identifier: Apache-2.0
// ops/update.cc - changes the limits of a live container. Runs in: parent.
//
// davit keeps none of the old limits: the kernel's files have them. It makes the whole change, or
// none of it.
#include "base/undo.h"
#include "davit/contract.h"
#include "ops/runtime.h"
#include "parts/cgroup/knobs.h"
#include "parts/rdt/rdt.h"
#include "spec/rules.h"

namespace davit {

namespace {

Result<> may_be_updated(ops::Now const& now) {
    switch (now.status) {
    case spec::Status::created:
    case spec::Status::running:
    case spec::Status::paused: return {};
    case spec::Status::creating:
    case spec::Status::stopped: break;
    }
    return fail(Kind::state, contract::not_running);
}

Result<std::optional<rdt::Group>> open_class(state::Record const& record,
                                             std::vector<rdt::Line> const& lines) {
    if (lines.empty()) return std::nullopt;
    if (!record.rdt)
        return fail(Kind::state, "config.json: ", lines[0].pointer,
                    ": the container was made without /linux/intelRdt, so it has no resctrl group");
    return TRY(rdt::Group::open(*record.rdt));
}

/// Records the container's new device rules. If davit is killed half-way, they are unknown.
Result<> record_rules(state::Entry const& entry, state::Record& record, std::uint64_t rules) {
    record.device_rules = rules;
    return entry.write(record);
}

Result<> update(state::Entry const& entry, spec::Resources const& wanted,
                spec::IntelRdt const& schemas) {
    TRY(spec::validate_resources(wanted, spec::Path(spec::Path("linux"), "resources")));
    TRY(spec::validate_intel_rdt(schemas));
    auto now = TRY(ops::look(entry));
    TRY(may_be_updated(now));
    auto& record = now.record;
    auto const groups = TRY(cgroup::Groups::open(record.groups));
    auto const meant = cgroup::meant_by(record.oci_version, wanted);
    auto const plan = TRY(cgroup::plan_update(TRY(groups.complete(meant)), record.groups,
                                              record.unit, record.device_rules));

    auto const lines = rdt::lines_of(schemas);
    auto resctrl = TRY(open_class(record, lines));
    Undo undo;
    if (resctrl) {
        undo.add([&] { resctrl->take_back(); });
        TRY(resctrl->change(lines));
    }
    auto const rules_before = record.device_rules;
    if (plan.guard) {
        TRY(record_rules(entry, record, 0));
        undo.add([&] { (void)record_rules(entry, record, rules_before); });
    }
    auto updated = groups.update(plan);
    // When the container ends, systemd removes its unit, and the groups.
    if (!updated && state::has_exited(now.process)) return fail(Kind::state, contract::not_running);
    TRY(updated);
    undo.commit();
    if (plan.guard) (void)record_rules(entry, record, plan.device_rules);
    return {};
}

/// The parts' stories name config.json; these limits come from elsewhere.
std::unexpected<Error> as_update(Error error) {
    for (std::string_view const prefix : {"config.json: /linux/", "/linux/"})
        if (error.story.starts_with(prefix)) {
            error.story.replace(0, prefix.size() - 1, "update: ");
            break;
        }
    return std::unexpected(std::move(error));
}

} // namespace

Result<> Container::update(spec::Resources const& wanted, spec::IntelRdt const& schemas) {
    auto& entry = impl_->entry;
    auto updated = entry.locked([&] { return davit::update(entry, wanted, schemas); });
    if (!updated) return as_update(std::move(updated).error());
    return {};
}

} // namespace davit
