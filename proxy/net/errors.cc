#include "proxy/net/errors.h"

#include <openssl/err.h>

#include <cctype>
#include <cerrno>
#include <system_error>

namespace pgmoat::net {

std::string SystemReason(int error_number) {
  std::string text = std::generic_category().message(error_number);
  // "I/O error" stays as it is.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

bool IsOutOfDescriptors(int error_number) {
  return error_number == EMFILE || error_number == ENFILE;
}

std::string TlsReason(const char* fallback) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return fallback;
  if (const char* reason = ERR_reason_error_string(code)) return reason;
  return fallback;
}

}  // namespace pgmoat::net
