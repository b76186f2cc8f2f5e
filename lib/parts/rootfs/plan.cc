// SPDX-License-Identifier: Apache-2.0
// parts/rootfs/plan.cc - the root, its propagation, masked paths. Runs in: parent, pure.
#include "parts/rootfs/plan.h"

#include <linux/mount.h>

#include <algorithm>

#include "spec/rules.h"

namespace davit::rootfs {

namespace {

plan::List<plan::Text> paths(std::vector<std::string> const& wanted, plan::Builder& builder) {
    std::vector<plan::Text> texts;
    for (auto const& path : wanted) texts.push_back(builder.text(clean_path(path)));
    return builder.list(texts);
}

struct PropagationRow {
    spec::Propagation wanted;
    std::uint64_t of_host; ///< what the copy of the host's mounts becomes
    std::uint64_t own;
};

/// A slave sees later mounts of the host, as in other runtimes. The host never sees a mount in the
/// root. But for "shared" the host's mounts stay peers until init copies them: else no volume could
/// be "rshared" with the host.
constexpr PropagationRow propagations[] = {
    {spec::Propagation::slave, MS_SLAVE, 0},
    {spec::Propagation::rslave, MS_SLAVE, 0},
    {spec::Propagation::private_, MS_PRIVATE, 0},
    {spec::Propagation::rprivate, MS_PRIVATE, 0},
    {spec::Propagation::shared, 0, MS_SHARED},
    {spec::Propagation::rshared, 0, MS_SHARED | MS_REC},
    {spec::Propagation::unbindable, MS_PRIVATE, MS_UNBINDABLE},
    {spec::Propagation::runbindable, MS_PRIVATE, MS_UNBINDABLE | MS_REC},
};

/// Whether config.json mounts something in the container, or changes its root.
bool mounts_anything(spec::Config const& config) {
    return !config.mounts.empty() || config.root.readonly
           || (config.process && config.process->terminal) || !config.linux.masked_paths.empty()
           || !config.linux.readonly_paths.empty() || config.linux.rootfs_propagation.has_value();
}

} // namespace

Result<InitPlan> plan(spec::Config const& config, std::string_view path, bool no_pivot,
                      std::vector<std::string> const& sealed, plan::Builder& builder,
                      bool from_parent) {
    InitPlan inside;
    inside.host_mounts = !spec::has_namespace(config.linux, spec::NamespaceType::mount);
    inside.covered = inside.host_mounts && mounts_anything(config);
    // Root of a user namespace may not mount on the host, and can't make device nodes, only bind
    // them.
    if (inside.host_mounts && spec::has_namespace(config.linux, spec::NamespaceType::user))
        return fail(Kind::unsupported, "config.json: /linux/namespaces: with a \"user\" namespace "
                                       "the container needs a \"mount\" namespace, too");
    inside.path = builder.text(path);
    auto const wanted = config.linux.rootfs_propagation.value_or(spec::Propagation::rslave);
    auto const* const row = std::ranges::find(propagations, wanted, &PropagationRow::wanted);
    inside.propagation = row->of_host;
    inside.own = row->own;
    // Without pivot_root init unmounts the host's /proc and /sys in its copy: if those were peers,
    // everywhere.
    if (no_pivot && !inside.propagation) inside.propagation = MS_SLAVE;
    inside.readonly = config.root.readonly;
    inside.no_pivot = no_pivot;
    inside.from_parent = from_parent;
    inside.masked = paths(config.linux.masked_paths, builder);
    inside.read_only = paths(config.linux.readonly_paths, builder);
    inside.sealed = paths(sealed, builder);
    return inside;
}

} // namespace davit::rootfs
