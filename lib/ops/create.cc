// SPDX-License-Identifier: Apache-2.0
// ops/create.cc - creates a container. Runs in: parent. runtime.md#create.
//
// Each effect adds its undoing to Undo: a failure at any point undoes everything. If davit is
// killed half-way, its record lets `delete --force` do the same; init, which waits for the parent,
// ends by itself.
#include <linux/capability.h>
#include <linux/sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/undo.h"
#include "davit/config.h"
#include "json/json.h"
#include "launch/conversation.h"
#include "ops/launch_init.h"
#include "ops/phase.h"
#include "ops/runtime.h"
#include "parts/caps/host.h"
#include "parts/hooks/host.h"
#include "parts/network/host.h"
#include "parts/seccomp/host.h"
#include "parts/seccomp/plan.h"
#include "parts/sysctl/host.h"
#include "parts/users/unprivileged_host.h"
#include "spec/fields.h"
#include "sys/file.h"
#include "sys/process.h"

namespace davit {

namespace {

/// "2026-11-23T10:15:30.123456789Z". Not by gmtime_r(3), which reads the time zone's file first.
std::string now_as_text() {
    using namespace std::chrono;
    auto const now = system_clock::now();
    auto const day = floor<days>(now);
    year_month_day const date(day);
    hh_mm_ss const time(now - day);
    auto const digits = [](auto number, std::size_t count) {
        auto out = std::to_string(number);
        return out.insert(0, count - std::min(count, out.size()), '0');
    };
    return text(digits(int(date.year()), 4), "-", digits(unsigned(date.month()), 2), "-",
                digits(unsigned(date.day()), 2), "T", digits(time.hours().count(), 2), ":",
                digits(time.minutes().count(), 2), ":", digits(time.seconds().count(), 2), ".",
                digits(nanoseconds(time.subseconds()).count(), 9), "Z");
}

/// Notes which groups existed before: delete must not remove them, should davit be killed before it
/// writes the next record.
void mark_foreign(std::vector<cgroup::Place>& groups) {
    for (auto& group : groups)
        group.made = !sys::faccessat2(sys::cwd, (group.mount + group.path).c_str(), F_OK,
                                      AT_SYMLINK_NOFOLLOW);
}

state::Record first_record(std::string_view id, ops::Prepared const& prepared) {
    state::Record record;
    record.oci_version = prepared.config.oci_version;
    record.id = id;
    record.bundle = prepared.bundle;
    record.rootfs = prepared.plan.rootfs;
    record.created = now_as_text();
    record.annotations = prepared.config.annotations;
    record.has_process = prepared.plan.has_process;
    record.host_mounts = prepared.plan.header().rootfs.host_mounts != 0;
    record.new_namespaces = prepared.plan.new_namespaces();
    record.groups = prepared.plan.cgroup.groups;
    record.unit = prepared.plan.cgroup.unit;
    mark_foreign(record.groups);
    if (auto const& profile = prepared.plan.seccomp; profile && seccomp::notifies(*profile)) {
        record.seccomp_agent = profile->listener_path;
        record.seccomp_metadata = profile->listener_metadata;
    }
    return record;
}

/// The container's network namespace: joined, or made for init.
int network_namespace(plan::Plan const& plan, std::vector<NsFd> const& joined,
                      launch::Started const& init) {
    for (std::size_t i = 0; i < joined.size(); ++i)
        if (plan.joined[i].type == spec::NamespaceType::network) return joined[i].number();
    return init.process.number();
}

/// Called when init has come to the create hooks: runs the parent's first. From now on delete owes
/// the poststop hooks, even if davit is killed here.
Result<> run_create_hooks(ops::Prepared const& prepared, launch::Started const& init,
                          state::Entry const& entry, state::Record& record, Trace* trace) {
    ops::Phase hooking(trace, "prestart and createRuntime hooks");
    record.hooks = hooks::after_create(prepared.config.hooks);
    record.init = TRY(state::identify(init.pid, init.process)); // perhaps the second by now
    TRY(entry.write(record));
    auto const state = ops::describe(record, spec::Status::creating, init.pid);
    // If a hook hangs: `delete --force` kills init, and init's end kills the hook.
    for (auto const when : {hooks::When::prestart, hooks::When::create_runtime})
        TRY(hooks::run(prepared.config.hooks, when, state, init.process));
    return {};
}

/// Takes what exec needs of config.json out of `prepared`; create no longer uses it. Kept now:
/// later the bundle may be gone or changed by the container. exec doesn't get what create was told
/// to add. The same text keeps the part of the record by which `delete --force` finds the container
/// if the record is lost.
std::string take_for_exec(ops::Prepared& prepared, state::Record const& record) {
    auto& whole = prepared.config;
    spec::Config part;
    part.oci_version = whole.oci_version;
    part.process = std::move(whole.process);
    if (part.process) part.process->env.resize(prepared.own_environment);
    part.linux.seccomp = std::move(whole.linux.seccomp);
    part.linux.personality = whole.linux.personality;
    part.linux.memory_policy = std::move(whole.linux.memory_policy);
    part.annotations[state::kept_record] = state::to_json(state::reduced(record));
    return json::write(part);
}

/// What a failed try leaves for the next one.
struct RetryFacts : ops::Earlier {
    bool moves_itself = false; ///< init moves itself into its v2 group
    bool hooked = false;       ///< hooks have run: no further try
};

/// Whether a further try may succeed: a group was removed between its making and init's move (the
/// last davit of a neighbour removes shared parents, another program empty groups: ENODEV); or the
/// kernel killed init before its first instruction (ESRCH).
bool may_move_itself(Error const& error, RetryFacts const& lessons) {
    return (error.errnum == ENODEV || error.errnum == ESRCH) && !lessons.hooked
           && !lessons.moves_itself;
}

template <class T>
void note_refusal(Result<T> const& done, std::string& refused) {
    if (!done && cgroup::is_refused(done.error().errnum)) refused = done.error().story;
}

/// init has not begun its work: the rules hold for everything that it does.
Result<> guard(cgroup::Groups const& groups, cgroup::Plan const& plan, std::string& refused,
               Trace* trace) {
    if (!plan.guard) return {};
    ops::Phase const guarding(trace, "device rules");
    auto done = groups.guard(plan);
    if (!plan.unit) note_refusal(done, refused); // systemd's groups have no alternative
    return done;
}

/// What create has made.
struct Made {
    state::Entry entry;
    launch::Started init;
    Fd console;
    std::vector<std::string> warnings;
    std::vector<std::string> unfiltered;
};

/// All of create except the cleanup after hooks have run and it failed: `record` has those hooks.
Result<Made> make(state::Store& store, std::string_view id, CreateOptions const& options,
                  state::Record& record, RetryFacts& lessons) {
    auto* const trace = options.trace;
    auto& refused = lessons.refused;
    ops::Phase planning(trace, "read config.json, plan");
    auto prepared = TRY(ops::prepare(id, options, store, lessons));
    auto const& plan = prepared.plan;
    planning.end();

    TRY(store.make());
    std::vector<std::string> unfiltered;
    if (plan.seccomp) {
        ops::Phase const translating(trace, "seccomp");
        plan::add_filter(prepared.plan, TRY(seccomp::program(*plan.seccomp, store.number())));
        unfiltered = seccomp::unknown_calls(*plan.seccomp);
    }

    ops::Phase reserving(trace, "reserve the id");
    auto entry = TRY(store.reserve(id));
    Undo undo;
    undo.add([&] { (void)entry.remove(); });
    record = first_record(id, prepared);
    if (plan.rdt) record.rdt = TRY(rdt::plan_group(*plan.rdt));
    TRY(entry.write(record));
    if (options.notify) TRY(entry.make_notify());
    auto const joined = TRY(ops::open_joined(plan));
    TRY(sysctl::check_joined(prepared.config.linux.sysctl, plan.joined, joined));
    auto const gate = TRY(entry.make_gate());
    reserving.end();

    ops::Phase grouping(trace, "cgroup");
    auto made = cgroup::Groups::make(plan.cgroup);
    note_refusal(made, refused);
    auto groups = TRY(made);
    Undo undo_groups; // declared below what it uses, above init: so it runs after init's end
    undo_groups.add([&] { (void)cgroup::remove(groups.unit(), groups.places()); });
    std::optional<rdt::Group> rdt;
    Undo undo_rdt;
    if (plan.rdt) {
        rdt = TRY(rdt::Group::make(*plan.rdt));
        undo_rdt.add([&] { rdt->take_back(); });
        record.rdt = rdt->place();
    }
    grouping.end();

    Undo undo_cover;
    if (plan.header().rootfs.covered) {
        auto const plan_group = [&](rootfs::Cover const& cover) {
            record.cover = cover;
            return entry.write(record);
        };
        TRY(rootfs::cover(plan.rootfs, plan.header().rootfs.propagation, plan_group));
        undo_cover.add([&] { (void)rootfs::uncover(*record.cover); });
    }

    ops::Phase starting(trace, "start init");
    network::Mover interfaces; // can undo even after init and its namespace have ended
    Undo undo_interfaces;
    auto const while_it_waits = [&](launch::Started const& init) -> Result<> {
        TRY(guard(groups, plan.cgroup, refused, trace));
        // init's first thread; later threads inherit the groups.
        if (rdt) TRY(rdt->add(init.pid));
        if (plan.net_devices.empty()) return {};
        ops::Phase moving(trace, "network devices");
        undo_interfaces.add([&] { interfaces.put_back(); });
        return interfaces.move(plan.net_devices, network_namespace(plan, joined, init));
    };
    launch::Wait wait(options.patience, {.frozen = &plan.cgroup.groups, .may_be_slow = true});
    auto init = TRY(ops::launch_init(plan, joined, groups, options, store.number(), while_it_waits,
                                     lessons.moves_itself, wait));
    starting.end();

    ops::Phase working(trace, "init works");
    // From now on `delete --force` can kill init, should init or davit hang: in a dead file server,
    // for instance.
    record.init = TRY(state::identify(init.pid, init.process));
    record.unit = groups.unit();
    TRY(entry.write(record));
    TRY(launch::or_inits(launch::send_mounts_and_gate(init, plan, gate), init, plan));
    TRY(entry.keep_config(take_for_exec(prepared, record)));
    auto const at_hooks = [&] {
        lessons.hooked = true;
        return run_create_hooks(prepared, init, entry, record, trace);
    };
    auto const tell_agent = [&](Fd const& listener, int pid) {
        return ops::tell_agent(record, spec::Status::creating, pid, listener);
    };
    auto heard = TRY(launch::hear_until_ready(init, plan, at_hooks, tell_agent, trace, wait));
    working.end();

    ops::Phase recording(trace, "record");
    TRY(groups.settle(plan.cgroup));
    record.groups = groups.places();
    record.device_rules = plan.cgroup.device_rules;
    if (init.pid != record.init.pid) record.init = TRY(state::identify(init.pid, init.process));
    record.hooks = hooks::after_create(prepared.config.hooks);
    record.keyring = heard.keyring;
    record.complete = true;
    TRY(entry.write(record));
    // From here on init lives without the parent.
    TRY(launch::or_inits(
        context(init.channel.send(launch::Commit{}), "let davit's init go to its gate"), init,
        plan));
    undo_interfaces.commit();
    undo_cover.commit();
    undo_rdt.commit();
    undo_groups.commit();
    undo.commit();
    init.let_go();
    entry.unlock();
    return Made{std::move(entry), std::move(init), std::move(heard.console),
                std::move(prepared.plan.warnings), std::move(unfiltered)};
}

/// Explains a refusal. The first one refused is the device rules or a mount; all that follows needs
/// the same right. In a user namespace of its own the container has it.
std::string_view missing_right(Error const& error, state::Record const& record) {
    bool const in_plain_sight = error.kind == Kind::denied && !record.id.empty();
    if (!in_plain_sight || (record.new_namespaces & CLONE_NEWUSER)) return "";
    auto const own = caps::own();
    if (!own || own->effective >> CAP_SYS_ADMIN & 1) return "";
    return sys::geteuid() == 0
               ? "; davit has no CAP_SYS_ADMIN, which it needs where config.json makes no user "
                 "namespace: if this is inside a container, run that one with --privileged"
               : "; davit isn't root, and config.json makes no user namespace (\"davit spec "
                 "--rootless\" writes one that does)";
}

} // namespace

Result<Created> Runtime::create(std::string_view id, CreateOptions const& options) {
    ops::Phase whole(options.trace, "create");
    state::Record record;
    auto made = [&]() -> Result<Made> {
        RetryFacts lessons;
        bool asked = false;
        for (;;) {
            auto planned = make(impl_->store, id, options, record, lessons);
            if (planned) return planned;
            if (may_move_itself(planned.error(), lessons)) {
                lessons.moves_itself = true;
            } else {
                // Only a refused caller pays for the question which user it is.
                bool const again = !std::exchange(asked, true) && !lessons.refused.empty()
                                   && options.rootless.value_or(!users::is_hosts_root());
                if (!again) return planned;
            }
            record = {};
        }
    }();
    if (!made) {
        made.error().story += missing_right(made.error(), record);
        // runtime.md#lifecycle, 3 to 5: a failed hook stops the container, davit undoes create, and
        // then, at 13, runs the poststop hooks.
        for (auto const& warning : ops::run_poststop(record))
            made.error().story += text("; ", warning);
        return std::unexpected(std::move(made).error());
    }
    return Created{Container(std::make_unique<Container::Impl>(std::move(made->entry))),
                   made->init.pid,
                   std::move(made->init.process),
                   std::move(made->console),
                   std::move(made->warnings),
                   std::move(made->unfiltered)};
}

} // namespace davit
