#include "proxy/audit/sinks/kafka_sink.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "proxy/audit/sinks/kafka_properties.h"
#include "proxy/audit/sinks/remote_line.h"

namespace pgmoat::audit {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// For a last report after `timeout`, and for the reports of what is given up.
constexpr milliseconds kGrace{1'000};

struct DestroyProducer {
  void operator()(rd_kafka_t* producer) const { rd_kafka_destroy(producer); }
};
struct DestroyTopic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};

// One producer.  Reports and errors arrive on the thread that polls it: the sink's.
class Producer {
 public:
  explicit Producer(const KafkaSinkOptions& options) {
    KafkaConfiguration configuration = MakeKafkaConfiguration(options);
    rd_kafka_conf_set_opaque(configuration.get(), this);
    rd_kafka_conf_set_dr_msg_cb(configuration.get(), &Producer::OnReport);
    rd_kafka_conf_set_error_cb(configuration.get(), &Producer::OnError);
    // Without this it writes to standard error; what matters comes as an error as well.
    rd_kafka_conf_set_log_cb(configuration.get(),
                             [](const rd_kafka_t*, int, const char*, const char*) {});
    std::array<char, 512> error{};
    producer_.reset(
        rd_kafka_new(RD_KAFKA_PRODUCER, configuration.get(), error.data(), error.size()));
    if (producer_ == nullptr) throw std::runtime_error("kafka: " + std::string(error.data()));
    (void)configuration.release();  // the producer's now
    topic_.reset(rd_kafka_topic_new(producer_.get(), options.topic.c_str(), nullptr));
    if (topic_ == nullptr) {
      throw std::runtime_error("kafka topic " + options.topic + ": " +
                               rd_kafka_err2str(rd_kafka_last_error()));
    }
  }

  // What is still under way is given up without a report.
  ~Producer() {
    rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer_.get(), static_cast<int>(kGrace.count()));
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Hands a batch over and waits for what comes of it.  The number of lines from the front
  // that are acknowledged; fewer than all: problem() says why.
  std::size_t Send(const std::vector<std::string_view>& lines, Clock::time_point deadline) {
    states_.assign(lines.size(), State::kUnknown);
    reported_ = 0;
    problem_.clear();
    std::size_t sent = 0;
    while (sent < lines.size() && Enqueue(lines[sent], states_[sent], deadline)) ++sent;
    while (reported_ < sent && Clock::now() < deadline && !fatal_) {
      rd_kafka_flush(producer_.get(), 50);
    }
    const auto end = std::find_if(states_.begin(), states_.end(),
                                  [](State state) { return state != State::kAcknowledged; });
    return static_cast<std::size_t>(end - states_.begin());
  }

  // The first reason; the brokers' last words add to it.
  [[nodiscard]] std::string problem() const {
    std::string text = problem_.empty() ? "no acknowledgement in time" : problem_;
    if (!last_error_.empty() && last_error_ != problem_) text += " (" + last_error_ + ")";
    return text;
  }

  // For what happens while there is nothing to send.
  void Poll() { rd_kafka_poll(producer_.get(), 0); }

 private:
  enum class State : std::uint8_t { kUnknown, kAcknowledged, kFailed };

  bool Enqueue(std::string_view line, State& state, Clock::time_point deadline) {
    const std::string key = StringField(line, "session").value_or("");
    while (true) {
      // The library's signature takes the payload as void*; with F_COPY it only reads it.
      const int failed =
          rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                           const_cast<char*>(line.data()), line.size(),
                           key.empty() ? nullptr : key.data(), key.size(), &state);
      if (failed == 0) return true;
      const rd_kafka_resp_err_t error = rd_kafka_last_error();
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || Clock::now() >= deadline || fatal_) {
        Note(error);
        return false;
      }
      rd_kafka_poll(producer_.get(), 50);
    }
  }

  static void OnReport(rd_kafka_t* /*producer*/, const rd_kafka_message_t* message,
                       void* opaque) {
    auto& self = *static_cast<Producer*>(opaque);
    const bool good = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    *static_cast<State*>(message->_private) = good ? State::kAcknowledged : State::kFailed;
    ++self.reported_;
    if (!good) self.Note(message->err);
  }

  static void OnError(rd_kafka_t* producer, int code, const char* reason, void* opaque) {
    auto& self = *static_cast<Producer*>(opaque);
    self.last_error_ = reason;
    if (code != RD_KAFKA_RESP_ERR__FATAL) return;
    std::array<char, 512> text{};
    self.Note(rd_kafka_fatal_error(producer, text.data(), text.size()));
    self.last_error_ = text.data();
    self.fatal_ = true;
  }

  void Note(rd_kafka_resp_err_t error) {
    if (!problem_.empty()) return;
    std::array<char, 512> text{};
    // "Fatal" says nothing; what it was, is told apart, and maybe before OnError is called.
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
      error = rd_kafka_fatal_error(producer_.get(), text.data(), text.size());
    }
    problem_ = rd_kafka_err2str(error);
  }

  std::vector<State> states_;  // of the batch's lines
  std::size_t reported_ = 0;
  bool fatal_ = false;  // librdkafka takes nothing any more
  std::string problem_;
  std::string last_error_;
  std::unique_ptr<rd_kafka_t, DestroyProducer> producer_;
  std::unique_ptr<rd_kafka_topic_t, DestroyTopic> topic_;  // goes before its producer
};

class KafkaSink final : public Sink {
 public:
  explicit KafkaSink(const KafkaSinkOptions& options)
      : options_(options), producer_(std::make_unique<Producer>(options)) {}

  Result Deliver(std::string_view lines) override {
    try {
      if (producer_ == nullptr) producer_ = std::make_unique<Producer>(options_);
    } catch (const std::runtime_error& error) {  // a secret's file has gone
      return {0, error.what()};
    }
    const std::vector<std::string_view> split = SplitLines(lines);
    const std::size_t safe = producer_->Send(split, Clock::now() + options_.timeout + kGrace);
    if (safe == split.size()) return {lines.size(), {}};
    Result result{0, "kafka topic " + options_.topic + " at " + options_.brokers + ": " +
                         producer_->problem()};
    for (std::size_t i = 0; i < safe; ++i) result.bytes += split[i].size() + 1;
    // Nothing of this attempt may overtake the next one; and after a fatal error this
    // producer takes nothing any more.
    producer_.reset();
    return result;
  }

  std::string Idle() override {
    if (producer_ != nullptr) producer_->Poll();
    return {};
  }

 private:
  const KafkaSinkOptions options_;
  std::unique_ptr<Producer> producer_;  // none after an error
};

}  // namespace

std::unique_ptr<Sink> MakeKafkaSink(const KafkaSinkOptions& options) {
  return std::make_unique<KafkaSink>(options);
}

}  // namespace pgmoat::audit
