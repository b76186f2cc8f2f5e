// SPDX-License-Identifier: Apache-2.0
// spec/config.cc - config.json from and to text and file. Runs in: parent.
#include "davit/config.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/result.h"
#include "json/json.h"
#include "json/tape.h"
#include "spec/document.h"
#include "spec/fields.h"
#include "spec/rules.h"
#include "sys/file.h"

template davit::Result<davit::spec::Config> davit::json::read(std::string_view, std::string_view,
                                                              std::vector<std::string>*);
template std::string davit::json::write(davit::spec::Config const&, davit::json::Format);
template std::string davit::json::write(davit::spec::ProcessState const&, davit::json::Format);
template std::string davit::json::write(davit::spec::State const&, davit::json::Format);

namespace davit {
namespace {

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Also reads a FIFO, a pipe of the shell (`<(…)`), /dev/stdin: waits for the writer, as any program
// does. O_NOCTTY: a terminal in its place must not become the controlling one.
Result<std::string> read_file(char const* path) {
    auto const file = sys::openat(sys::cwd, path, O_RDONLY | O_NOCTTY);
    if (!file) return fail_errno(file.error(), "open ", quoted(path));
    auto const status = TRY(context(sys::fstat(file->number()), "stat ", quoted(path)));
    if (S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode))
        return fail(Kind::config, quoted(path), " is not a file: expected JSON text");

    // One byte more than the size, to see the end; a file that grows meanwhile is read as well.
    auto const expected = std::min(static_cast<std::size_t>(status.st_size), json::max_size);
    std::string content(expected + 1, '\0');
    std::size_t size = 0;
    while (size <= json::max_size) {
        auto const n =
            TRY(context(sys::read(file->number(), content.data() + size, content.size() - size),
                        "read ", quoted(path)));
        if (n == 0) break;
        size += n;
        if (size == content.size()) content.resize(2 * size);
    }
    content.resize(size);
    return content;
}

} // namespace

Result<spec::Config> parse_config(std::string_view text, std::string_view file_name,
                                  std::vector<std::string>* doubts) {
    auto config = json::read<spec::Config>(text, file_name, doubts);
    if (config) TRY(within(validate(*config), file_name));
    return config;
}

Result<spec::Process> parse_process(std::string_view text, std::string_view file_name,
                                    std::vector<std::string>* doubts) {
    auto process = json::read<spec::Process>(text, file_name, doubts);
    if (process) TRY(within(spec::validate_process(*process, {}), file_name));
    return process;
}

Result<spec::Resources> parse_resources(std::string_view text, std::string_view file_name,
                                        std::vector<std::string>* doubts) {
    auto resources = json::read<spec::Resources>(text, file_name, doubts);
    if (resources) TRY(within(spec::validate_resources(*resources, {}), file_name));
    return resources;
}

Result<std::string> spec::read_document(char const* path) {
    auto content = read_file(path);
    if (content || content.error().errnum != ENOENT) return content;
    // The words up to the colon are runc's: callers show them to their users.
    return std::unexpected(
        Error{Kind::config, ENOENT,
              text("JSON specification file ", last_name(path), " not found: ", quoted(path))});
}

Result<spec::Config> read_config(char const* path, std::vector<std::string>* doubts) {
    auto const content = TRY(spec::read_document(path));
    return parse_config(content, last_name(path), doubts);
}

Result<spec::Process> read_process(char const* path, std::vector<std::string>* doubts) {
    auto const content = TRY(read_file(path));
    return parse_process(content, last_name(path), doubts);
}

Result<spec::Resources> read_resources(char const* path) {
    auto const content = TRY(read_file(path));
    return parse_resources(content, last_name(path));
}

std::string write_config(spec::Config const& config) { return json::write(config, json::tabs); }

std::string write_state(spec::State const& state, bool pretty) {
    return json::write(state, pretty ? json::spaces(2) : json::one_line);
}

std::string write_features(spec::Features const& features) {
    return json::write(features, json::spaces(4));
}

} // namespace davit
