#include "proxy/migrations/proofs.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>

#include "proxy/migrations/digests.h"
#include "proxy/migrations/strict_json.h"
#include "proxy/migrations/text_files.h"

namespace pgmoat::migrations {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::string_view kPurpose = "pgmoat migration proof v1";
constexpr std::uint64_t kVersion = 1;

// RFC 3339 in UTC: "2026-11-27T23:19:17.042Z".
std::string TimeText(std::chrono::sys_time<milliseconds> time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::chrono::sys_time<milliseconds> TimeFrom(const std::string& text, const Members& members) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  const int read = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ", &year, &month,
                               &day, &hour, &minute, &second, &millisecond);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (read != 7 || !date.ok()) members.Fail("has a 'time' that is none in UTC");
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + std::chrono::seconds(second) +
                    milliseconds(millisecond);
  // The one spelling of it.
  if (TimeText(time) != text) members.Fail("has a 'time' that is none in UTC");
  return time;
}

json Unsigned(const Proof& proof, const std::string& key) {
  return {{"version", kVersion},
          {"tool", policy::ToolName(proof.tool)},
          {"name", proof.name},
          {"checksum", proof.checksum},
          {"content", Hex(proof.content)},
          {"environment", proof.environment},
          {"time", TimeText(proof.time)},
          {"duration_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(
                              0, static_cast<std::int64_t>(proof.duration.count())))},
          {"rows", proof.rows},
          {"locks", proof.locks},
          {"statements", proof.statements},
          {"key", key}};
}

// A ledger may have a name that is no text; it is not what a proof is known by.
std::string Dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void ReadFileOfProofs(const fs::path& file, const signing::PublicKeys& keys,
                      const std::function<void(const std::string&)>& complain,
                      std::vector<Proof>& proofs) {
  const std::string text = ReadTextFile(file);
  std::size_t line = 1;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; ++line) {
    const std::string_view one = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    if (one.empty()) continue;  // behind a line that its writer could not finish
    try {
      proofs.push_back(ParseProof(one, keys));
    } catch (const FormatError& error) {
      complain(file.string() + ":" + std::to_string(line) + ": " + error.what());
    }
  }
}

}  // namespace

std::string ProofLine(const Proof& proof, const signing::SigningKey& key) {
  // Replaced bytes must be what is signed, so the text is read back.
  json value = json::parse(Dumped(Unsigned(proof, key.id())));
  value["signature"] = key.Sign(kPurpose, Sha256(value.dump()));
  return value.dump() + "\n";
}

Proof ParseProof(std::string_view line, const signing::PublicKeys& keys) {
  const json root = ParseStrictly(line);
  Members members(root, "");
  if (members.Number("version") != kVersion) {
    members.Fail("has a version that this pgmoat does not know; use a newer pgmoat");
  }
  Proof proof;
  const auto tool = policy::ParseToolName(members.Text("tool"));
  if (!tool) members.Fail("has a tool that this pgmoat does not know");
  proof.tool = *tool;
  proof.name = members.Text("name");
  proof.checksum = members.Text("checksum");
  proof.content = members.Digest("content");
  proof.environment = members.Text("environment");
  proof.time = TimeFrom(members.Text("time"), members);
  const std::uint64_t duration = members.Number("duration_ms");
  if (duration > static_cast<std::uint64_t>(milliseconds::max().count())) {
    members.Fail("has a 'duration_ms' that is too long");
  }
  proof.duration = milliseconds(duration);
  proof.rows = members.Number("rows");
  proof.locks = members.Texts("locks");
  proof.statements = members.Number("statements");
  const std::string key = members.Text("key");
  const std::string signature = members.Text("signature");
  members.End();
  switch (keys.Check(key, kPurpose, Sha256(Dumped(Unsigned(proof, key))), signature)) {
    case signing::PublicKeys::Result::kGood:
      return proof;
    case signing::PublicKeys::Result::kUnknownKey:
      members.Fail("is signed by key " + key + ", which does not count here");
    case signing::PublicKeys::Result::kBad:
      break;
  }
  members.Fail("is not what key " + key + " has signed");
}

std::vector<Proof> ReadProofs(const fs::path& directory, const signing::PublicKeys& keys,
                              const std::function<void(const std::string&)>& complain) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".jsonl") files.push_back(at->path());
  }
  if (error) {
    throw FormatError(directory.string() + ": the directory of proofs cannot be read: " +
                      error.message() + "; check path and permissions");
  }
  std::sort(files.begin(), files.end());
  std::vector<Proof> proofs;
  for (const fs::path& file : files) ReadFileOfProofs(file, keys, complain, proofs);
  return proofs;
}

}  // namespace pgmoat::migrations
