#include "policy/redaction.h"

namespace pgmoat::policy {

// Until literals can be found in a text, it is withheld as a whole.
bool MayHoldSecrets(const StatementFacts& statement) {
  return statement.kinds.HasAny({Kind::kRoleManagement, Kind::kForeignServer,
                                 Kind::kReplication, Kind::kServerControl, Kind::kDo});
}
bool MentionsSecrets(std::string_view) { return true; }
std::optional<std::string> Redact(std::string_view, Redaction) { return std::nullopt; }

}  // namespace pgmoat::policy
