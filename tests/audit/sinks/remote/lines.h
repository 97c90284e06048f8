// Lines of a trail to deliver, as the trail writes them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "proxy/audit/sinks/sink.h"

namespace pgmoat::audit {

// `members`: further ones, as they stand in JSON, without braces; may be empty.
std::string StatementLine(std::uint64_t seq, const std::string& session,
                          const std::string& members = {});
// A line of no session.
std::string StartLine(std::uint64_t seq);
// `count` statements of `sessions` sessions in turn, from `first_seq` on.
std::string StatementLines(std::uint64_t first_seq, std::size_t count, std::size_t sessions);
// The `id` of the line with that number.
std::string IdOf(std::uint64_t seq);

// As a SinkRunner does, with a shorter pause: offers in batches what is not delivered, until
// all is.  The number of attempts that failed; fails the test at the deadline.
std::size_t DeliverAll(Sink& sink, std::string_view lines, std::size_t batch_bytes,
                       std::chrono::seconds within);

// Sanitizers slow everything down.
std::chrono::seconds Patience();

// Polls until the condition holds; false at the deadline.
bool Until(const std::function<bool()>& condition);

}  // namespace pgmoat::audit
