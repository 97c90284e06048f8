// Against librdkafka's mock cluster: real sockets and Kafka's protocol, three brokers in
// this process.  No real broker was at hand.
#include "proxy/audit/sinks/kafka_sink.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/audit/sinks/remote/lines.h"
#include "tests/audit/sinks/remote/scratch.h"

namespace pgmoat::audit {
namespace {

constexpr int kBrokers = 3;
constexpr int kPartitions = 4;
constexpr const char* kTopic = "pgmoat";
constexpr std::int16_t kProduceRequest = 0;  // Kafka's ApiKeys
constexpr std::int16_t kInitProducerIdRequest = 22;

struct Message {
  std::int32_t partition;
  bool has_key;
  std::string key;
  std::string line;

  [[nodiscard]] std::uint64_t seq() const { return nlohmann::json::parse(line)["seq"]; }
};

rd_kafka_t* NewClient(rd_kafka_type_t type,
                      const std::map<std::string, std::string>& properties) {
  rd_kafka_conf_t* configuration = rd_kafka_conf_new();
  char error[256];
  for (const auto& [name, value] : properties) {
    EXPECT_EQ(
        rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), error, sizeof error),
        RD_KAFKA_CONF_OK)
        << error;
  }
  rd_kafka_conf_set_log_cb(configuration,
                           [](const rd_kafka_t*, int, const char*, const char*) {});
  rd_kafka_t* client = rd_kafka_new(type, configuration, error, sizeof error);
  EXPECT_NE(client, nullptr) << error;
  return client;
}

class MockCluster {
 public:
  MockCluster()
      : client_(NewClient(RD_KAFKA_PRODUCER, {})),
        cluster_(rd_kafka_mock_cluster_new(client_, kBrokers)) {
    rd_kafka_mock_topic_create(cluster_, kTopic, kPartitions, kBrokers);
  }
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  [[nodiscard]] std::string bootstraps() const {
    return rd_kafka_mock_cluster_bootstraps(cluster_);
  }
  [[nodiscard]] rd_kafka_mock_cluster_t* get() const { return cluster_; }

  void SetDown(int broker) { rd_kafka_mock_broker_set_down(cluster_, broker); }
  void SetUp(int broker) { rd_kafka_mock_broker_set_up(cluster_, broker); }
  void SetAllDown() {
    for (int broker = 1; broker <= kBrokers; ++broker) SetDown(broker);
  }
  void SetAllUp() {
    for (int broker = 1; broker <= kBrokers; ++broker) SetUp(broker);
  }

  // Everything in the topic, in the order of each partition, by a consumer.
  [[nodiscard]] std::vector<Message> ReadAll() const {
    rd_kafka_t* consumer = NewClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstraps()},
                                                         {"group.id", "reader"},
                                                         {"enable.partition.eof", "true"},
                                                         {"fetch.wait.max.ms", "10"},
                                                         {"auto.offset.reset", "earliest"}});
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(kPartitions);
    for (int partition = 0; partition < kPartitions; ++partition) {
      rd_kafka_topic_partition_list_add(all, kTopic, partition)->offset =
          RD_KAFKA_OFFSET_BEGINNING;
    }
    EXPECT_EQ(rd_kafka_assign(consumer, all), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(all);
    std::vector<Message> messages;
    std::set<std::int32_t> ended;
    const auto deadline = std::chrono::steady_clock::now() + Patience();
    while (ended.size() < kPartitions && std::chrono::steady_clock::now() < deadline) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 100);
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        ended.insert(message->partition);
      } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        messages.push_back(
            {message->partition, message->key != nullptr,
             std::string(static_cast<const char*>(message->key), message->key_len),
             std::string(static_cast<const char*>(message->payload), message->len)});
      }
      rd_kafka_message_destroy(message);
    }
    EXPECT_EQ(ended.size(), kPartitions) << "a partition could not be read to its end";
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return messages;
  }

 private:
  rd_kafka_t* client_;
  rd_kafka_mock_cluster_t* cluster_;
};

class KafkaSink : public testing::Test {
 protected:
  [[nodiscard]] KafkaSinkOptions Options(int timeout_ms = 20'000) const {
    KafkaSinkOptions options;
    options.brokers = cluster_.bootstraps();
    options.topic = kTopic;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    return options;
  }

  // Numbers of the lines that are there, each once.
  [[nodiscard]] std::set<std::uint64_t> Seqs() const {
    std::set<std::uint64_t> seqs;
    for (const Message& message : cluster_.ReadAll()) seqs.insert(message.seq());
    return seqs;
  }

  static std::set<std::uint64_t> UpTo(std::uint64_t count) {
    std::set<std::uint64_t> seqs;
    for (std::uint64_t seq = 0; seq < count; ++seq) seqs.insert(seq);
    return seqs;
  }

  MockCluster cluster_;
  Scratch scratch_;
};

std::string ProblemOf(const KafkaSinkOptions& options) {
  try {
    (void)MakeKafkaSink(options);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST_F(KafkaSink, SessionsLinesAreInOneOrderUnderItsKey) {
  const auto sink = MakeKafkaSink(Options());
  const std::string lines = StatementLines(0, 3000, 17);
  EXPECT_EQ(DeliverAll(*sink, lines, 64 << 10, Patience()), 0U);

  std::map<std::string, std::set<std::int32_t>> partitions;
  std::map<std::string, std::vector<std::uint64_t>> seqs;
  std::string read;
  std::size_t count = 0;
  for (const Message& message : cluster_.ReadAll()) {
    const auto record = nlohmann::json::parse(message.line);
    EXPECT_EQ(message.key, record["session"].get<std::string>());
    partitions[message.key].insert(message.partition);
    seqs[message.key].push_back(record["seq"]);
    EXPECT_NE(lines.find(message.line + "\n"), std::string::npos) << message.line;
    ++count;
  }
  EXPECT_EQ(count, 3000U);
  EXPECT_EQ(seqs.size(), 17U);
  for (const auto& [session, in_order] : seqs) {
    EXPECT_EQ(partitions[session].size(), 1U) << session;
    EXPECT_TRUE(std::is_sorted(in_order.begin(), in_order.end())) << session;
    EXPECT_EQ(std::set(in_order.begin(), in_order.end()).size(), in_order.size()) << session;
  }
}

TEST_F(KafkaSink, LineOfNoSessionHasNoKey) {
  const auto sink = MakeKafkaSink(Options());
  const std::string lines = StartLine(0) + "not JSON\n";
  const Sink::Result result = sink->Deliver(lines);
  EXPECT_EQ(result.error, "");
  const std::vector<Message> messages = cluster_.ReadAll();
  ASSERT_EQ(messages.size(), 2U);
  for (const Message& message : messages) EXPECT_FALSE(message.has_key);
}

TEST_F(KafkaSink, LineLongerThanTheLibrarysDefaultPasses) {
  const auto sink = MakeKafkaSink(Options());
  const std::string line =
      StatementLine(7, "s", R"("statement":")" + std::string(3 << 20, 'x') + '"');
  EXPECT_EQ(sink->Deliver(line).error, "");
  const std::vector<Message> messages = cluster_.ReadAll();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].line + "\n", line);
}

TEST_F(KafkaSink, LineTooLongIsAnErrorAndTheLinesBeforeItAreSafe) {
  KafkaSinkOptions options = Options();
  options.properties = {{"message.max.bytes", "100000"}};
  const auto sink = MakeKafkaSink(options);
  const std::string before = StatementLines(0, 5, 1);
  const std::string line =
      StatementLine(5, "s", R"("statement":")" + std::string(200'000, 'x') + '"');
  const Sink::Result result = sink->Deliver(before + line + StatementLines(6, 5, 1));
  EXPECT_EQ(result.bytes, before.size());
  EXPECT_NE(result.error.find("too large"), std::string::npos) << result.error;
  EXPECT_NE(result.error.find(kTopic), std::string::npos) << result.error;
}

TEST_F(KafkaSink, PassingErrorsOfABrokerAreNotSeen) {
  const auto sink = MakeKafkaSink(Options());
  ASSERT_EQ(sink->Deliver(StatementLines(0, 10, 3)).error, "");
  rd_kafka_mock_push_request_errors(
      cluster_.get(), kProduceRequest, 3, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
  EXPECT_EQ(sink->Deliver(StatementLines(10, 200, 3)).error, "");
  EXPECT_EQ(Seqs(), UpTo(210));
}

TEST_F(KafkaSink, RefusedLinesComeAgain) {
  const auto sink = MakeKafkaSink(Options());
  ASSERT_EQ(sink->Deliver(StatementLines(0, 10, 3)).error, "");
  rd_kafka_mock_push_request_errors(cluster_.get(), kProduceRequest, 1,
                                    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const std::string lines = StatementLines(10, 200, 1);
  const Sink::Result result = sink->Deliver(lines);
  EXPECT_LT(result.bytes, lines.size());
  EXPECT_NE(result.error.find("authorization failed"), std::string::npos) << result.error;
  rd_kafka_mock_clear_request_errors(cluster_.get(), kProduceRequest);
  EXPECT_EQ(
      DeliverAll(*sink, std::string_view(lines).substr(result.bytes), kBatchBytes, Patience()),
      0U);
  EXPECT_EQ(Seqs(), UpTo(210));
}

TEST_F(KafkaSink, FatalErrorIsFollowedByANewProducer) {
  rd_kafka_mock_push_request_errors(cluster_.get(), kInitProducerIdRequest, 1,
                                    RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
  const auto sink = MakeKafkaSink(Options());
  const std::string lines = StatementLines(0, 200, 5);
  const Sink::Result result = sink->Deliver(lines);
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_NE(result.error.find("luster authorization failed"), std::string::npos)
      << result.error;
  EXPECT_EQ(DeliverAll(*sink, lines, kBatchBytes, Patience()), 0U);
  EXPECT_EQ(Seqs(), UpTo(200));
}

TEST_F(KafkaSink, BrokersThatAreDownAreAnErrorWithinTheTimeoutAndLinesFollowWhenTheyAreBack) {
  const auto sink = MakeKafkaSink(Options(1'000));
  DeliverAll(*sink, StatementLines(0, 10, 3), kBatchBytes, Patience());
  cluster_.SetAllDown();
  const auto began = std::chrono::steady_clock::now();
  const Sink::Result result = sink->Deliver(StatementLines(10, 100, 3));
  EXPECT_LT(std::chrono::steady_clock::now() - began, Patience());
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_NE(result.error.find(cluster_.bootstraps()), std::string::npos) << result.error;
  cluster_.SetAllUp();
  DeliverAll(*sink, StatementLines(10, 100, 3), kBatchBytes, Patience());
  EXPECT_EQ(Seqs(), UpTo(110));
}

TEST_F(KafkaSink, NothingIsMissingWhenBrokersComeAndGo) {
  const auto sink = MakeKafkaSink(Options(1'000));
  std::atomic<bool> done = false;
  std::thread trouble([&] {
    std::mt19937 random(7);
    for (int round = 0; round < 12 && !done; ++round) {
      const int broker = 1 + static_cast<int>(random() % kBrokers);
      cluster_.SetDown(broker);
      rd_kafka_mock_push_request_errors(cluster_.get(), kProduceRequest, 1,
                                        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
      // How long it stays away is the trouble itself, and nothing waits for it.
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 200));
      cluster_.SetUp(broker);
    }
  });
  DeliverAll(*sink, StatementLines(0, 4000, 11), 16 << 10, Patience());
  done = true;
  trouble.join();
  cluster_.SetAllUp();
  EXPECT_EQ(Seqs(), UpTo(4000));
}

TEST_F(KafkaSink, WhatThePromiseRestsOnCannotBeChanged) {
  for (const char* property :
       {"enable.idempotence", "acks", "request.required.acks", "transactional.id",
        "bootstrap.servers", "test.mock.num.brokers", "delivery.report.only.error"}) {
    KafkaSinkOptions options = Options();
    options.properties = {{property, "1"}};
    EXPECT_TRUE(
        ProblemOf(options).starts_with(std::string("kafka property ") + property + ": "))
        << ProblemOf(options);
    options.properties.clear();
    options.property_files = {{property, scratch_.File("value", "1")}};
    EXPECT_TRUE(
        ProblemOf(options).starts_with(std::string("kafka property ") + property + ": "))
        << ProblemOf(options);
  }
}

TEST_F(KafkaSink, WrongPropertyIsNamed) {
  KafkaSinkOptions options = Options();
  options.properties = {{"compression.typo", "zstd"}};
  EXPECT_NE(ProblemOf(options).find("compression.typo"), std::string::npos);
  options.properties = {{"max.in.flight", "100"}};  // too many for idempotence
  EXPECT_NE(ProblemOf(options).find("max.in.flight"), std::string::npos) << ProblemOf(options);
  options.properties = {{"compression.type", "zstd"}, {"linger.ms", "1"}};
  EXPECT_EQ(ProblemOf(options), "");
}

TEST_F(KafkaSink, SecretIsInNoError) {
  KafkaSinkOptions options = Options();
  options.property_files = {{"security.protocol", scratch_.File("secret", "open-sesame\n")}};
  const std::string refused = ProblemOf(options);
  EXPECT_NE(refused.find("security.protocol"), std::string::npos) << refused;
  EXPECT_EQ(refused.find("sesame"), std::string::npos) << refused;

  options.property_files = {{"sasl.password", scratch_.path() / "absent"}};
  EXPECT_NE(ProblemOf(options).find("absent"), std::string::npos);

  // Accepted, and of no use: the mock cluster speaks no SASL.
  options = Options(500);
  options.properties = {{"security.protocol", "sasl_plaintext"},
                        {"sasl.mechanism", "PLAIN"},
                        {"sasl.username", "pgmoat"}};
  options.property_files = {{"sasl.password", scratch_.File("secret", "  open-sesame\n")}};
  const Sink::Result result = MakeKafkaSink(options)->Deliver(StatementLines(0, 1, 1));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_NE(result.error, "");
  EXPECT_EQ(result.error.find("sesame"), std::string::npos) << result.error;
}

// Run it by --gtest_also_run_disabled_tests --gtest_filter=*Throughput*
TEST_F(KafkaSink, DISABLED_Throughput) {
  const auto sink = MakeKafkaSink(Options());
  const std::string lines = StatementLines(0, 20000, 20);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(DeliverAll(*sink, lines, kBatchBytes, Patience()), 0U);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << static_cast<int>(20000 / took.count()) << " lines/s of " << lines.size() / 20000
            << " bytes\n";
}

}  // namespace
}  // namespace pgmoat::audit
