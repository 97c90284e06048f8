// Names that a secret goes with.  Private to policy/; what is asked of them is in
// redaction.h.
#pragma once

#include <string_view>

namespace pgmoat::policy {

// A setting whose value is a secret or leads to one: primary_conninfo,
// ssl_passphrase_command, app.api_token …
bool IsSecretSetting(std::string_view name);

// A function whose constant arguments are connection strings, passwords or keys: dblink and
// its kin, crypt and the pgp_ functions of pgcrypto.
bool IsSecretFunction(std::string_view name);

// A string that says by itself that a password is in it, wherever it stands: "host=h
// password=x", "postgres://user:x@host/".
bool IsConnectionString(std::string_view text);

}  // namespace pgmoat::policy
