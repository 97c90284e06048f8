// Whose records they are.
#pragma once

#include <memory>

#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

inline std::shared_ptr<session::SessionSubject> Anna() {
  auto subject = std::make_shared<session::SessionSubject>();
  subject->session_id = "01SESSION";
  subject->environment = "production";
  subject->login = "dev_anna";
  subject->identity = "scram-sha-256";
  subject->role = "readonly";
  subject->client_address = "10.0.0.7:51312";
  subject->application_name = "psql";
  subject->database = "shop";
  subject->server_pid = 4711;
  return subject;
}

}  // namespace pgmoat::audit
