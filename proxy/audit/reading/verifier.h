// Follows the chain of a trail and finds the first line at which it breaks.
//
// After the break it reads on, only to tell what was done: whether the line that is missing
// comes later, whether the line that is there belongs elsewhere.  So its words are about one
// tampering; what follows the first is not judged.
//
// Memory:  the hashes of the last kRemembered lines (at least once means that lines come
//   again), one line more.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/audit/reading/keys.h"
#include "proxy/audit/reading/trail_line.h"

namespace pgmoat::audit {

struct Place {
  std::string file;
  std::uint64_t line = 0;
};

struct Fault {
  enum class Kind {
    kChanged,    // the line's content, or its hash, or its signature
    kRemoved,    // lines that stood before this one
    kInserted,   // the line
    kReordered,  // the line belongs elsewhere
    kForeign,    // no line of ours
  };
  Kind kind = Kind::kChanged;
  Place place;
  std::uint64_t seq = 0;       // of the line; kRemoved: the first missing; kForeign: 0
  std::uint64_t last_seq = 0;  // kRemoved: the last missing
  std::string detail;          // what shows it
};

struct Findings {
  std::optional<Fault> fault;
  // Of what came before the fault, or of all:
  std::uint64_t lines = 0;  // without those that came again
  std::uint64_t repeated = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::string first_time;
  std::string last_time;
  std::uint64_t unsigned_checkpoints = 0;
  std::map<std::string, std::uint64_t> verified;    // key → checkpoints
  std::map<std::string, std::uint64_t> unverified;  // … signed by a key that was not given
  std::uint64_t uncovered = 0;      // lines behind the last verified checkpoint of their chain
  bool from_start = false;          // the first line is the very first of its chain
  bool first_proved = false;        // the first line tells the hash that it follows
  std::vector<Place> beginnings;    // where a chain began anew
  std::optional<Place> unfinished;  // the last line has no end: being written, or cut off
};

class Verifier {
 public:
  static constexpr std::size_t kRemembered = std::size_t{1} << 20;

  // `from_start`: the first line must be the first of a chain.  `keys` outlives it.
  Verifier(const PublicKeys& keys, bool from_start);

  // The next line, without '\n'; `complete`: there was one.
  void Take(std::string_view line, const std::string& file, std::uint64_t number,
            bool complete);
  // After the last line.
  Findings Finish();

 private:
  // A line of the chain up to here.
  struct Seen {
    LineHash hash;
    std::size_t digest = 0;  // of all its bytes
    std::uint32_t file = 0;
    std::uint64_t line = 0;
  };
  // What speaks for a line's being genuine, though elsewhere.
  struct Stray {
    std::string text;
    std::optional<TrailLine> line;  // borrows from text
    Place place;
    bool genuine = false;  // a line before or behind it in the chain fits
    std::optional<Place> twin;
    void Keep(std::string_view bytes, const Place& where);
    void Compare(const TrailLine& other, const Place& where);
  };
  struct Next {  // the line behind the suspect
    bool ours = false;
    std::uint64_t seq = 0;
    bool continues_chain = false;    // … from the line before the suspect
    bool continues_suspect = false;  // … from the suspect
  };

  void Judge(std::string_view text, const Place& place);
  void JudgeFirst(std::string_view text, const TrailLine& line, const Place& place);
  void Accept(std::string_view text, const TrailLine& line, const Place& place);
  void CheckSignature(const TrailLine& line, const Place& place);
  [[nodiscard]] bool IsRepetition(std::string_view text, const TrailLine& line) const;
  [[nodiscard]] const Seen* Remembered(std::uint64_t seq) const;
  [[nodiscard]] Place PlaceOf(const Seen& seen) const;
  void Suspect(std::string_view text, const Place& place);
  void Gather(std::string_view text, const Place& place);
  [[nodiscard]] bool NothingVouches() const;
  void BeginAnew();
  Fault Conclude();
  Fault ConcludeBetween();
  [[nodiscard]] std::optional<Fault> ConcludeChanged() const;
  [[nodiscard]] std::optional<Fault> ConcludeEarlier() const;
  [[nodiscard]] Fault Of(Fault::Kind kind, std::string detail) const;

  const PublicKeys& keys_;
  const bool from_start_;
  Findings findings_;

  bool begun_ = false;  // there is a line, or the zeros, that the next one must follow
  std::uint64_t seq_ = 0;
  LineHash hash_{};
  std::uint64_t uncovered_before_ = 0;  // of chains that ended
  std::deque<Seen> seen_;               // the chain's last lines; the last one has seq_
  std::vector<std::string> files_;
  Stray first_;  // the very first line, unless it had to follow the zeros

  bool suspecting_ = false;
  bool may_begin_anew_ = false;  // the suspect can be the start of another chain
  Stray suspect_;
  std::optional<Next> next_;
  std::optional<Place> successor_;  // of the line before the suspect, found later

  std::optional<std::pair<std::string, Place>> torn_;  // a last line without '\n'
};

}  // namespace pgmoat::audit
