// Messages as text and back, for scripts of conversations.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::session::testing {

// Words separated by blanks; "quoted words" may hold blanks and \n.
std::vector<std::string> SplitWords(std::string_view line);

// Throws std::invalid_argument for a message it does not know: a typing error in a test.
std::vector<std::byte> EncodeMessage(const std::vector<std::string>& words, bool from_client);

// Takes all whole messages off `bytes`: one line each.  The first packet to the server
// has no type byte; *got_startup tells that it has passed.
std::string DescribeMessages(std::vector<std::byte>& bytes, bool to_server, bool* got_startup);

}  // namespace pgmoat::session::testing
