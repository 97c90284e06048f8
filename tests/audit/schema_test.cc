#include "proxy/audit/schema.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "proxy/audit/chain.h"
#include "proxy/audit/reading/keys.h"
#include "proxy/audit/record_json.h"
#include "proxy/audit/shipper.h"
#include "proxy/audit/spool.h"
#include "tests/audit/fake_journal.h"
#include "tests/audit/schema_check.h"
#include "tests/audit/some_records.h"
#include "tests/audit/spool_lines.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using nlohmann::json;
using session::AuditedParameter;
using session::AuditEvent;
using session::AuditRecord;
using session::Outcome;

AuditRecord Of(AuditEvent event) {
  AuditRecord record = Statement();
  record.event = event;
  record.text = nullptr;
  record.protocol_event = event == AuditEvent::kLogin ? "StartupMessage" : "Terminate";
  return record;
}

AuditRecord WithParameters() {
  using Form = AuditedParameter::Form;
  AuditRecord record = Statement();
  record.parameters = std::make_shared<session::AuditedParameters>(session::AuditedParameters{
      {Form::kNull, 0, ""},
      {Form::kText, 1, "7"},
      {Form::kText, 900, "x"},
      {Form::kBinary, 1, "\1"},
      {Form::kBinary, 900, "\1"},
      {Form::kWithheld, 12, ""},
      {Form::kUnseen, 0, ""},
  });
  return record;
}

AuditRecord Refused() {
  AuditRecord record = Statement();
  auto text = std::make_shared<session::AuditedText>(*record.text);
  text->truncated = true;
  text->has_sha256 = true;
  text->form = session::TextForm::kRedacted;
  record.text = text;
  record.outcome = Outcome::kDenied;
  record.rule = "readonly.write";
  record.reason = "no";
  record.sqlstate = "25006";
  return record;
}

AuditRecord Grant(std::string_view rule) {
  AuditRecord record = Of(AuditEvent::kGrant);
  auto subject = std::make_shared<session::SessionSubject>(*record.subject);
  subject->grant = SomeId().Text();
  subject->granted_role = "admin";
  record.subject = std::move(subject);
  record.protocol_event = rule == "break-glass.opened" ? "Query" : "";
  record.rule = rule;
  record.reason = "INC-7: \"why\"";
  return record;
}

AuditRecord Gap() {
  AuditRecord record;
  record.id = SomeId();
  record.event = AuditEvent::kGap;
  record.rows_affected = 2;
  record.reason = "no room";
  return record;
}

// Lines of every event as the shipper makes them, signed.
std::vector<json> AllLines() {
  const TemporaryDirectory directory;
  MakeKeyFiles(directory / "key");
  const Signer signer(directory / "key");
  Spool spool(directory / "spool", 1 << 20);
  FakeJournal journal;
  ShipperOptions options;
  options.signer = &signer;
  options.version = "0.1.0";
  options.policy_version = 7;
  {
    Shipper shipper(journal, spool, std::move(options));
    journal.Record(Of(AuditEvent::kLogin));
    journal.Record(Statement("SELECT 1 /*traceparent='00-5b-01'*/"));
    journal.Record(WithParameters());
    journal.Record(Refused());
    journal.Record(Grant("break-glass.opened"));
    journal.Record(Grant("break-glass.expired"));
    journal.Record(Of(AuditEvent::kDisconnect));
    journal.Record(Gap());
    journal.Begin(1, Statement());
    journal.SegmentEnd(1);
    shipper.NoteReload(8);
  }
  std::vector<json> lines;
  for (const std::string& line : LinesOf(spool)) lines.push_back(json::parse(line));
  return lines;
}

std::set<std::string> FieldsOf(const json& object) {
  std::set<std::string> fields;
  for (const auto& [name, value] : object.items()) fields.insert(name);
  return fields;
}

class Schema : public testing::Test {
 protected:
  const json schema = json::parse(JsonSchema());
  const SchemaCheck check{schema};
  const std::vector<json> lines = AllLines();
};

TEST_F(Schema, HoldsForLinesOfEveryEvent) {
  std::set<std::string> events;
  for (const json& line : lines) {
    EXPECT_EQ(check.Problem(line), "") << line.dump();
    events.insert(line["event"]);
  }
  const std::set<std::string> all = schema["properties"]["event"]["enum"];
  EXPECT_EQ(events, all);
}

TEST_F(Schema, NamesNoFieldThatNoLineHas) {
  std::set<std::string> seen;
  for (const json& line : lines) seen.merge(FieldsOf(line));
  EXPECT_EQ(seen, FieldsOf(schema["properties"]));
}

TEST_F(Schema, RefusesWhatIsNoLine) {
  for (const json& line : lines) {
    for (const std::string& field : FieldsOf(line)) {
      json other = line;
      other[field] = json::array({json::object()});
      EXPECT_NE(check.Problem(other), "") << field;
    }
    json unknown = line;
    unknown["rows"] = 1;
    EXPECT_NE(check.Problem(unknown), "");
  }
}

TEST_F(Schema, RefusesALineWithoutAFieldThatItsEventNeeds) {
  for (const json& line : lines) {
    for (const char* field : {"v", "seq", "id", "time", "event", "hash"}) {
      json other = line;
      other.erase(field);
      EXPECT_NE(check.Problem(other), "") << field;
    }
    json other = line;
    if (other.erase("prev") + other.erase("decision") + other.erase("outcome") == 0) continue;
    EXPECT_NE(check.Problem(other), "") << other.dump();
  }
}

// | `field`, `field` | …
TEST_F(Schema, AndTheTableOfTheReadmeNameTheSameFields) {
  std::ifstream readme(PGMOAT_AUDIT_README);
  ASSERT_TRUE(readme);
  std::set<std::string> fields;
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with("| `")) continue;
    std::istringstream cell(line.substr(1, line.find('|', 1) - 1));
    for (std::string field; std::getline(cell, field, '`');) {
      if (field.find_first_of(" ,") == std::string::npos) fields.insert(field);
    }
  }
  EXPECT_EQ(fields, FieldsOf(schema["properties"]));
}

}  // namespace
}  // namespace pgmoat::audit
