// The values that a Bind or FunctionCall carries, for whoever wants to show them.  The
// message itself is decoded in frontend.h, which goes over the values without keeping them.
//
// PostgreSQL documentation, section "Message Formats", Bind and FunctionCall.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/message.h"

namespace pgmoat::protocol {

struct ParameterValue {
  bool null = false;
  bool binary = false;
  // The body ends before its length: nothing is known of it, nor of those behind it.
  bool unseen = false;
  std::uint32_t full_bytes = 0;  // as sent
  std::string_view value;        // as much of it as the body has
};

// `body` may be only the beginning of one (a message too long to be gathered): what is
// there is returned, of the values behind it one that is unseen.  At most `max_values`;
// when there are more, the last is unseen.  Bytes that make no sense end the list likewise.
//
// Lifetime: values borrow from `body`.
[[nodiscard]] std::vector<ParameterValue> BindParameters(Bytes body, std::size_t max_values);
[[nodiscard]] std::vector<ParameterValue> FunctionCallArguments(Bytes body,
                                                                std::size_t max_values);

}  // namespace pgmoat::protocol
