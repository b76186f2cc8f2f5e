// SPDX-License-Identifier: Apache-2.0
// init/init.h - what the steps of init work on. Runs in: init.
//
// init is a single-threaded program. It begins in the container's first namespaces, executes the
// plan step by step, waits at the gate and becomes the user's program. It allocates whole pages
// only.
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
    launch::Channel parent;    ///< to the parent; after the gate opened, to the starter
    std::byte* base = nullptr; ///< the plan's block; init may write to it
    bool trace = false;
    Fd gate;                            ///< bound; init will listen on it
    Fd pid_namespace;                   ///< joined; init enters it later
    safe::Root root;                    ///< the container's root, from open_root on
    std::int32_t keyring = 0;           ///< the session keyring that was made
    Fd null;                            ///< the host's /dev/null, verified
    char const* home = nullptr;         ///< "HOME=…" for the environment, if it has none
    char const** environment = nullptr; ///< of the program, from process::environment() on
    char const* program = nullptr;      ///< what execve gets, from find_program on

    // What the running step works on, for the story of its failure.
    launch::Detail detail = launch::Detail::none;
    std::uint16_t item = 0;
    std::uint16_t part = 0;
    char words[sizeof launch::Failed::words] = {};

    [[nodiscard]] plan::View view() const { return plan::View(base); }
    [[nodiscard]] plan::InitPlan const& plan() const { return view().header<plan::InitPlan>(); }
    /// For execve(2), from Builder::pointers(): turns each offset into an address, once.
    [[nodiscard]] char const** pointers(plan::List<std::uint64_t> slots) const {
        auto* const slot = reinterpret_cast<std::uint64_t*>(base + slots.at);
        for (std::uint32_t i = 0; i < slots.count; ++i)
            if (slot[i] != 0) slot[i] += reinterpret_cast<std::uint64_t>(base);
        return reinterpret_cast<char const**>(slot);
    }
    /// Notes what is tried next.
    void doing(launch::Detail what) { detail = what; }
};

/// A step: for create, exec or both; whether it has something to do; the function that does it.
struct Step {
    launch::StepId id;
    plan::Who who;
    bool (*wanted)(plan::InitPlan const&);
    Sys<> (*run)(Init&);
};

/// Runs the table. Its last row is execve(2): it returns only after a failure, which it has
/// reported.
void run_steps(Init& init);

/// The last message that the parent sends unasked: answers of the parent come after it.
Sys<> take_gate(Init& init);

/// Waits until a starter says Go; an error once no starter can come any more.
Sys<> wait_at_gate(Init& init);

/// The same for a process of exec: its parent says Go.
Sys<> wait_for_parent(Init& init);

/// Keeps other processes from tracing init and from opening its fds through /proc; the kernel kills
/// init if the parent dies: until the parent has recorded init, no other process could end it. The
/// kernel drops both (or does as fs.suid_dumpable says) when init's ids change.
void forbid_tracing();

// ---- places: of mounts, devices and the console -------------------------------------------------

/// Whether the plan has checked the place: only config.json may name "/" and /proc, no link may
/// lead there.
enum class Judged { no, yes };
/// For the mount with this destination. (The plan has checked no other kind of place.)
Judged judged(char const* destination);

/// Opens the directory, or file, at `path`; makes it if missing. EPERM if it is the root, or in a
/// procfs.
Sys<PathFd> directory_for(Init& init, char const* path, Judged judged);
Sys<PathFd> file_for(Init& init, char const* path, Judged judged);
/// The same, but makes nothing.
Sys<PathFd> found_for(Init& init, char const* path, Judged judged, int flags = 0);
/// The place for a node or a link; makes its directory if missing.
Sys<safe::Place> place_for(Init& init, char const* path);

/// The whole of init: never returns.
[[noreturn]] void main(int channel);

} // namespace davit::init
