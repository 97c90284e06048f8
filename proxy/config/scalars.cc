#include "proxy/config/scalars.h"

#include <algorithm>

namespace pgmoat::config {

std::size_t ChoiceAt(const Item& item, const std::vector<std::string_view>& names) {
  const std::string text = item.Text();
  const auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end()) {
    item.place.Fail(Quoted(item.place.name) + ": " + Quoted(text) + " is unknown; " +
                    Suggestion(text, names));
  }
  return static_cast<std::size_t>(at - names.begin());
}

bool FlagAt(const Item& item) {
  const std::string text = item.Text();
  if (text != "true" && text != "false") {
    item.place.Fail(Quoted(item.place.name) + ": " + Quoted(text) +
                    " is neither true nor false; write one of them");
  }
  return text == "true";
}

std::vector<std::string> FunctionNamesAt(const Item& item) {
  std::vector<std::string> functions;
  for (const Item& one : item.List()) {
    functions.push_back(one.Text());
    if (functions.back().find_first_of("() ,;") != std::string::npos) {
      one.place.Fail(Quoted(one.place.name) + ": " + Quoted(functions.back()) +
                     " is not a function's name; write it without arguments, as app.get_user");
    }
  }
  return functions;
}

bool IsPlainName(std::string_view name, std::string_view punctuation) {
  return !name.empty() && name.size() <= 63 &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  punctuation.find(c) != std::string_view::npos;
         });
}

}  // namespace pgmoat::config
