#include "proxy/audit/reading/groups.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "proxy/audit/reading/table.h"

namespace pgmoat::audit {
namespace {

// Null: there is none.
const Json* Find(const Json& record, std::string_view path) {
  if (const auto found = record.find(path); found != record.end()) return &*found;
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto inner = record.find(path.substr(0, dot));
  if (inner == record.end() || !inner->is_object()) return nullptr;
  return Find(*inner, path.substr(dot + 1));
}

std::string Text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("name")) return ValueText(value, "name");
  return value.dump();
}

// One at least: empty when the field is absent.
std::vector<std::string> Values(const Json& record, std::string_view path) {
  const Json* value = Find(record, path);
  std::vector<std::string> values;
  if (value != nullptr && value->is_array()) {
    for (const Json& element : *value) values.push_back(Text(element));
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
  } else if (value != nullptr && !value->is_null()) {
    values.push_back(Text(*value));
  }
  if (values.empty()) values.emplace_back();
  return values;
}

// At most three decimals, as in the trail.
std::string NumberText(long double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3Lf", number);
  std::string result = text;
  result.erase(result.find_last_not_of('0') + 1);
  if (result.ends_with('.')) result.pop_back();
  return result;
}

}  // namespace

Groups::Groups(std::vector<std::string> by, std::vector<std::string> sums)
    : by_(std::move(by)), sums_(std::move(sums)) {
  if (by_.empty()) groups_[{}].sums.resize(sums_.size());
}

std::vector<std::string> Groups::Fields() const {
  std::vector<std::string> fields;
  const auto add = [&fields](const std::string& path) {
    fields.push_back(path);
    for (std::size_t dot = path.find('.'); dot != std::string::npos;
         dot = path.find('.', dot + 1)) {
      fields.push_back(path.substr(0, dot));
    }
  };
  std::for_each(by_.begin(), by_.end(), add);
  std::for_each(sums_.begin(), sums_.end(), add);
  return fields;
}

void Groups::Add(const Json& record) {
  Key key;
  AddTo(record, key);
}

void Groups::AddTo(const Json& record, Key& key) {
  if (key.size() < by_.size()) {
    for (std::string& value : Values(record, by_[key.size()])) {
      key.push_back(std::move(value));
      AddTo(record, key);
      key.pop_back();
    }
    return;
  }
  Group& group = groups_[key];
  group.sums.resize(sums_.size());
  ++group.count;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const Json* value = Find(record, sums_[i]);
    if (value == nullptr || !value->is_number()) continue;
    group.sums[i] += value->is_number_unsigned()
                         ? static_cast<long double>(value->get<std::uint64_t>())
                         : static_cast<long double>(value->get<double>());
  }
}

std::vector<const Groups::Entry*> Groups::Largest(std::size_t top) const {
  std::vector<const Entry*> entries;
  for (const Entry& entry : groups_) entries.push_back(&entry);
  std::stable_sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) {
    return a->second.count > b->second.count;
  });
  if (top > 0 && entries.size() > top) entries.resize(top);
  return entries;
}

std::vector<std::vector<std::string>> Groups::Rows(std::size_t top) const {
  std::vector<std::vector<std::string>> rows;
  for (const Entry* entry : Largest(top)) {
    std::vector<std::string> row = entry->first;
    row.push_back(std::to_string(entry->second.count));
    for (const long double sum : entry->second.sums) row.push_back(NumberText(sum));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string Groups::Table(std::size_t top) const {
  std::vector<std::vector<std::string>> rows = Rows(top);
  std::vector<std::string> header = by_;
  header.emplace_back("count");
  header.insert(header.end(), sums_.begin(), sums_.end());
  for (std::string& name : header) {
    for (char& c : name) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
  }
  for (auto& row : rows) {
    for (std::size_t i = 0; i < by_.size(); ++i) {
      if (row[i].empty()) row[i] = "-";
    }
  }
  rows.insert(rows.begin(), std::move(header));
  return AlignedTable(rows, 1 + sums_.size());
}

std::string Groups::Csv(std::size_t top) const {
  std::vector<std::string> header = by_;
  header.emplace_back("count");
  header.insert(header.end(), sums_.begin(), sums_.end());
  std::string text = CsvRow(header);
  for (const auto& row : Rows(top)) text += CsvRow(row);
  return text;
}

std::string Groups::JsonLines(std::size_t top) const {
  std::string text;
  for (const auto& row : Rows(top)) {
    nlohmann::ordered_json object;
    for (std::size_t i = 0; i < by_.size(); ++i) {
      if (!row[i].empty()) object[by_[i]] = row[i];
    }
    text +=
        object.is_null() ? "{" : object.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.ends_with('}')) text.back() = ',';
    // Numbers as they were written, not as a double would have them.
    text += "\"count\":" + row[by_.size()];
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      text += "," + Json(sums_[i]).dump(-1, ' ', false, Json::error_handler_t::replace) + ":" +
              row[by_.size() + 1 + i];
    }
    text += "}\n";
  }
  return text;
}

}  // namespace pgmoat::audit
