#include "proxy/audit/sinks/kafka_properties.h"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include "proxy/audit/sinks/remote_secret.h"

namespace pgmoat::audit {
namespace {

struct Refusal {
  std::string_view property;
  std::string_view why;
};
constexpr std::string_view kIdempotence =
    "the sink needs enable.idempotence=true and acks=all, so that nothing is lost or reordered";
constexpr std::string_view kBrokers = "write brokers: instead";
constexpr Refusal kRefused[] = {
    {"enable.idempotence", kIdempotence},
    {"acks", kIdempotence},
    {"request.required.acks", kIdempotence},
    {"bootstrap.servers", kBrokers},
    {"metadata.broker.list", kBrokers},
    {"transactional.id", "the sink uses no transactions"},
    {"delivery.report.only.error", "the sink needs each report"},
    {"test.mock.num.brokers", "a mock cluster keeps nothing"},
};

[[noreturn]] void Refuse(std::string_view property, std::string_view why) {
  throw std::runtime_error("kafka property " + std::string(property) + ": " + std::string(why));
}

void Check(std::string_view property) {
  for (const Refusal& refusal : kRefused) {
    if (property == refusal.property) Refuse(property, refusal.why);
  }
}

void Set(rd_kafka_conf_t& configuration, const std::string& property,
         const std::string& value) {
  std::array<char, 512> error{};
  if (rd_kafka_conf_set(&configuration, property.c_str(), value.c_str(), error.data(),
                        error.size()) != RD_KAFKA_CONF_OK) {
    Refuse(property, error.data());
  }
}

// librdkafka's own explanation would quote the value.
void SetSecret(rd_kafka_conf_t& configuration, const std::string& property,
               const std::filesystem::path& file) {
  const std::string secret = ReadSecretFile(file);
  std::array<char, 512> error{};
  switch (rd_kafka_conf_set(&configuration, property.c_str(), secret.c_str(), error.data(),
                            error.size())) {
    case RD_KAFKA_CONF_OK:
      return;
    case RD_KAFKA_CONF_UNKNOWN:
      Refuse(property, "librdkafka does not know it");
    default:
      Refuse(property, "librdkafka does not accept the value in " + file.string());
  }
}

}  // namespace

KafkaConfiguration MakeKafkaConfiguration(const KafkaSinkOptions& options) {
  KafkaConfiguration configuration(rd_kafka_conf_new());
  Set(*configuration, "client.id", "pgmoat");
  // A line may be longer than the default of 1 MB.  The broker has a limit of its own.
  Set(*configuration, "message.max.bytes", "16777216");
  // Bounded: a batch is at most 1 MiB, unless one line alone is longer.
  Set(*configuration, "queue.buffering.max.kbytes", "65536");
  // Within `timeout` librdkafka itself tries again; then the sink reports why.
  Set(*configuration, "message.timeout.ms", std::to_string(options.timeout.count()));
  Set(*configuration, "reconnect.backoff.max.ms", "2000");
  for (const auto& [property, value] : options.properties) {
    Check(property);
    Set(*configuration, property, value);
  }
  for (const auto& [property, file] : options.property_files) {
    Check(property);
    SetSecret(*configuration, property, file);
  }
  Set(*configuration, "bootstrap.servers", options.brokers);
  Set(*configuration, "enable.idempotence", "true");
  Set(*configuration, "acks", "all");
  return configuration;
}

}  // namespace pgmoat::audit
