// One item of the config file, parsed, checked, and complained about with its place.
//
// Private to proxy/config.  Errors: ConfigError, "file:line: 'name': 'value' …; remedy".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/section.h"
#include "proxy/config/values.h"

namespace pgmoat::config {

// Runs a parser of values.h or rule_values.h and puts the place in front of its complaint.
template <typename Parse>
auto ParseAt(const Item& item, Parse parse) {
  const std::string text = item.Text();
  try {
    return parse(text);
  } catch (const ValueError& error) {
    item.place.Fail(Quoted(item.place.name) + ": " + error.what());
  }
}

template <typename Number>
void CheckRange(const Item& item, Number number, Number least, Number most,
                const std::string& range) {
  if (number < least || number > most) {
    item.place.Fail(Quoted(item.place.name) + ": " + Quoted(item.Text()) +
                    " is out of range; choose " + range);
  }
}

// The position of a scalar among `names`.
std::size_t ChoiceAt(const Item& item, const std::vector<std::string_view>& names);

// "true" or "false", and none of YAML 1.1's other words for them.
bool FlagAt(const Item& item);

// A list of functions' names, without arguments.
std::vector<std::string> FunctionNamesAt(const Item& item);

// 1 to 63 bytes, as PostgreSQL's names (NAMEDATALEN), of letters, digits, and those of
// `punctuation`.
bool IsPlainName(std::string_view name, std::string_view punctuation);

}  // namespace pgmoat::config
