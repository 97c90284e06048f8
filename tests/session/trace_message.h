// Messages as the lines of a trace and back, without loss: what two lines have in common,
// their bytes have too.
//
//   Parse "s" "SELECT $1" 1 23           String, String, a count and that many Int32
//   DataRow 3 'one' NULL '\x00\xff'      a count, then values
//   ErrorResponse S "ERROR" C "42601"    fields by their letters
//   StartupMessage 3 0 "user" "app"      what has no type byte, too
//
// The fields of each message are those of the protocol documentation, "Message Formats", in
// their order; a table in trace_message.cc lists them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::session::testing {

// Throws std::invalid_argument for what is no such line: a typing error in a trace.
std::vector<std::byte> EncodeLine(std::string_view line, bool from_client);

// Splits what one side was sent into lines.
class LineDecoder {
 public:
  explicit LineDecoder(bool from_client) : from_client_(from_client), untyped_(from_client) {}

  // The lines of all messages that are whole now.
  std::vector<std::string> Decode(const std::vector<std::byte>& more);
  // Bytes of a message that is not whole yet.
  [[nodiscard]] std::size_t rest() const { return bytes_.size(); }
  // The next byte is the answer to SSLRequest or GSSENCRequest (only from the server).
  void ExpectAnswerByte() { answer_byte_ = true; }
  // The startup message has passed.
  void SkipStartup() { untyped_ = false; }

 private:
  bool from_client_;
  bool untyped_;
  bool answer_byte_ = false;
  std::vector<std::byte> bytes_;
};

}  // namespace pgmoat::session::testing
