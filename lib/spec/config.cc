// SPDX-License-Identifier: Apache-2.0
// spec/config.cc - config.json from and to text and file. Runs in: parent.
#include "davit/config.h"

#include "base/result.h"
#include "json/json.h"
#include "json/tape.h"
#include "safe/whole_file.h"
#include "spec/document.h"
#include "spec/fields.h"
#include "spec/rules.h"

template davit::Result<davit::spec::Config> davit::json::read(std::string_view, std::string_view,
                                                              std::vector<std::string>*);
template std::string davit::json::write(davit::spec::Config const&, davit::json::Format);
template std::string davit::json::write(davit::spec::ProcessState const&, davit::json::Format);
template std::string davit::json::write(davit::spec::State const&, davit::json::Format);

namespace davit {
namespace {

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

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
    auto content = safe::read_input(path, json::max_size);
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
    auto const content = TRY(safe::read_input(path, json::max_size));
    return parse_process(content, last_name(path), doubts);
}

Result<spec::Resources> read_resources(char const* path) {
    auto const content = TRY(safe::read_input(path, json::max_size));
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
