// A PL/pgSQL block that can do one harmless thing: make what is not there yet.  Migration
// tools write it since CREATE TYPE and ADD CONSTRAINT have no IF NOT EXISTS.
// Private to policy/.
//
//   BEGIN
//     CREATE TYPE … AS ENUM (…);          or ALTER TABLE … ADD CONSTRAINT …
//   EXCEPTION WHEN duplicate_object THEN null;
//   END
#pragma once

#include <string_view>

namespace pgmoat::policy {

// `body` is that of a DO in language plpgsql.  False for every other shape.
[[nodiscard]] bool OnlyCreates(std::string_view body);

}  // namespace pgmoat::policy
