// SPDX-License-Identifier: Apache-2.0
// test/host/json.h - a JSON document that tests look into and change by JSON pointer.
#pragma once

#include <string>
#include <vector>

namespace host {

/// Absent members read as the text "" and the number -1: so the comparison of the test fails and
/// shows it.
class Json {
  public:
    Json();
    explicit Json(std::string const& text); ///< invalid text: fails the test
    Json(Json const& other);
    Json& operator=(Json const& other);
    ~Json();

    [[nodiscard]] bool has(std::string const& pointer) const;
    [[nodiscard]] std::string text(std::string const& pointer) const; ///< a string's content
    [[nodiscard]] double number(std::string const& pointer) const;
    [[nodiscard]] std::string dump(std::string const& pointer = "") const; ///< compact JSON
    [[nodiscard]] size_t size(std::string const& pointer = "") const; ///< of an array or object
    [[nodiscard]] std::vector<std::string> keys(std::string const& pointer = "") const;

    /// Sets a member to a JSON text and makes missing parents; "/-" at the end appends.
    Json& set(std::string const& pointer, std::string const& json);
    Json& set_text(std::string const& pointer, std::string const& text);
    Json& remove(std::string const& pointer);

  private:
    struct Impl;
    Impl* impl_;
};

/// `["a","b"]` of a list of texts.
std::string json_list(std::vector<std::string> const& texts);
std::string json_quote(std::string const& text);

/// What /inside reported: a line per verb.
class Report {
  public:
    explicit Report(std::string const& output);
    /// The value in the last report of `verb`; fails the test if there was none.
    [[nodiscard]] Json operator[](std::string const& verb) const;
    [[nodiscard]] std::vector<Json> all(std::string const& verb) const;

  private:
    std::vector<Json> lines_;
    std::string output_;
};

} // namespace host
