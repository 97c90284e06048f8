// The way forward in a migration's file, where a tool marks it by comments.
//
// Private to proxy/migrations.  Errors: FormatError, "line N: what; remedy" or without a
// line; the caller puts the file in front.
#pragma once

#include <string_view>
#include <vector>

#include "proxy/migrations/project.h"

namespace pgmoat::migrations {

struct Sections {
  std::vector<Script> forward;
  bool in_transaction = true;
};

// "-- +goose Up" … "-- +goose Down"; StatementBegin … StatementEnd is a script of its own.
Sections GooseSections(std::string_view text);

// "-- migrate:up [transaction:false]" … "-- migrate:down".
Sections DbmateSections(std::string_view text);

// Drizzle: "--> statement-breakpoint" between scripts.
Sections DrizzleSections(std::string_view text);

bool HasGooseMarker(std::string_view text);
bool HasDbmateMarker(std::string_view text);

}  // namespace pgmoat::migrations
