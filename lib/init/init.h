// SPDX-License-Identifier: Apache-2.0
// init/init.h - what the steps of init work on. Runs in: init.
//
// init is a single-threaded program that begins in the container's first namespaces, executes the
// plan step by step, waits at the gate and becomes the user's program. No allocation but its pages.
#pragma once

#include "launch/channel.h"
#include "plan/init_plan.h"
#include "safe/root.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/process.h"
#include "sys/socket.h"

namespace davit::init {

struct Init {
    launch::Channel parent;    ///< to whoever called create; to the starter once the gate opened
    std::byte* base = nullptr; ///< the plan's block, ours to write to
    bool trace = false;
    Fd gate;                            ///< bound, to be listened on
    Fd pid_namespace;                   ///< joined, but not entered yet
    safe::Root root;                    ///< the container's root, from open_root on
    std::int32_t keyring = 0;           ///< the session keyring that was made
    Fd null;                            ///< the host's /dev/null, verified
    char const* home = nullptr;         ///< "HOME=…" for the environment, if it has none
    char const** environment = nullptr; ///< of the program, from process::environment() on
    char const* program = nullptr;      ///< what execve gets, from find_program on

    // Where the running step is, for the story of its failure.
    launch::Detail detail = launch::Detail::none;
    std::uint16_t item = 0;
    std::uint16_t part = 0;
    char words[sizeof launch::Failed::words] = {};

    [[nodiscard]] plan::View view() const { return plan::View(base); }
    [[nodiscard]] plan::InitPlan const& plan() const { return view().header<plan::InitPlan>(); }
    /// For execve(2), of Builder::pointers(): each offset becomes an address, once.
    [[nodiscard]] char const** pointers(plan::List<std::uint64_t> slots) const {
        auto* const slot = reinterpret_cast<std::uint64_t*>(base + slots.at);
        for (std::uint32_t i = 0; i < slots.count; ++i)
            if (slot[i] != 0) slot[i] += reinterpret_cast<std::uint64_t>(base);
        return reinterpret_cast<char const**>(slot);
    }
    /// Says what is tried next.
    void doing(launch::Detail what) { detail = what; }
};

/// For whom a step is there, whether it has anything to do, and doing it.
struct Step {
    launch::StepId id;
    plan::Who who;
    bool (*wanted)(plan::InitPlan const&);
    Sys<> (*run)(Init&);
};

/// Runs the table, at whose end is execve(2): returns only after a failure, which it has told.
void run_steps(Init& init);

/// The last that the parent sends unasked: what it answers comes behind it.
Sys<> take_gate(Init& init);

/// Waits until somebody lets us execute; an error when nobody can any more.
Sys<> wait_at_gate(Init& init);

/// The same for a process that is added: its parent lets it go.
Sys<> wait_for_parent(Init& init);

/// Nobody may trace us or open our fds through /proc, and a parent that is killed takes us along:
/// until it has recorded us, nobody else could end us. The kernel forgets both (or does as
/// fs.suid_dumpable says) when our ids change.
void forbid_tracing();

// ---- places: of mounts, devices and the console -------------------------------------------------

/// Whether the plan has judged the place: "/" and /proc are config.json's to name, not a link's.
enum class Judged { no, yes };
/// Of the mount that has this destination. (Of the others the plan has judged none.)
Judged judged(char const* destination);

/// The directory, or file, at `path`, made where missing. EPERM if it is the root, or in a procfs.
Sys<PathFd> directory_for(Init& init, char const* path, Judged judged);
Sys<PathFd> file_for(Init& init, char const* path, Judged judged);
/// The same for what has to be there.
Sys<PathFd> found_for(Init& init, char const* path, Judged judged, int flags = 0);
/// For a node or a link, in a directory that is made where missing.
Sys<safe::Place> place_for(Init& init, char const* path);

/// The whole of init: never returns.
[[noreturn]] void main(int channel);

} // namespace davit::init
