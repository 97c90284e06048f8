// The operating system's and OpenSSL's reasons, as a person reads them.
#pragma once

#include <string>

namespace pgmoat::net {

// "connection refused": begins in lower case, to stand behind a colon.
std::string SystemReason(int error_number);
// This process, or the machine, can open no more files.
bool IsOutOfDescriptors(int error_number);

// The oldest entry of OpenSSL's error queue of this thread, which is cleared;
// `fallback` when there is none.
std::string TlsReason(const char* fallback);

}  // namespace pgmoat::net
