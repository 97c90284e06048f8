#include "protocol/parameters.h"

#include <algorithm>

#include "protocol/body_reader.h"

namespace pgmoat::protocol {

namespace {

constexpr std::size_t kInt16Bytes = 2;

// Int16 count and as many format codes: none (all text), one for all, or one each.
class Formats {
 public:
  explicit Formats(BodyReader& reader)
      : count_(reader.Count16(kInt16Bytes)), codes_(reader.Take(count_ * kInt16Bytes)) {}
  [[nodiscard]] bool IsBinary(std::size_t value) const {
    if (codes_.empty()) return false;
    const std::size_t at = (count_ == 1 ? 0 : value) * kInt16Bytes + 1;
    return at < codes_.size() && codes_[at] == std::byte{1};
  }

 private:
  std::size_t count_;
  Bytes codes_;
};

ParameterValue Unseen() {
  ParameterValue value;
  value.unseen = true;
  return value;
}

std::vector<ParameterValue> ReadValues(BodyReader& reader, std::size_t max_values) {
  std::vector<ParameterValue> values;
  const Formats formats(reader);
  const auto count = static_cast<std::uint16_t>(reader.Int16());
  if (reader.failed()) return {Unseen()};
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t length = reader.Int32();
    if (reader.failed() || length < -1 || values.size() + 1 >= max_values) {
      values.push_back(Unseen());
      break;
    }
    ParameterValue value;
    value.binary = formats.IsBinary(i);
    value.null = length < 0;
    value.full_bytes = static_cast<std::uint32_t>(std::max(length, 0));
    const std::size_t there = std::min<std::size_t>(value.full_bytes, reader.rest().size());
    value.value = AsText(reader.Take(there));
    values.push_back(value);
  }
  return values;
}

}  // namespace

std::vector<ParameterValue> BindParameters(Bytes body, std::size_t max_values) {
  BodyReader reader(body);
  reader.String();  // the portal
  reader.String();  // the statement
  return ReadValues(reader, max_values);
}

std::vector<ParameterValue> FunctionCallArguments(Bytes body, std::size_t max_values) {
  BodyReader reader(body);
  reader.Int32();  // the function's OID
  return ReadValues(reader, max_values);
}

}  // namespace pgmoat::protocol
