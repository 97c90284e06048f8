#include "proxy/session/catalog_reader.h"

#include <algorithm>

#include "protocol/frontend.h"

namespace pgmoat::session {

namespace {

using protocol::BackendType;

// A database of 100,000 relations and functions has some 10 MB.
constexpr std::size_t kMaxCatalogBytes = std::size_t{128} << 20;

}  // namespace

void CatalogReader::EncodeQuery(std::vector<std::byte>& out) {
  protocol::EncodeQuery(out, policy::CatalogQuery());
}

CatalogReader::Step CatalogReader::Take(const protocol::Piece& piece) {
  switch (static_cast<BackendType>(piece.type)) {
    case BackendType::kDataRow:
      return TakeRow(piece);
    case BackendType::kErrorResponse:
      catalog_.reset();
      return Step::kMore;
    case BackendType::kCommandComplete:
    case BackendType::kRowDescription:
    case BackendType::kNoticeResponse:
      return Step::kMore;
    case BackendType::kParameterStatus: {
      const auto status = protocol::DecodeParameterStatus(piece.body());
      if (!status || status->name != "client_encoding") return Step::kPassOn;
      client_encoding_.assign(piece.bytes.begin(), piece.bytes.end());
      return Step::kMore;
    }
    case BackendType::kNotificationResponse:
      return Step::kPassOn;
    case BackendType::kReadyForQuery: {
      const auto status = protocol::DecodeReadyForQuery(piece.body());
      if (!status) return Step::kViolation;
      status_ = *status;
      return Step::kDone;
    }
    default:
      return Step::kViolation;
  }
}

CatalogReader::Step CatalogReader::TakeRow(const protocol::Piece& piece) {
  bytes_ += piece.bytes.size();
  if (bytes_ > kMaxCatalogBytes) catalog_.reset();
  if (!catalog_) return Step::kMore;
  const auto columns = protocol::DecodeDataRow(piece.body());
  if (!columns || columns->size() != policy::kCatalogColumns) return Step::kViolation;
  policy::CatalogRow row;
  std::copy(columns->begin(), columns->end(), row.begin());
  return catalog_->AddRow(row) ? Step::kMore : Step::kViolation;
}

CatalogSnapshot CatalogReader::Result() const {
  CatalogSnapshot result = wanted_;
  result.catalog = catalog_;
  return result;
}

}  // namespace pgmoat::session
