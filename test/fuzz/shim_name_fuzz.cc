// SPDX-License-Identifier: Apache-2.0
// fuzz/shim_name_fuzz.cc - names and documents that containerd passes on to the shim: streams, ids,
// paths, TOML, what "start" reads. Accepted ones keep what core/names.h promises. The first byte
// chooses the reader.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/toml.h"
#include "containerd/bootstrap.h"
#include "core/names.h"
#include "core/target.h"

using namespace davit::shim;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_plain_path(std::string_view path) {
    auto const closed = std::string(path) + "/";
    return path.starts_with('/') && !path.contains('\0') && !closed.contains("/../");
}

void read_target(std::string_view name) {
    auto const target = parse_target(name);
    if (!target) return;
    require(target->form == Target::Form::none ? name.empty() : is_plain_path(target->path));
    for (auto const& argument : target->arguments) require(!argument.contains('\0'));
}

void read_toml(std::string_view document) {
    auto const tables = davit::read_toml(document, "file");
    if (!tables) return;
    for (auto const& table : *tables)
        for (auto const& key : table.keys) { // the value points into the document
            require(!key.value.empty() && key.value.data() >= document.data()
                    && key.value.data() + key.value.size() <= document.data() + document.size());
            (void)davit::toml_text(key.value);
        }
}

void read_start(std::string_view bytes) {
    containerd::Flags flags;
    flags.name_space = "k8s.io";
    flags.id = "one";
    for (char const* version : {static_cast<char const*>(nullptr), "2", "3"})
        (void)containerd::read_input(bytes, flags, version);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const rest(reinterpret_cast<char const*>(data) + 1, size - 1);
    switch (data[0]) {
    case '0': read_target(rest); break;
    case '1':
        if (check_id("id", rest))
            require(!rest.empty() && rest.size() < 256 && rest != "." && rest != ".."
                    && !rest.contains('/') && !rest.contains('\0'));
        break;
    case '2':
        if (check_path("path", rest)) require(is_plain_path(rest));
        break;
    case '3': read_toml(rest); break;
    default: read_start(rest);
    }
    return 0;
}
