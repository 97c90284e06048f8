// What a decision depends on besides the rules and the statement: who asks, from where,
// when, and what the session and its database hold.
//
// Lifetime: everything is borrowed for the call.  Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/rules.h"

namespace pgmoat::policy {

class Catalog;
class TemporaryTables;

struct Circumstances {
  std::string_view database;
  std::string_view application_name;
  const IpAddress* client = nullptr;  // null: not an IP connection; in no network
  std::chrono::system_clock::time_point time;
  // The session's own temporary tables.  Null: none are known.
  const TemporaryTables* temporary_tables = nullptr;
  // What is known of the database's own functions, operators, casts and views.
  const Catalog* catalog = nullptr;
  // Without a catalog `readonly` may then use only what is built in (design 3.5).
  bool catalog_required = false;
  // For each statement of the text: what it destroys was approved, or is a migration tool's
  // own way.  Null: of none.
  const std::vector<bool>* destruction_accepted = nullptr;
};

}  // namespace pgmoat::policy
