// One reading of a database's catalogs over a client's own server session: the query is
// sent between two of the client's messages, while no transaction is open, and its
// answers stay here.
//
// Threads: one session.
// Errors:  a query that the server refuses, or that answers too much, is no catalog; the
//   session goes on.  Anything that cannot come here is a protocol violation.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "policy/catalog.h"
#include "protocol/backend.h"
#include "protocol/framer.h"
#include "protocol/message.h"
#include "proxy/session/catalog_store.h"

namespace pgmoat::session {

class CatalogReader {
 public:
  enum class Step {
    kMore,
    kPassOn,  // not an answer to the query: the client's
    kDone,    // ReadyForQuery
    kViolation,
  };

  // `wanted` says of which generation the catalog will be, and when it was asked for.
  explicit CatalogReader(CatalogSnapshot wanted) : wanted_(std::move(wanted)) {}

  static void EncodeQuery(std::vector<std::byte>& out);

  Step Take(const protocol::Piece& piece);

  // After kDone.
  [[nodiscard]] protocol::TransactionStatus status() const { return status_; }
  // ParameterStatus messages that came of what the query sets; the last is how it is now.
  // Servers before 14 send them at once, later ones only what has really changed.
  [[nodiscard]] protocol::Bytes last_client_encoding() const { return client_encoding_; }
  // Without a catalog when the server refused or answered too much.
  [[nodiscard]] CatalogSnapshot Result() const;
  [[nodiscard]] std::chrono::steady_clock::time_point asked() const { return wanted_.taken; }

 private:
  Step TakeRow(const protocol::Piece& piece);

  CatalogSnapshot wanted_;
  // Null: the query failed.
  std::shared_ptr<policy::Catalog> catalog_ = std::make_shared<policy::Catalog>();
  std::vector<std::byte> client_encoding_;
  std::size_t bytes_ = 0;
  protocol::TransactionStatus status_ = protocol::TransactionStatus::kIdle;
};

}  // namespace pgmoat::session
