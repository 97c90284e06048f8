// The `audit` section: the journal, the chain, the sinks; and a role's `audit`.
//
// Private to proxy/config.  Errors: ConfigError.
#pragma once

#include "policy/rules.h"
#include "proxy/config/section.h"

namespace pgmoat::config {

AuditConfig ReadAudit(const Item& item);

// Changes of `options` what the section names.
void ReadRoleAudit(const Item& item, policy::AuditOptions& options);

}  // namespace pgmoat::config
