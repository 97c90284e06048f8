// Arbitrary text -> redacted text and fingerprint.  Nothing crashes; what comes out parses,
// has no string constant in it, and a second pass finds nothing more; no secret is found
// that the facts did not warn of.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/fingerprint.h"
#include "policy/parser.h"
#include "policy/redaction.h"
#include "tests/fuzz/check.h"
#include "tests/policy/shows_no_string.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pgmoat::policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  TextFacts facts;
  ReadFacts(text, facts);
  const bool understood = facts.status == TextStatus::kUnderstood;

  for (const Redaction what : {Redaction::kLiterals, Redaction::kSecrets}) {
    const auto redacted = Redact(text, what);
    if (facts.status == TextStatus::kSyntaxError ||
        facts.status == TextStatus::kInvalidEncoding) {
      PGMOAT_CHECK(!redacted);
    }
    if (!redacted) continue;
    TextFacts after;
    ReadFacts(*redacted, after);
    PGMOAT_CHECK(after.status == facts.status);
    PGMOAT_CHECK(after.statements.size() == facts.statements.size());
    PGMOAT_CHECK(Redact(*redacted, what) == redacted);
    if (what == Redaction::kLiterals) {
      PGMOAT_CHECK(ShowsNoString(*redacted));
    } else if (understood && *redacted != text) {
      PGMOAT_CHECK(std::any_of(facts.statements.begin(), facts.statements.end(),
                               [](const auto& s) { return MayHoldSecrets(s); }));
    }
  }
  const auto fingerprint = Fingerprint(text);
  PGMOAT_CHECK(!fingerprint || facts.status == TextStatus::kUnderstood);
  return 0;
}
