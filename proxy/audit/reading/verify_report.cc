#include "proxy/audit/reading/verify_report.h"

#include "proxy/audit/reading/printable.h"

namespace pgmoat::audit {
namespace {

std::string Counted(std::uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string Named(const Place& place) {
  return Printable(place.file) + ":" + std::to_string(place.line);
}

std::string Seqs(std::uint64_t first, std::uint64_t last) {
  return "seq " + std::to_string(first) + (last > first ? "–" + std::to_string(last) : "");
}

std::string FaultText(const Fault& fault) {
  std::string text = Named(fault.place) + ": ";
  switch (fault.kind) {
    case Fault::Kind::kChanged:
      text += Seqs(fault.seq, fault.seq) + " was changed";
      break;
    case Fault::Kind::kRemoved:
      return text + Seqs(fault.seq, fault.last_seq) +
             (fault.last_seq > fault.seq ? " were" : " was") + " removed before this line\n";
    case Fault::Kind::kInserted:
      text += Seqs(fault.seq, fault.seq) + " was inserted";
      break;
    case Fault::Kind::kReordered:
      text += Seqs(fault.seq, fault.seq) + " was reordered";
      break;
    case Fault::Kind::kForeign:
      text += "this is no line of pgmoat's trail";
      break;
  }
  return text + (fault.detail.empty() ? "" : ": " + Printable(fault.detail)) + "\n";
}

std::string SignatureText(const Findings& findings, bool keys_given) {
  std::string text;
  for (const auto& [key, count] : findings.verified) {
    text += "  " + Counted(count, "checkpoint") + " signed by key " + Printable(key) +
            ", verified\n";
  }
  for (const auto& [key, count] : findings.unverified) {
    text += "  " + Counted(count, "checkpoint") + " signed by key " + Printable(key) +
            ", not verified: give its public key with --public-key\n";
  }
  if (findings.verified.empty()) {
    if (findings.unverified.empty()) {
      text += "  unsigned: whoever can write the file can recompute the chain\n";
    }
    if (keys_given) text += "  no checkpoint is signed by a key that was given\n";
  } else if (findings.uncovered > 0) {
    text += "  " + Counted(findings.uncovered, "line") +
            " after the last signed checkpoint: not covered by a signature\n";
  } else {
    text += "  every line is covered by a signature\n";
  }
  return text;
}

std::string BeginningText(const Findings& findings) {
  std::string text;
  if (findings.from_start) {
    text += "  from the very first line of the chain\n";
  } else if (findings.first_proved) {
    text += "  what came before seq " + std::to_string(findings.first_seq) +
            " is not here; a hash ties it to the first line\n";
  } else {
    text += "  what came before seq " + std::to_string(findings.first_seq) +
            " is not here, so that the first line's own content is not proved\n";
  }
  for (const Place& place : findings.beginnings) {
    text += "  at " + Named(place) +
            " the chain began anew: whether lines are missing before it cannot be told\n";
  }
  return text;
}

}  // namespace

bool IsProved(const Findings& findings, bool keys_given) {
  return !findings.fault && findings.lines > 0 && (!keys_given || !findings.verified.empty());
}

std::string Report(const Findings& findings, std::size_t files, bool keys_given) {
  std::string text;
  if (findings.fault) text = FaultText(*findings.fault) + "before it: ";
  if (findings.lines == 0) return text + "no lines\n";
  text += Counted(findings.lines, "line") + " in " + Counted(files, "file") + ", " +
          Seqs(findings.first_seq, findings.last_seq) + ", " + Printable(findings.first_time) +
          " to " + Printable(findings.last_time) + ": " +
          (findings.fault ? "the chain holds" : "the chain is whole") + "\n";
  text += BeginningText(findings) + SignatureText(findings, keys_given);
  if (findings.repeated > 0) {
    text += "  " + Counted(findings.repeated, "line") +
            " delivered more than once, unchanged (delivery is at least once)\n";
  }
  if (findings.unfinished) {
    text += "  " + Named(*findings.unfinished) +
            ": the last line has no end: it is being written, or was cut off\n";
  }
  return text;
}

}  // namespace pgmoat::audit
