// From the sink's options to librdkafka's configuration.
//
// Private to kafka_sink.cc.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

struct FreeKafkaConfiguration {
  void operator()(rd_kafka_conf_t* configuration) const {
    rd_kafka_conf_destroy(configuration);
  }
};
using KafkaConfiguration = std::unique_ptr<rd_kafka_conf_t, FreeKafkaConfiguration>;

// Throws std::runtime_error naming the property; a value only where it is not secret.
[[nodiscard]] KafkaConfiguration MakeKafkaConfiguration(const KafkaSinkOptions& options);

}  // namespace pgmoat::audit
