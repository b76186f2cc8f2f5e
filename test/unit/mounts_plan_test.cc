// SPDX-License-Identifier: Apache-2.0
// unit/mounts_plan_test.cc - parts/mounts: each option of the specification and its effect.
#include "catch.h"

#include <linux/mount.h>

#include <map>

#include "base/text.h"
#include "parts/mounts/options.h"
#include "parts/mounts/plan.h"

namespace {

using namespace davit;
using mounts::Action;
using mounts::Attributes;
using mounts::Effect;

constexpr std::uint64_t ro = MOUNT_ATTR_RDONLY, nosuid = MOUNT_ATTR_NOSUID,
                        nodev = MOUNT_ATTR_NODEV, noexec = MOUNT_ATTR_NOEXEC,
                        times = MOUNT_ATTR__ATIME, noatime = MOUNT_ATTR_NOATIME,
                        strictatime = MOUNT_ATTR_STRICTATIME, nodiratime = MOUNT_ATTR_NODIRATIME,
                        nosymfollow = MOUNT_ATTR_NOSYMFOLLOW;

/// What one entry of /mounts becomes.
struct Planned {
    std::vector<std::byte> block;
    std::vector<std::string> sealed;
    std::string story; ///< of the failure
    bool own_dev = true;
    std::vector<users::IdMaps> maps = {};
    std::vector<std::string> warnings = {};

    [[nodiscard]] plan::View view() const { return plan::View(block.data()); }
    [[nodiscard]] std::span<mounts::Mount const> list() const {
        return view().list(view().header<mounts::InitPlan>().mounts);
    }
    [[nodiscard]] mounts::Mount const& only() const {
        REQUIRE(story == "");
        REQUIRE(list().size() == 1);
        return list()[0];
    }
    [[nodiscard]] std::string text(plan::Text t) const { return t ? view().text(t) : ""; }
    [[nodiscard]] std::string parameters(std::size_t i = 0) const {
        std::string out;
        for (auto const& p : view().list(list()[i].parameters))
            out += (out.empty() ? "" : ",") + text(p.key) + (p.value ? "=" + text(p.value) : "");
        return out;
    }
};

Planned plan_of(std::vector<spec::Mount> mounts, cgroup::Layout const& layout = {},
                cgroup::Plan const& groups = {}) {
    spec::Config config;
    config.mounts = std::move(mounts);
    config.linux.namespaces = {{spec::NamespaceType::mount, {}}};
    plan::Builder builder(sizeof(mounts::InitPlan));
    auto planned = mounts::plan(config, "/bundle", layout, groups, builder);
    if (!planned) return {{}, {}, planned.error().story};
    return {std::move(builder).finish(planned->inside),
            planned->sealed,
            "",
            planned->own_dev,
            planned->maps,
            planned->warnings};
}

spec::Mount bind(spec::Texts options) {
    return {"/mnt", "", "/source", std::move(options), {}, {}};
}
spec::Mount tmpfs(spec::Texts options) { return {"/mnt", "tmpfs", "", std::move(options), {}, {}}; }
bool is(Attributes const& a, std::uint64_t set, std::uint64_t clear) {
    return a == Attributes{set, clear};
}

struct Row {
    char const* name;
    std::uint64_t set, clear;
};
/// config.md#linux-mount-options, those that mount_setattr(2) knows. Each has its form with "r".
constexpr Row attributes[] = {
    {"ro", ro, 0},
    {"rw", 0, ro},
    {"nosuid", nosuid, 0},
    {"suid", 0, nosuid},
    {"nodev", nodev, 0},
    {"dev", 0, nodev},
    {"noexec", noexec, 0},
    {"exec", 0, noexec},
    {"nodiratime", nodiratime, 0},
    {"diratime", 0, nodiratime},
    {"nosymfollow", nosymfollow, 0},
    {"symfollow", 0, nosymfollow},
    // One field of the kernel: setting a value clears the field first. relatime is its zero.
    {"noatime", noatime, times},
    {"strictatime", strictatime, times},
    {"relatime", 0, times},
    {"atime", 0, times},
    {"norelatime", 0, times},
    {"nostrictatime", 0, times},
};

TEST_CASE("mounts: every option's attribute, for this mount and recursively") {
    for (auto const& row : attributes) {
        auto const recursive = text("r", row.name);
        INFO(row.name);
        auto const here = plan_of({bind({"bind", row.name})});
        CHECK(is(here.only().here, row.set, row.clear));
        CHECK(is(here.only().below, 0, 0));
        auto const below = plan_of({bind({"rbind", recursive})});
        CHECK(is(below.only().here, 0, 0));
        CHECK(is(below.only().below, row.set, row.clear));
        // They are never handed to the file system.
        CHECK(here.parameters() == "");
        CHECK(plan_of({tmpfs({row.name, recursive})}).parameters() == "source=tmpfs");
    }
}

TEST_CASE("mounts: the last of two contrary options wins") {
    auto const of = [](spec::Texts options) {
        return plan_of({bind(std::move(options))}).only().here;
    };
    CHECK(is(of({"bind", "ro", "rw"}), 0, ro));
    CHECK(is(of({"bind", "rw", "ro"}), ro, 0));
    CHECK(is(of({"bind", "dev", "nodev", "noexec"}), nodev | noexec, 0));
    CHECK(is(of({"bind", "noatime", "strictatime"}), strictatime, times));
    CHECK(is(of({"bind", "strictatime", "relatime"}), 0, times));
    CHECK(is(of({"bind", "noatime", "nodiratime", "diratime"}), noatime, times | nodiratime));
}

TEST_CASE("mounts: propagation") {
    struct Propagation {
        char const* name;
        std::uint64_t flag;
    };
    for (auto const& row :
         {Propagation{"private", MS_PRIVATE}, Propagation{"shared", MS_SHARED},
          Propagation{"slave", MS_SLAVE}, Propagation{"unbindable", MS_UNBINDABLE}}) {
        auto const here = plan_of({bind({"bind", row.name})});
        CHECK(here.only().propagation == row.flag);
        CHECK(here.only().propagation_below == 0);
        auto const below = plan_of({bind({"rbind", text("r", row.name)})});
        CHECK(below.only().propagation == 0);
        CHECK(below.only().propagation_below == row.flag);
    }
}

TEST_CASE("mounts: options of the superblock go to the file system by their names") {
    for (auto const* name :
         {"sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand"}) {
        CHECK(plan_of({tmpfs({name})}).parameters() == text("source=tmpfs,", name));
        CHECK(plan_of({bind({"bind", name})}).parameters() == ""); // which has one already
    }
    CHECK(plan_of({bind({"bind", "sync"})}).warnings
          == std::vector<std::string>{"config.json: /mounts/0/options/1: \"sync\" is an option of "
                                      "file systems: a bind mount doesn't change it"});
    CHECK(plan_of({bind({"bind", "silent", "loud", "noiversion", "ro"})}).warnings.empty());
    for (auto const* name : {"defaults", "loud", "noiversion"}) {
        auto const planned = plan_of({tmpfs({name})});
        CHECK(planned.parameters() == "source=tmpfs");
        CHECK(is(planned.only().here, 0, 0));
    }
}

TEST_CASE("mounts: an option that binds don't have is refused, an empty one is none") {
    for (auto const* name : {"readonly", "r0", "nosuidd", "RO", "ro ", "size=1m", "x-mine", "="}) {
        CHECK(plan_of({bind({"rbind", name})}).story
              == text("config.json: /mounts/0/options/1: ", quoted(name),
                      " is no option of bind mounts"));
        CHECK(plan_of({bind({name, "remount", "bind"})}).story
              == text("config.json: /mounts/0/options/0: ", quoted(name),
                      " is no option of bind mounts"));
    }
    CHECK(plan_of({bind({"", "rbind", ""})}).story == "");
    CHECK(plan_of({tmpfs({"", "size=1m", ""})}).parameters() == "source=tmpfs,size=1m");
}

TEST_CASE("mounts: an overlay without layers is refused before the kernel does") {
    auto const overlay = [](spec::Texts options) {
        return plan_of({{"/mnt", "overlay", "", std::move(options), {}, {}}}).story;
    };
    for (auto const& options :
         {spec::Texts{}, spec::Texts{"upperdir=/u", "workdir=/w"}, spec::Texts{"lowerdir"}})
        CHECK(overlay(options)
              == "config.json: /mounts/0/options: an overlay needs \"lowerdir=\", its layers");
    CHECK(overlay({"lowerdir=/a:/b"}) == "");
    CHECK(overlay({"lowerdir+=/a", "lowerdir+=/b"}) == "");
}

TEST_CASE("mounts: idmapped ones come from the parent, with each mapping once") {
    std::vector<spec::IdMapping> const a{{0, 1000, 1}}, b{{0, 2000, 1}};
    auto const mapped = [&](spec::Mount mount, auto const& uids, auto const& gids) {
        mount.uid_mappings = uids;
        mount.gid_mappings = gids;
        return mount;
    };
    auto const planned =
        plan_of({mapped(bind({"bind", "idmap"}), a, b), bind({"bind"}),
                 mapped(bind({"rbind", "ridmap"}), b, b), mapped(tmpfs({"noexec"}), a, b),
                 mapped(bind({"ridmap", "bind", "idmap"}), a, b)});
    REQUIRE(planned.story == "");
    CHECK(planned.maps == std::vector<users::IdMaps>{{a, b}, {b, b}});
    auto const list = planned.list();
    for (std::size_t const i : {0, 2, 3, 4}) CHECK(list[i].from_parent == 1);
    CHECK(list[1].from_parent == 0);
    CHECK(list[0].idmap == 1);
    CHECK(list[1].idmap == 0);
    CHECK(list[2].idmap == 2);
    CHECK(list[3].idmap == 1);
    CHECK(list[4].idmap == 1);
    CHECK(list[0].idmap_below == 0);
    CHECK(list[2].idmap_below == 1);
    CHECK(list[4].idmap_below == 0); // the last word counts
    CHECK(planned.parameters(3) == "source=tmpfs");

    // The container's own mapping: it has no other name.
    CHECK(plan_of({bind({"bind", "idmap"})}).maps == std::vector<users::IdMaps>{{}});

    auto group = mapped(tmpfs({"idmap"}), a, a);
    group.type = "cgroup";
    CHECK(plan_of({group}).story
          == "config.json: /mounts/0/type: a cgroup file system can't be idmapped");
}

TEST_CASE("mounts: what fsconfig(2) can't say goes to mount(2)") {
    auto const silent = plan_of({tmpfs({"silent", "ro", "sync", "size=1m"})});
    CHECK(silent.only().action == Action::old_filesystem);
    CHECK(silent.only().flags == (MS_SILENT | MS_SYNCHRONOUS));
    CHECK(silent.text(silent.only().data) == "size=1m");
    CHECK(silent.text(silent.only().source) == "tmpfs");
    CHECK(silent.only().sealed == 1);
    CHECK(silent.parameters() == "");
    CHECK(plan_of({tmpfs({"silent", "loud"})}).only().action == Action::filesystem);
    CHECK(plan_of({tmpfs({"iversion"})}).only().flags == MS_I_VERSION);
    CHECK(plan_of({{"/proc", "proc", "", {"silent"}, {}, {}}}).only().action == Action::filesystem);

    auto const overlay = [](std::size_t length) {
        return plan_of({{"/mnt",
                         "overlay",
                         "layers",
                         {"ro", "lowerdir=" + std::string(length, 'a'), "userxattr"},
                         {},
                         {}}});
    };
    CHECK(overlay(255).only().action == Action::filesystem);
    auto const many = overlay(256);
    CHECK(many.only().action == Action::old_filesystem);
    CHECK(many.only().flags == MS_RDONLY);
    CHECK(many.text(many.only().data) == "lowerdir=" + std::string(256, 'a') + ",userxattr");
    CHECK(overlay(4076).story == "");
    CHECK(overlay(4077).story
          == "config.json: /mounts/0/options: longer than the 4095 bytes that mount(2) reads");
}

TEST_CASE("mounts: remount") {
    auto const of_mount = plan_of({{"/mnt", "", "", {"remount", "bind", "ro", "noatime"}, {}, {}}});
    CHECK(of_mount.only().action == Action::bind_remount);
    CHECK(is(of_mount.only().here, ro | noatime, times));
    auto const whole = plan_of(
        {{"/mnt", "tmpfs", "", {"remount", "ro", "nosymfollow", "relatime", "size=1m"}, {}, {}}});
    CHECK(whole.only().action == Action::remount);
    CHECK(whole.only().flags == (MS_RDONLY | MS_NOSYMFOLLOW | MS_RELATIME));
    CHECK(whole.text(whole.only().data) == "size=1m");
    CHECK(whole.sealed.empty());
    // Access times that the options don't name stay as they are.
    CHECK(plan_of({tmpfs({"remount", "rw"})}).only().flags == 0);
}

TEST_CASE("mounts: what a tmpfs takes over from its directory") {
    using namespace mounts;
    CHECK(plan_of({tmpfs({})}).only().take == take_mode);
    CHECK(plan_of({tmpfs({"mode=700"})}).only().take == 0);
    CHECK(plan_of({tmpfs({"tmpcopyup"})}).only().take == (take_mode | take_owner | take_content));
    CHECK(plan_of({tmpfs({"tmpcopyup", "mode=700", "uid=1"})}).only().take == take_content);
    CHECK(plan_of({bind({"bind", "tmpcopyup"})}).story
          == "config.json: /mounts/0/options/1: \"tmpcopyup\" is for type tmpfs only");
    CHECK(plan_of({{"/mnt", "ramfs", "", {}, {}, {}}}).only().take == 0);
}

TEST_CASE("mounts: a label for what can have one") {
    spec::Config config;
    config.linux.mount_label = "system_u:object_r:x_t:s0:c1,c2";
    config.mounts = {tmpfs({"size=1m"}), bind({"bind"}), tmpfs({"context=\"a:b:c0,c1\""})};
    for (auto const* type : {"proc", "sysfs", "cgroup2", "mqueue", "devpts"})
        config.mounts.push_back({"/" + std::string(type), type, "", {}, {}, {}});
    config.mounts.push_back(tmpfs({"silent"}));
    plan::Builder builder(sizeof(mounts::InitPlan));
    auto const planned = mounts::plan(config, "/b", {}, {}, builder);
    REQUIRE(planned);
    Planned const flat{std::move(builder).finish(planned->inside), {}, ""};
    CHECK(flat.parameters(0) == "source=tmpfs,size=1m,context=system_u:object_r:x_t:s0:c1,c2");
    CHECK(flat.parameters(1) == "");
    CHECK(flat.parameters(2) == "source=tmpfs,context=a:b:c0,c1");
    CHECK(flat.parameters(3) == "source=proc");
    CHECK(flat.parameters(4) == "source=sysfs");
    CHECK(flat.parameters(5) == "source=cgroup2");
    CHECK(flat.parameters(6) == "source=mqueue");
    CHECK(flat.text(flat.list()[6].label) == config.linux.mount_label);
    CHECK(flat.parameters(7) == "source=devpts,context=system_u:object_r:x_t:s0:c1,c2");
    CHECK(flat.text(flat.list()[8].data) == "context=\"system_u:object_r:x_t:s0:c1,c2\"");
}

TEST_CASE("mounts: an empty value is a value") {
    auto const planned = plan_of({{"/mnt", "overlay", "", {"lowerdir=", "volatile"}, {}, {}}});
    auto const list = planned.view().list(planned.only().parameters);
    REQUIRE(list.size() == 3);
    CHECK(bool(list[1].value));
    CHECK(planned.text(list[1].value) == "");
    CHECK_FALSE(bool(list[2].value));
}

TEST_CASE("mounts: in a user namespace the parent copies what is bound") {
    spec::Config config;
    config.mounts = {bind({"bind"}), tmpfs({}), bind({"rbind", "ro"})};
    plan::Builder builder(sizeof(mounts::InitPlan));
    auto const planned = mounts::plan(config, "/bundle", {}, {}, builder, true);
    REQUIRE(planned);
    auto const block = std::move(builder).finish(planned->inside);
    auto const list = plan::View(block.data()).list(planned->inside.mounts);
    REQUIRE(list.size() == 3);
    CHECK(list[0].from_parent == 1);
    CHECK(list[1].from_parent == 0);
    CHECK(list[2].from_parent == 1);
    CHECK(list[2].idmap == 0);
}

TEST_CASE("mounts: the table knows every name of the specification") {
    // config.md#linux-mount-options, as of 1.3.
    constexpr std::string_view names =
        "async atime bind defaults dev diratime dirsync exec idmap iversion lazytime loud mand "
        "noatime "
        "nodev nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid "
        "nosymfollow private ratime rbind rdev rdiratime relatime remount rexec ridmap rnoatime "
        "rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate "
        "rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared "
        "silent "
        "slave strictatime suid symfollow sync tmpcopyup unbindable";
    auto const all = split(names, ' ');
    for (auto const name : all) {
        INFO(name);
        CHECK(find(mounts::options, name) != nullptr);
    }
    CHECK(mounts::options.size() == all.size());
}

TEST_CASE("mounts: binds") {
    for (auto const* option : {"bind", "rbind"}) {
        auto const planned = plan_of({bind({option})});
        CHECK(planned.only().action == Action::bind);
        CHECK(planned.only().recursive == (option[0] == 'r'));
        CHECK(planned.text(planned.only().source) == "/source");
    }
    CHECK(plan_of({{"/mnt", "bind", "/source", {}, {}, {}}}).only().action == Action::bind);
    auto const relative = plan_of({{"/mnt", "none", "data/x", {"rbind"}, {}, {}}});
    CHECK(relative.text(relative.only().source) == "/bundle/data/x");
    CHECK(plan_of({{"/mnt", "", "", {"bind"}, {}, {}}}).story
          == "config.json: /mounts/0/source: required for a bind mount");
    for (auto const* type : {"", "none"})
        CHECK(
            plan_of({{"/mnt", type, "/source", {}, {}, {}}}).story
            == "config.json: /mounts/0/type: expected a file system type, or \"bind\" in options");
}

TEST_CASE("mounts: a new file system gets what davit doesn't know, in order") {
    auto const planned = plan_of({tmpfs({"mode=1777", "nosuid", "size=64k", "huge", "a=b=c"})});
    CHECK(planned.parameters() == "source=tmpfs,mode=1777,size=64k,huge,a=b=c");
    CHECK(is(planned.only().here, nosuid, 0));
    auto const named = plan_of({{"/mnt", "tmpfs", "shm", {}, {}, {}}});
    CHECK(named.parameters() == "source=shm");
    // "ro" is the superblock's, too, except where something must still be made in it.
    CHECK(plan_of({{"/sys", "sysfs", "sysfs", {"ro"}, {}, {}}}).parameters() == "source=sysfs,ro");
}

TEST_CASE("mounts: what has to be filled is sealed at the end") {
    auto const planned = plan_of({tmpfs({"ro", "nosuid"})});
    CHECK(planned.sealed == std::vector<std::string>{"/mnt"});
    CHECK(is(planned.only().here, nosuid, 0));
    CHECK(planned.parameters() == "source=tmpfs");
    auto const dev = plan_of({{"/dev", "devtmpfs", "", {"ro"}, {}, {}}});
    CHECK(dev.sealed == std::vector<std::string>{"/dev"});
    CHECK(dev.parameters() == "source=devtmpfs");
    CHECK(plan_of({bind({"bind", "ro"})}).sealed.empty());
}

TEST_CASE("mounts: whose /dev it is") {
    CHECK(plan_of({}).own_dev);
    CHECK(plan_of({{"/dev", "tmpfs", "", {}, {}, {}}}).own_dev);
    CHECK_FALSE(plan_of({{"/dev/", "bind", "/dev", {"rbind"}, {}, {}}}).own_dev);
}

TEST_CASE("mounts: destinations") {
    auto const to = [](char const* destination, char const* type = "tmpfs") {
        auto const planned = plan_of({{destination, type, "", {}, {}, {}}});
        return planned.story.empty() ? planned.text(planned.only().destination) : planned.story;
    };
    CHECK(to("/a/../b//c/") == "/b/c");
    CHECK(to("relative") == "/relative");
    CHECK(to("/../../etc") == "/etc");
    for (auto const* root : {"/", "/.", "/a/..", "/..", "."}) CHECK(to(root) == "/");
    for (auto const* path :
         {"/proc/sys", "/proc/self/attr", "//proc//1/../sys/kernel", "/proc/cpuinfo/x"})
        CHECK(to(path).ends_with("cannot be mounted because it is inside /proc"));
    for (auto const* path : {"/proc/cpuinfo", "/proc/uptime", "/proc/net/dev", "/proc/meminfo"})
        CHECK(to(path) == path);
    CHECK(to("/process") == "/process");
    CHECK(to("/proc", "proc") == "/proc");
    CHECK(to("/proc").ends_with("cannot be mounted because it is not of type proc"));
    // Neither proc nor sysfs goes through links (CVE-2023-27561).
    CHECK(plan_of({{"/proc", "proc", "", {}, {}, {}}}).only().no_symlink == 1);
    CHECK(plan_of({{"/sys", "sysfs", "", {}, {}, {}}}).only().no_symlink == 1);
    CHECK(plan_of({tmpfs({})}).only().no_symlink == 0);
}

TEST_CASE("mounts: a failure names its entry") {
    auto const planned = plan_of({tmpfs({}), {"/x", "", "", {"bind"}, {}, {}}});
    CHECK(planned.story == "config.json: /mounts/1/source: required for a bind mount");
    auto const both = plan_of({tmpfs({}), bind({"bind"})});
    REQUIRE(both.list().size() == 2);
    CHECK(both.list()[1].item == 1);
}

cgroup::Layout const hybrid{cgroup::Mode::hybrid,
                            {{{"cpu", "cpuacct"}, "/sys/fs/cgroup/cpu,cpuacct", "/", false},
                             {{"name=systemd"}, "/sys/fs/cgroup/systemd", "/", false},
                             {{}, "/sys/fs/cgroup/unified", "/", true}}};
cgroup::Plan const groups = [] {
    cgroup::Plan plan;
    for (auto const& h : hybrid.hierarchies)
        plan.groups.push_back({h.mount, "/box", h.v2, h.controllers});
    return plan;
}();
spec::Mount const cgroups{
    "/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid", "mode=700"}, {}, {}};

TEST_CASE("mounts: cgroups on v1 and hybrid are a directory of mounts and links") {
    auto const planned = plan_of({cgroups}, hybrid, groups);
    auto const list = planned.list();
    REQUIRE(list.size() == 6);
    CHECK(planned.sealed == std::vector<std::string>{"/sys/fs/cgroup"});
    CHECK(planned.text(list[0].type) == "tmpfs");
    CHECK(is(list[0].here, nosuid, 0));
    CHECK(planned.parameters(0) == "source=tmpfs,mode=755");
    CHECK(list[1].action == Action::bind);
    CHECK(planned.text(list[1].source) == "/sys/fs/cgroup/cpu,cpuacct/box");
    CHECK(planned.text(list[1].destination) == "/sys/fs/cgroup/cpu,cpuacct");
    CHECK(is(list[1].here, nosuid | ro, 0));
    CHECK(list[2].action == Action::link);
    CHECK(planned.text(list[2].destination) == "/sys/fs/cgroup/cpu");
    CHECK(planned.text(list[2].source) == "cpu,cpuacct");
    CHECK(planned.text(list[4].destination) == "/sys/fs/cgroup/systemd");
    CHECK(planned.text(list[5].destination) == "/sys/fs/cgroup/unified");
    CHECK(planned.text(list[5].source) == "/sys/fs/cgroup/unified/box");
}

TEST_CASE("mounts: a cgroup namespace shows its own branch by itself") {
    spec::Config config;
    config.mounts = {cgroups};
    config.linux.namespaces = {{spec::NamespaceType::cgroup, ""}};
    plan::Builder builder(sizeof(mounts::InitPlan));
    auto const planned = mounts::plan(config, "/b", hybrid, groups, builder);
    REQUIRE(planned);
    Planned const flat{std::move(builder).finish(planned->inside), {}, ""};
    REQUIRE(flat.list().size() == 6);
    CHECK(flat.list()[1].action == Action::filesystem);
    CHECK(flat.text(flat.list()[1].type) == "cgroup");
    CHECK(flat.parameters(1) == "source=cgroup,cpu,cpuacct");
    CHECK(flat.parameters(4) == "source=cgroup,none,name=systemd");
    CHECK(flat.text(flat.list()[5].type) == "cgroup2");
    CHECK(flat.parameters(5) == "source=cgroup");
}

TEST_CASE("mounts: cgroups on v2 are one file system") {
    cgroup::Layout const unified{cgroup::Mode::unified, {{{"cpu"}, "/sys/fs/cgroup", "/x", true}}};
    // The host's own mount: a new one would change the options of the host's.
    auto const planned = plan_of({cgroups}, unified);
    CHECK(planned.only().action == Action::bind);
    CHECK(planned.text(planned.only().source) == "/sys/fs/cgroup");
    CHECK(planned.parameters() == "");
    CHECK(is(planned.only().here, nosuid | ro, 0));
    CHECK(planned.sealed.empty());

    spec::Config config;
    config.mounts = {cgroups};
    config.linux.namespaces = {{spec::NamespaceType::cgroup, ""}};
    plan::Builder builder(sizeof(mounts::InitPlan));
    auto const own = mounts::plan(config, "/b", unified, {}, builder);
    REQUIRE(own);
    Planned const flat{std::move(builder).finish(own->inside), {}, ""};
    CHECK(flat.text(flat.only().type) == "cgroup2");
    CHECK(flat.parameters() == "source=cgroup");
    CHECK(is(flat.only().here, nosuid | ro, 0));
}

} // namespace
