#include "proxy/audit/sinks/http_sink.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <stdexcept>
#include <string>

#include "tests/audit/sinks/remote/http_server.h"
#include "tests/audit/sinks/remote/lines.h"
#include "tests/audit/sinks/remote/scratch.h"

namespace pgmoat::audit {
namespace {

using Format = HttpSinkOptions::Format;

HttpReply Accepted(const HttpRequest& /*request*/) { return {}; }

HttpSinkOptions OptionsFor(const std::string& url, int timeout_ms = 20'000) {
  HttpSinkOptions options;
  options.url = url;
  options.timeout = std::chrono::milliseconds(timeout_ms);
  return options;
}

std::string Bodies(const HttpServer& server) {
  std::string bodies;
  for (const HttpRequest& request : server.requests()) bodies += request.body;
  return bodies;
}

// Delivers once to a server that answers so.
Sink::Result Answered(const HttpReply& reply, const HttpSinkOptions& base = {}) {
  const HttpServer server([&](const HttpRequest&) { return reply; });
  HttpSinkOptions options = base;
  options.url = server.Url("/ingest?key=letmein");
  return MakeHttpSink(options)->Deliver(StatementLines(0, 3, 1));
}

TEST(HttpSink, LinesArriveOverOneConnection) {
  const HttpServer server(Accepted);
  HttpSinkOptions options = OptionsFor(server.Url("/in?a=b"));
  options.headers = {{"X-Scope-OrgID", "audit"}};
  const auto sink = MakeHttpSink(options);
  const std::string lines = StatementLines(0, 2000, 7);
  EXPECT_EQ(DeliverAll(*sink, lines, 64 << 10, Patience()), 0U);
  EXPECT_EQ(Bodies(server), lines);
  EXPECT_EQ(server.connections(), 1);
  const HttpRequest first = server.requests().front();
  EXPECT_EQ(first.target, "/in?a=b");
  EXPECT_EQ(first.headers.at("content-type"), "application/x-ndjson");
  EXPECT_EQ(first.headers.at("x-scope-orgid"), "audit");
  EXPECT_FALSE(first.headers.contains("expect"));
}

TEST(HttpSink, GzipIsUnpackedToTheLines) {
  const HttpServer server(Accepted);
  HttpSinkOptions options = OptionsFor(server.Url());
  options.gzip = true;
  const std::string lines = StatementLines(0, 2000, 7);
  EXPECT_EQ(DeliverAll(*MakeHttpSink(options), lines, kBatchBytes, Patience()), 0U);
  EXPECT_EQ(Bodies(server), lines);
}

TEST(HttpSink, EachFormatIsSentWithItsType) {
  for (const Format format : {Format::kJsonArray, Format::kOtlp, Format::kLoki}) {
    const HttpServer server(Accepted);
    HttpSinkOptions options = OptionsFor(server.Url());
    options.format = format;
    EXPECT_EQ(MakeHttpSink(options)->Deliver(StatementLines(0, 5, 2)).error, "");
    const HttpRequest request = server.requests().at(0);
    EXPECT_EQ(request.headers.at("content-type"), "application/json");
    EXPECT_TRUE(nlohmann::json::accept(request.body)) << request.body;
  }
}

TEST(HttpSink, ContentTypeOfTheConfigStandsAlone) {
  const HttpServer server(Accepted);
  HttpSinkOptions options = OptionsFor(server.Url());
  options.headers = {{"content-Type", "text/plain"}};
  EXPECT_EQ(MakeHttpSink(options)->Deliver(StartLine(0)).error, "");
  EXPECT_EQ(server.requests().at(0).headers.at("content-type"), "text/plain");
}

TEST(HttpSink, AnswerThatIsNoSuccessDeliversNothingAndIsQuoted) {
  for (const int status : {300, 400, 401, 404, 429, 500, 503}) {
    const Sink::Result result = Answered({.status = status, .body = "no\nroom\x01 here"});
    EXPECT_EQ(result.bytes, 0U) << status;
    EXPECT_NE(result.error.find("answered " + std::to_string(status) + ": no room  here"),
              std::string::npos)
        << result.error;
    EXPECT_EQ(result.error.find("letmein"), std::string::npos) << result.error;
  }
  const Sink::Result longer = Answered({.status = 500, .body = std::string(300'000, 'x')});
  EXPECT_NE(longer.error.find(std::string(200, 'x')), std::string::npos);
  EXPECT_EQ(longer.error.find(std::string(201, 'x')), std::string::npos);
}

TEST(HttpSink, OtlpRecordsThatWereRejectedAreNotDelivered) {
  HttpSinkOptions options;
  options.format = Format::kOtlp;
  const std::string answer =
      R"({"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"quota"}})";
  const Sink::Result result = Answered({.status = 200, .body = answer}, options);
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_NE(result.error.find("2 records rejected: quota"), std::string::npos) << result.error;
  EXPECT_EQ(Answered({.status = 200, .body = R"({"partialSuccess":{}})"}, options).error, "");
}

TEST(HttpSink, RedirectIsNotFollowed) {
  const HttpServer elsewhere(Accepted);
  for (const int status : {301, 302, 307, 308}) {
    const Sink::Result result =
        Answered({.status = status, .headers = {{"Location", elsewhere.Url()}}});
    EXPECT_EQ(result.bytes, 0U);
    EXPECT_NE(result.error.find("answered " + std::to_string(status)), std::string::npos);
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(HttpSink, ProxyOfTheEnvironmentIsNotUsed) {
  const HttpServer proxy(Accepted);
  const HttpServer server(Accepted);
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
    ::setenv(name, proxy.Url().c_str(), 1);
  }
  const Sink::Result result = MakeHttpSink(OptionsFor(server.Url()))->Deliver(StartLine(0));
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(HttpSink, SecretHeaderIsReadAnewAndNeverQuoted) {
  const Scratch scratch;
  const HttpServer server([](const HttpRequest& request) {
    const std::string token = request.headers.at("authorization");
    const int status = token == "Bearer new-token" ? 204 : 401;
    return HttpReply{.status = status, .body = status == 401 ? "not with " + token : ""};
  });
  HttpSinkOptions options = OptionsFor(server.Url());
  options.header_files = {{"Authorization", scratch.File("token", "Bearer old-token\n")}};
  const auto sink = MakeHttpSink(options);
  const Sink::Result refused = sink->Deliver(StartLine(0));
  EXPECT_NE(refused.error.find("401: not with ***"), std::string::npos) << refused.error;
  EXPECT_EQ(refused.error.find("old-token"), std::string::npos) << refused.error;
  scratch.File("token", "Bearer new-token\n");
  EXPECT_EQ(sink->Deliver(StartLine(0)).error, "");
  std::filesystem::remove(scratch.path() / "token");
  const Sink::Result gone = sink->Deliver(StartLine(1));
  EXPECT_EQ(gone.bytes, 0U);
  EXPECT_NE(gone.error.find("token"), std::string::npos) << gone.error;
}

TEST(HttpSink, WhatIsNoHeaderIsRefusedAtTheStart) {
  const Scratch scratch;
  HttpSinkOptions options = OptionsFor("http://127.0.0.1:9/");
  options.headers = {{"X-A", "1\r\nX-B: 2"}};
  EXPECT_THROW((void)MakeHttpSink(options), std::runtime_error);
  options.headers = {{"X A", "1"}};
  EXPECT_THROW((void)MakeHttpSink(options), std::runtime_error);
  options.headers.clear();
  options.header_files = {{"X-A", scratch.path() / "absent"}};
  EXPECT_THROW((void)MakeHttpSink(options), std::runtime_error);
}

TEST(HttpSink, ServerThatNeverAnswersIsAnErrorInTime) {
  const HttpServer server([](const HttpRequest&) { return HttpReply{.silent = true}; });
  const auto sink = MakeHttpSink(OptionsFor(server.Url(), 300));
  const auto began = std::chrono::steady_clock::now();
  const Sink::Result result = sink->Deliver(StatementLines(0, 3, 1));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_NE(result.error.find("timed out"), std::string::npos) << result.error;
}

TEST(HttpSink, NobodyThereIsAnErrorThatNamesTheHost) {
  std::string url;
  {
    const HttpServer gone(Accepted);
    url = gone.Url("/x?key=letmein");
  }
  const Sink::Result result = MakeHttpSink(OptionsFor(url))->Deliver(StartLine(0));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_NE(result.error.find("http://127.0.0.1:"), std::string::npos) << result.error;
  EXPECT_EQ(result.error.find("letmein"), std::string::npos) << result.error;
}

TEST(HttpSink, BatchThatIsTooLargeIsHalved) {
  const HttpServer server([](const HttpRequest& request) {
    return HttpReply{.status = request.body.size() > 10'000 ? 413 : 200};
  });
  const auto sink = MakeHttpSink(OptionsFor(server.Url()));
  const std::string lines = StatementLines(0, 400, 3);
  EXPECT_LT(DeliverAll(*sink, lines, kBatchBytes, Patience()), 10U);
  std::string taken;
  for (const HttpRequest& request : server.requests()) {
    if (request.body.size() <= 10'000) taken += request.body;
  }
  EXPECT_EQ(taken, lines);
}

TEST(HttpSink, LineThatIsTooLargeByItselfIsAnErrorEachTime) {
  const HttpServer server([](const HttpRequest&) { return HttpReply{.status = 413}; });
  const auto sink = MakeHttpSink(OptionsFor(server.Url()));
  for (int i = 0; i < 3; ++i) {
    const Sink::Result result = sink->Deliver(StartLine(0));
    EXPECT_EQ(result.bytes, 0U);
    EXPECT_NE(result.error.find("413"), std::string::npos);
  }
}

// Everything that a server can do wrong, in a random order that is always the same.
TEST(HttpSink, NothingIsMissingOnAServerThatFailsStallsAndCuts) {
  std::mt19937 random(11);
  std::string taken;
  const auto answer = [&](const HttpRequest& request) {
    switch (random() % 8) {
      case 0:
        return HttpReply{.status = 500, .body = "broken"};
      case 1:
        return HttpReply{.status = 429, .body = "slow down"};
      case 2:
        return HttpReply{.cut = true};
      case 3:
        return HttpReply{.silent = true};
      case 4:
        taken += request.body;  // and the answer is lost
        return HttpReply{.status = 200, .body = "half of this", .cut = true};
      default:
        taken += request.body;
        return HttpReply{.status = 200};
    }
  };
  std::mt19937 cuts(12);
  const HttpServer server(answer, nullptr, [&] { return cuts() % 10 == 0; });
  const std::string lines = StatementLines(0, 1500, 7);
  // Short, as it is waited for; whether a good answer comes in time does not matter.
  const auto sink = MakeHttpSink(OptionsFor(server.Url(), 250));
  EXPECT_GT(DeliverAll(*sink, lines, 16 << 10, Patience()), 5U);
  std::set<std::uint64_t> seqs;
  for (std::size_t at = 0; at < taken.size();) {
    const std::size_t end = taken.find('\n', at);
    seqs.insert(nlohmann::json::parse(taken.substr(at, end - at))["seq"].get<std::uint64_t>());
    at = end + 1;
  }
  EXPECT_EQ(seqs.size(), 1500U);
}

TEST(HttpSink, TlsServerIsCheckedAgainstTheCaFile) {
  const Scratch scratch;
  const TestCertificate certificate =
      MakeCertificate(scratch.path(), "DNS:localhost,IP:127.0.0.1");
  const HttpServer server(Accepted, &certificate);
  HttpSinkOptions options = OptionsFor(server.Url());
  const Sink::Result unknown = MakeHttpSink(options)->Deliver(StartLine(0));
  EXPECT_EQ(unknown.bytes, 0U);
  EXPECT_NE(unknown.error.find("certificate"), std::string::npos) << unknown.error;
  EXPECT_TRUE(server.requests().empty());

  options.tls.ca_file = certificate.certificate;
  const std::string lines = StatementLines(0, 500, 7);
  EXPECT_EQ(DeliverAll(*MakeHttpSink(options), lines, 64 << 10, Patience()), 0U);
  EXPECT_EQ(Bodies(server), lines);
}

TEST(HttpSink, TlsServerOfAnotherNameIsRefusedUnlessNotVerified) {
  const Scratch scratch;
  const TestCertificate certificate = MakeCertificate(scratch.path(), "DNS:logs.example.org");
  const HttpServer server(Accepted, &certificate);
  HttpSinkOptions options = OptionsFor(server.Url());
  options.tls.ca_file = certificate.certificate;
  EXPECT_NE(MakeHttpSink(options)->Deliver(StartLine(0)).error, "");
  EXPECT_TRUE(server.requests().empty());
  options.tls.verify = false;
  EXPECT_EQ(MakeHttpSink(options)->Deliver(StartLine(0)).error, "");
}

// Run it by --gtest_also_run_disabled_tests --gtest_filter=*Throughput*
TEST(HttpSink, DISABLED_Throughput) {
  const std::string lines = StatementLines(0, 100'000, 20);
  for (const Format format :
       {Format::kJsonLines, Format::kJsonArray, Format::kOtlp, Format::kLoki}) {
    for (const bool gzip : {false, true}) {
      const HttpServer server(Accepted);
      HttpSinkOptions options = OptionsFor(server.Url());
      options.format = format;
      options.gzip = gzip;
      const auto sink = MakeHttpSink(options);
      const auto began = std::chrono::steady_clock::now();
      EXPECT_EQ(DeliverAll(*sink, lines, kBatchBytes, Patience()), 0U);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      std::cout << static_cast<int>(100'000 / took.count()) << " lines/s of "
                << lines.size() / 100'000 << " bytes, format " << static_cast<int>(format)
                << (gzip ? ", gzip" : "") << '\n';
    }
  }
}

}  // namespace
}  // namespace pgmoat::audit
