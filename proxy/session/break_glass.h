// A grant (break glass): for a while a session is judged by another role's rules, on record.
//
//   client                            session                               server
//     SET pgmoat.break_glass = '…' ──> judged by the role's own rules ────────>
//     other statements ──────────────> likewise
//     <── WARNING, CommandComplete ── opened <──────────── CommandComplete "SET"
//     statements ────────────────────> judged by the granted role's ──────────>
//          …
//     statements ────────────────────> judged by the role's own rules again
//
// It opens when the server has answered, also at the login; a ROLLBACK does not take it back.
// It ends
//   expired      when its time is over, idle or not; what runs then runs to its end
//   reset        when RESET, SET … TO DEFAULT or to '', RESET ALL or DISCARD ALL is sent on
//   reload       when a config takes the permission away, or gives the login another role
//   session-end
// and is never prolonged: a SET while one is open changes nothing.
//
// The migration window (migration_window.h) rests meanwhile, and begins anew behind it.
//
// A session whose state the grant may have changed beyond what its own role may have ends
// with the grant (57P01), as soon as no answer is owed, also in a transaction: a role with a
// read-only wall always, another one when settings that it may not set, or code that nobody
// reads (DO), or a text that was not understood, ran meanwhile, or a cursor WITH HOLD or a
// temporary view was made (OutlivesGrant).  Any other session no longer takes a name without
// schema for a temporary table's.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "policy/rules.h"
#include "proxy/session/audit_trail.h"

namespace pgmoat::session {

struct Grant {
  RecordId id;  // of the record of its beginning
  std::string reason;
  std::string role;                          // of the login
  std::shared_ptr<const policy::Rules> own;  // of that role
  std::chrono::steady_clock::time_point opened;
  std::chrono::steady_clock::time_point until;
  bool outlived = false;  // by something of the session's state
};

}  // namespace pgmoat::session
