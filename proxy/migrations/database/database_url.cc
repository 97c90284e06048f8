#include "proxy/migrations/database/database_url.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace pgmoat::database {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// Of Prisma's own URLs (its documentation, "PostgreSQL", connection URL).
constexpr std::string_view kPrismaOnly[] = {
    "schema",         "connection_limit",     "pool_timeout", "pgbouncer",
    "socket_timeout", "statement_cache_size", "sslidentity",  "sslaccept"};

int HexDigit(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto at = kDigits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
                        HexDigit(text[i + 2]) >= 0;
    if (!escape) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
    i += 2;
  }
  return decoded;
}

// "postgresql+psycopg2://" -> "postgresql://"
std::string WithoutDriver(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t plus = url.find('+');
  if (!url.starts_with("postgres") || scheme == std::string::npos || plus > scheme) return url;
  return url.substr(0, plus) + url.substr(scheme);
}

std::string WithoutPrismaParameters(const std::string& url, std::string& schema) {
  const std::size_t question = url.find('?');
  const bool is_url = url.starts_with("postgres://") || url.starts_with("postgresql://");
  if (!is_url || question == std::string::npos) return url;
  std::string kept;
  std::string_view rest = std::string_view(url).substr(question + 1);
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
    const std::size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    if (name == "schema" && equals != std::string_view::npos) {
      schema = PercentDecoded(parameter.substr(equals + 1));
    }
    if (std::find(std::begin(kPrismaOnly), std::end(kPrismaOnly), name) !=
        std::end(kPrismaOnly)) {
      continue;
    }
    kept += kept.empty() ? '?' : '&';
    kept += parameter;
  }
  return url.substr(0, question) + kept;
}

}  // namespace

void DatabaseUrl::Set(const std::string& keyword, const std::string& value) {
  std::erase_if(parameters, [&](const auto& known) { return known.first == keyword; });
  parameters.emplace_back(keyword, value);
}

DatabaseUrl ParseDatabaseUrl(const std::string& url) {
  DatabaseUrl parsed;
  const std::string plain = WithoutPrismaParameters(WithoutDriver(url), parsed.schema);
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(plain.c_str(), &problem));
  PQfreemem(problem);  // it would quote the URL
  if (options == nullptr) {
    throw std::runtime_error(
        "--database is not a URL that libpq takes; write postgres://USER@HOST:5432/DATABASE, "
        "special characters of a name or password as %XX");
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parsed.parameters.emplace_back(option->keyword, option->val);
  }
  return parsed;
}

}  // namespace pgmoat::database
