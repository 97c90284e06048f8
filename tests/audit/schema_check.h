// As much of JSON Schema (draft 2020-12) as schema.json uses.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>
#include <string>
#include <utility>

namespace pgmoat::audit {

class SchemaCheck {
 public:
  using json = nlohmann::json;

  explicit SchemaCheck(json schema) : root_(std::move(schema)) {}

  // What is wrong with `value`; empty: nothing.
  [[nodiscard]] std::string Problem(const json& value) const {
    return Problem(value, root_, "line");
  }

 private:
  [[nodiscard]] std::string Problem(const json& value, const json& schema,
                                    const std::string& where) const {
    for (const auto& [keyword, wanted] : schema.items()) {
      std::string problem = OfKeyword(value, schema, keyword, wanted, where);
      if (!problem.empty()) return problem;
    }
    return {};
  }

  [[nodiscard]] std::string OfKeyword(const json& value, const json& schema,
                                      const std::string& keyword, const json& wanted,
                                      const std::string& where) const {
    const auto unless = [&](bool good) { return good ? "" : where + " breaks " + keyword; };
    if (keyword == "$schema" || keyword == "$defs" || keyword == "title" ||
        keyword == "description" || keyword == "then") {
      return {};
    }
    if (keyword == "type") return unless(IsOf(value, wanted));
    if (keyword == "const") return unless(value == wanted);
    if (keyword == "enum") {
      return unless(std::find(wanted.begin(), wanted.end(), value) != wanted.end());
    }
    if (keyword == "minimum") return unless(!value.is_number() || value >= wanted);
    if (keyword == "pattern") {
      return unless(!value.is_string() ||
                    std::regex_search(value.get<std::string>(), std::regex(wanted)));
    }
    if (keyword == "required") {
      for (const json& name : wanted) {
        if (value.is_object() && !value.contains(name)) return where + " has no " + name.dump();
      }
      return {};
    }
    if (keyword == "properties") {
      for (const auto& [name, of_it] : wanted.items()) {
        if (!value.is_object() || !value.contains(name)) continue;
        if (auto problem = Problem(value[name], of_it, name); !problem.empty()) return problem;
      }
      return {};
    }
    if (keyword == "additionalProperties") return Additional(value, schema, wanted, where);
    if (keyword == "items") {
      for (const json& item : value) {
        if (auto problem = Problem(item, wanted, where); !problem.empty()) return problem;
      }
      return {};
    }
    if (keyword == "allOf") {
      for (const json& one : wanted) {
        if (auto problem = Problem(value, one, where); !problem.empty()) return problem;
      }
      return {};
    }
    if (keyword == "oneOf") {
      int good = 0;
      for (const json& one : wanted) good += Problem(value, one, where).empty() ? 1 : 0;
      return unless(good == 1);
    }
    if (keyword == "if") {
      return Problem(value, wanted, where).empty() ? Problem(value, schema.at("then"), where)
                                                   : std::string{};
    }
    if (keyword == "$ref") {
      return Problem(value, root_.at(json::json_pointer(wanted.get<std::string>().substr(1))),
                     where);
    }
    throw std::runtime_error("this check does not know the keyword " + keyword);
  }

  [[nodiscard]] std::string Additional(const json& value, const json& schema,
                                       const json& wanted, const std::string& where) const {
    if (!value.is_object()) return {};
    for (const auto& [name, of_it] : value.items()) {
      if (schema.contains("properties") && schema["properties"].contains(name)) continue;
      if (wanted == false) return where + " has an unknown " + name;
      if (auto problem = Problem(of_it, wanted, name); !problem.empty()) return problem;
    }
    return {};
  }

  static bool IsOf(const json& value, const std::string& type) {
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "null" && value.is_null()) ||
           (type == "integer" && value.is_number_integer()) ||
           (type == "number" && value.is_number());
  }

  json root_;
};

}  // namespace pgmoat::audit
