// SPDX-License-Identifier: Apache-2.0
// tools/completion.cc - what may come next on a command line, by the tables that also read it.
#include "completion.h"

#include <algorithm>
#include <utility>

#include "signal_names.h"
#include "verbs.h"

namespace davit::cli {

namespace {

class Line {
  public:
    explicit Line(Words const& words) : words_(words) {}

    Completion complete() {
        while (at_ + 1 < words_.size())
            if (!read_word()) return {};
        auto const word = at_ < words_.size() ? words_[at_] : "";
        if (awaited_ != nullptr) {
            add_values(awaited_->value_name, word == "=" ? "" : word, "");
        } else if (!takes_options() || !word.starts_with('-')) {
            add_operand(word);
        } else if (auto const equals = word.find('='); equals != word.npos) {
            auto const* option = find(word.substr(0, equals));
            if (option != nullptr)
                add_values(option->value_name, word.substr(equals + 1),
                           std::string(word.substr(0, equals + 1)));
        } else {
            add_options(word);
        }
        return std::move(found_);
    }

  private:
    [[nodiscard]] bool takes_options() const {
        return !ended_ && (verb_ == nullptr || operands_ == 0 || verb_->where == Options::anywhere);
    }

    [[nodiscard]] std::vector<OptionList> lists() const {
        if (verb_ == nullptr) return {global_options()};
        return {verb_->options, verb_->shared_options, help_option()};
    }

    [[nodiscard]] Option const* find(std::string_view word) const {
        return find_option(lists(), word.substr(word.starts_with("--") ? 2 : 1));
    }

    // Reads a word before the last one. False if it isn't known what may follow.
    bool read_word() {
        auto const word = words_[at_++];
        if (awaited_ != nullptr) {
            if (word == "=") return true; // bash makes three words of --root=/x
            if (awaited_->name == "root") globals.root = word;
            awaited_ = nullptr;
        } else if (takes_options() && word == "--") {
            ended_ = true;
        } else if (takes_options() && word.size() > 1 && word[0] == '-') {
            auto const equals = word.find('=');
            auto const* option = find(word.substr(0, equals));
            if (option == nullptr) return false;
            if (equals != word.npos && option->name == "root")
                globals.root = word.substr(equals + 1);
            if (equals == word.npos && !option->value_name.empty()) awaited_ = option;
        } else if (verb_ == nullptr) {
            verb_ = find_verb(word);
            return verb_ != nullptr;
        } else {
            ++operands_;
        }
        return true;
    }

    void add(std::string_view begun, std::string const& word, std::string_view help = "") {
        if (word.starts_with(begun)) found_.candidates.push_back({word, help});
    }

    void add_options(std::string_view begun) {
        bool const one_dash = begun.size() > 1 && begun[1] != '-';
        for (auto const& list : lists())
            for (auto const& option : list)
                if (!option.hidden)
                    add(begun, (one_dash ? "-" : "--") + std::string(option.name), option.help);
    }

    void add_verbs(std::string_view begun) {
        for (auto const* verb : all_verbs())
            if (!verb->hidden) add(begun, std::string(verb->name), verb->help);
    }

    void add_ids(std::string_view begun) {
        auto const runtime = open_runtime(globals);
        if (!runtime) return;
        auto const ids = runtime->ids();
        if (!ids) return;
        for (auto const& id : *ids) add(begun, id);
    }

    // Completes the operand of the verb's synopsis that is being typed; the last may be repeated.
    void add_operand(std::string_view begun) {
        if (verb_ == nullptr) return add_verbs(begun);
        auto rest = verb_->synopsis;
        for (std::size_t i = 0; i < operands_ && rest.find(' ') != rest.npos; ++i)
            rest.remove_prefix(rest.find(' ') + 1);
        auto name = rest.substr(0, rest.find(' '));
        if (name.starts_with('[')) name = name.substr(1, name.size() - 2);
        auto const names = static_cast<std::size_t>(std::ranges::count(verb_->synopsis, ' ')) + 1;
        if (operands_ >= names && !name.ends_with("...")) return;
        if (verb_->name == "help") return add_verbs(begun);
        add_values(name, begun, "");
    }

    // Adds the possible values of an option or operand by its `name`. `before` is "--name=".
    void add_values(std::string_view name, std::string_view begun, std::string const& before) {
        auto const text = before + std::string(begun);
        if (name == "ID") add_ids(begun);
        if (name == "SIGNAL")
            for (auto const& signal : signal_names()) add(text, before + std::string(signal.name));
        if (name == "FILE" || name == "PATH") found_.places = Places::files;
        if (name == "DIR" || name == "BUNDLE") found_.places = Places::directories;
        if (name.find('|') != name.npos)
            each_choice(name, [&](auto choice) { add(text, before + std::string(choice)); });
    }

    Words const& words_;
    std::size_t at_ = 0;
    Verb const* verb_ = nullptr;
    Option const* awaited_ = nullptr; ///< its value comes next
    std::size_t operands_ = 0;        ///< words of the verb that are no options
    bool ended_ = false;              ///< by "--"
    Completion found_;
};

} // namespace

Completion complete(Words const& line) { return Line(line).complete(); }

} // namespace davit::cli
