// Is a text what the parser can read: UTF-8 without NUL?  libpg_query reads bytes
// as UTF-8 whatever they are; what is not UTF-8 it would cut differently than the
// server does (design 3.4).
#pragma once

#include <string_view>

namespace pgmoat::policy {

// As the server's pg_utf8_islegal: no overlong forms, no surrogates, nothing above
// U+10FFFF.  NUL is refused too.
bool IsReadableUtf8(std::string_view text);

}  // namespace pgmoat::policy
