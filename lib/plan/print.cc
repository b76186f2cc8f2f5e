// SPDX-License-Identifier: Apache-2.0
// plan/print.cc - the plan for people: what will happen, in that order.
//
// Runs in: parent, pure. The golden tests compare this text.
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/device_number.h"
#include "parts/caps/plan.h"
#include "parts/hooks/plan.h"
#include "parts/lsm/plan.h"
#include "parts/mounts/plan.h"
#include "parts/namespaces/plan.h"
#include "parts/process/plan.h"
#include "parts/seccomp/plan.h"
#include "parts/sysctl/plan.h"
#include "plan/exec.h"
#include "plan/plan.h"
#include "spec/names.h"

namespace davit::plan {

namespace {

/// Writes one plan; its members only hold what all lines need.
class Printer {
  public:
    explicit Printer(Plan const& plan) : plan_(plan), view_(plan.view()), inside_(plan.header()) {}

    std::string run() {
        line("root ", quoted(plan_.rootfs), inside_.rootfs.readonly ? ", read-only" : "",
             inside_.rootfs.no_pivot ? ", moved (no pivot_root)" : "",
             inside_.rootfs.host_mounts ? ", by chroot, among the host's mounts" : "",
             inside_.rootfs.covered ? ", mounted over itself" : "",
             inside_.rootfs.screened && !inside_.rootfs.host_mounts ? ", in no copy of the host's"
                                                                    : "",
             inside_.rootfs.own ? "," : "",
             mounts::shown_propagation(inside_.rootfs.own & ~std::uint64_t{MS_REC},
                                       inside_.rootfs.own & MS_REC ? "r" : ""));
        namespaces();
        sysctl::print(inside_.sysctl, view_, out_);
        cgroup::print(plan_.cgroup, out_);
        if (plan_.rdt) rdt::print(*plan_.rdt, out_);
        network::print(plan_.net_devices, out_);
        mounts::print(inside_.mounts, plan_.mount_maps, view_, out_);
        devices();
        if (inside_.terminal.wanted)
            line("terminal at \"/dev/console\"",
                 inside_.terminal.height
                     ? text(" of ", inside_.terminal.width, " x ", inside_.terminal.height)
                     : "");
        for (auto const when :
             {hooks::When::prestart, hooks::When::create_runtime, hooks::When::create_container})
            hooks::print(plan_.hooks, when, out_);
        paths("read-only path ", inside_.rootfs.read_only);
        paths("masked path ", inside_.rootfs.masked);
        paths("sealed mount ", inside_.rootfs.sealed);
        process();
        hooks::print(plan_.hooks, hooks::When::poststart, out_);
        hooks::print(plan_.hooks, hooks::When::poststop, out_);
        for (auto const& warning : plan_.warnings) line("warning: ", warning);
        return std::move(out_);
    }

    /// The lines of exec's process.
    std::string run(ExecPlan const& exec) {
        std::string joined;
        for (auto const& join : view_.list(inside_.namespaces.join))
            for (auto const& name : json::names<spec::NamespaceType>)
                if (join.type & static_cast<std::uint64_t>(name.value))
                    joined += text(" ", name.name);
        if (!joined.empty()) line("the container's namespaces", joined);
        if (inside_.rootfs.host_mounts) line("root by chroot, that of the container's process");
        cpus("CPUs before it enters the cgroups", exec.affinity.before);
        cpus("CPUs after it", exec.affinity.after);
        if (plan_.oom_score_adj) line("oom_score_adj ", *plan_.oom_score_adj);
        if (inside_.terminal.wanted) line("terminal");
        if (exec.has_scheduler) inside_.attributes.wanted |= process::scheduler;
        process();
        if (inside_.process.keyring_serial)
            line("the session keyring of that name if its serial number is ",
                 inside_.process.keyring_serial);
        for (auto const& warning : plan_.warnings) line("warning: ", warning);
        return std::move(out_);
    }

  private:
    void cpus(std::string_view what, std::vector<std::uint64_t> const& mask) {
        std::string words;
        for (auto const word : mask) words += text(" ", hex(word));
        if (mask.size() > 16) words = " all"; // longer than any useful list
        if (!mask.empty()) line(what, words);
    }
    template <class... Parts>
    void line(Parts const&... parts) {
        out_ += text(parts..., "\n");
    }
    [[nodiscard]] std::string quote(Text t) const { return quoted(t ? view_.text(t) : ""); }

    void namespaces() {
        std::string made;
        for (auto const& name : json::names<spec::NamespaceType>)
            if (plan_.new_namespaces() & static_cast<std::uint64_t>(name.value))
                made += text(" ", name.name);
        if (plan_.time_offsets) made += " time";
        if (!made.empty()) line("new namespaces", made);
        if (plan_.time_offsets) lines("clock offset ", *plan_.time_offsets);
        if (plan_.users.how == users::How::make) {
            mappings("uids", plan_.users.maps.uids);
            mappings("gids", plan_.users.maps.gids);
        }
        for (auto const& joined : plan_.joined)
            line("joined ", namespaces::file_name(joined.type), " namespace ", quoted(joined.path));
        if (inside_.namespaces.loopback_up) line("loopback interface up");
        if (inside_.namespaces.hostname) line("hostname ", quote(inside_.namespaces.hostname));
        if (inside_.namespaces.domainname)
            line("domainname ", quote(inside_.namespaces.domainname));
        if (plan_.oom_score_adj) line("oom_score_adj ", *plan_.oom_score_adj);
    }

    void lines(std::string_view what, std::string_view texts) {
        while (!texts.empty()) {
            auto const end = texts.find('\n');
            line(what, texts.substr(0, end));
            texts.remove_prefix(end + 1);
        }
    }
    void mappings(std::string_view what, std::vector<spec::IdMapping> const& maps) {
        for (auto const& one : maps)
            line(what, " ", one.container_id, " to ",
                 std::uint64_t{one.container_id} + one.size - 1, " are ", one.host_id, " to ",
                 std::uint64_t{one.host_id} + one.size - 1, " on the host");
    }

    void devices() {
        for (auto const& device : view_.list(inside_.devices.devices)) {
            char const type = S_ISBLK(device.mode) ? 'b' : S_ISFIFO(device.mode) ? 'p' : 'c';
            line(inside_.devices.bind && type != 'p' ? "the host's device " : "device ",
                 quote(device.path), " ", type, " ", device_major(device.number), ":",
                 device_minor(device.number), " ", octal(device.mode & 07777),
                 device.uid || device.gid ? text(" owned by ", device.uid, ":", device.gid) : "");
        }
        for (auto const& link : view_.list(inside_.devices.links))
            line("link ", quote(link.path), " -> ", quote(link.target));
    }

    void paths(std::string_view what, List<Text> list) {
        for (auto const path : view_.list(list)) line(what, quote(path));
    }

    void capabilities(std::string_view which, std::uint64_t set) {
        std::string names;
        for (unsigned i = 0; i < 64; ++i)
            if (set >> i & 1) names += text(" ", caps::name(i));
        if (!names.empty()) line("capabilities ", which, ":", names);
    }

    void process() {
        if (!plan_.has_process) {
            line("no process");
            return;
        }
        auto const& process = inside_.process;
        std::string user = text("user ", process.uid, ":", process.gid);
        for (auto const group : view_.list(process.groups)) user += text(" +", group);
        line(user, ", umask ", octal(process.umask),
             process.no_new_privileges ? ", no new privileges" : "");
        capabilities("bounding", inside_.caps.bounding);
        capabilities("effective", inside_.caps.effective);
        capabilities("permitted", inside_.caps.permitted);
        capabilities("inheritable", inside_.caps.inheritable);
        capabilities("ambient", inside_.caps.ambient);
        if (plan_.seccomp) seccomp::print(*plan_.seccomp, inside_.seccomp, out_);
        for (auto const& limit : view_.list(process.limits))
            for (auto const& known : spec::rlimits)
                if (known.number == static_cast<int>(limit.resource))
                    line("limit ", known.name, " ", amount(limit.soft), " ", amount(limit.hard));
        lsm::print(inside_.lsm, view_, out_);
        process::print(inside_.attributes, view_, out_);
        if (process.keyring) line("session keyring ", quote(process.keyring));
        if (process.preserve_fds) line("keeps fds 3 to ", 2 + process.preserve_fds);
        line("in ", quote(process.cwd));
        for (auto const slot : view_.list(process.envp))
            if (slot) line("env ", quote({static_cast<std::uint32_t>(slot), 0}));
        if (process.find_home) line("env HOME from the container's \"/etc/passwd\"");
        hooks::print(plan_.hooks, hooks::When::start_container, out_);
        std::string command;
        for (auto const slot : view_.list(process.argv))
            if (slot) command += text(" ", quote({static_cast<std::uint32_t>(slot), 0}));
        line("run", command);
    }
    static std::string amount(std::uint64_t n) {
        return n == ~std::uint64_t{0} ? "unlimited" : text(n);
    }

    Plan const& plan_;
    View view_;
    InitPlan inside_;
    std::string out_;
};

} // namespace

std::string print(Plan const& plan) { return Printer(plan).run(); }

std::string print(ExecPlan const& exec) { return Printer(exec.plan).run(exec); }

} // namespace davit::plan
