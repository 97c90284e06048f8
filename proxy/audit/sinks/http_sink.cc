#include "proxy/audit/sinks/http_sink.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/audit/sinks/http_body.h"
#include "proxy/audit/sinks/remote_secret.h"

namespace pgmoat::audit {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxAnswerBytes = std::size_t{64} << 10;  // more is read and dropped
constexpr std::size_t kQuotedAnswerBytes = 200;

struct CleanUp {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, CleanUp>;

void Append(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

// libcurl's own variables are made once for the process, and stay.
void StartCurl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::runtime_error("libcurl cannot start");
}

std::size_t OnAnswer(const char* bytes, std::size_t /*one*/, std::size_t count, void* answer) {
  auto& text = *static_cast<std::string*>(answer);
  text.append(bytes, std::min(count, kMaxAnswerBytes - text.size()));
  return count;
}

// A value of several lines would be several headers.
void CheckHeader(const std::string& name, const std::string& value) {
  const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_';
  }) && value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
  if (!good)
    throw std::runtime_error("'" + name + "' is no HTTP header with one line of value");
}

// "https://host:port/path": what may be in a query or before an '@' is nobody's business.
std::string NameOf(const std::string& url) {
  std::string name = url.substr(0, url.find_first_of("?#"));
  const std::size_t host = name.find("://");
  if (host == std::string::npos) return name;
  const std::size_t path = name.find('/', host + 3);
  const std::size_t at = name.rfind('@', path);
  if (at != std::string::npos && at > host) name.erase(host + 3, at - host - 2);
  return name;
}

void Mask(std::string& text, const std::string& secret) {
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + 3)) {
    text.replace(at, secret.size(), "***");
  }
}

// What the server says, for a log line: one line, short, without our own secrets.
std::string Quote(std::string answer, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) Mask(answer, secret);
  answer.resize(std::min(answer.size(), kQuotedAnswerBytes));
  std::replace_if(
      answer.begin(), answer.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  const std::size_t end = answer.find_last_not_of(' ');
  return end == std::string::npos ? std::string() : ": " + answer.substr(0, end + 1);
}

class HttpSink final : public Sink {
 public:
  explicit HttpSink(const HttpSinkOptions& options) : options_(options) {
    StartCurl();
    handle_.reset(curl_easy_init());
    if (handle_ == nullptr) throw std::runtime_error("libcurl cannot start");
    std::vector<std::string> secrets;
    (void)Headers(secrets);  // says now what is wrong with them
    SetConnection();
    SetTls();
  }

  Result Deliver(std::string_view lines) override {
    const Clock::time_point deadline = Clock::now() + options_.timeout;
    Result result;
    try {
      while (result.bytes < lines.size() && result.error.empty()) {
        const std::string_view batch = Front(lines.substr(result.bytes));
        result.error = Post(batch, deadline);
        if (result.error.empty()) result.bytes += batch.size();
      }
    } catch (const std::exception& error) {  // a secret's file has gone; no memory
      result.error = NameOf(options_.url) + ": " + error.what();
    }
    return result;
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(handle_.get(), option, value);
    if (code != CURLE_OK) {
      throw std::runtime_error(NameOf(options_.url) + ": " + curl_easy_strerror(code));
    }
  }

  void SetConnection() {
    Set(CURLOPT_URL, options_.url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_PROXY, "");  // also says no to the variables of the environment
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_TCP_KEEPALIVE, 1L);
    Set(CURLOPT_USERAGENT, "pgmoat");
    Set(CURLOPT_WRITEFUNCTION, &OnAnswer);
    Set(CURLOPT_ERRORBUFFER, problem_.data());
  }

  void SetTls() {
    const SinkTls& tls = options_.tls;
    Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    Set(CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
    Set(CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
    if (!tls.ca_file.empty()) Set(CURLOPT_CAINFO, tls.ca_file.c_str());
    if (!tls.certificate.empty()) Set(CURLOPT_SSLCERT, tls.certificate.c_str());
    if (!tls.key.empty()) Set(CURLOPT_SSLKEY, tls.key.c_str());
  }

  // As many whole lines as go into one request; at least one.
  [[nodiscard]] std::string_view Front(std::string_view lines) const {
    if (lines.size() <= batch_bytes_) return lines;
    const std::size_t within = lines.rfind('\n', batch_bytes_ - 1);
    const std::size_t end = within == std::string_view::npos ? lines.find('\n') : within;
    return lines.substr(0, end == std::string_view::npos ? lines.size() : end + 1);
  }

  HeaderList Headers(std::vector<std::string>& secrets) const {
    HeaderList list;
    // Later ones of the same name would be sent as well: the config's own come alone.
    bool typed = false;
    const auto add = [&](const std::string& name, const std::string& value) {
      CheckHeader(name, value);
      std::string lower = name;
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      typed = typed || lower == "content-type";
      Append(list, name + ": " + value);
    };
    for (const auto& [name, value] : options_.headers) add(name, value);
    for (const auto& [name, file] : options_.header_files) {
      secrets.push_back(ReadSecretFile(file));
      add(name, secrets.back());
    }
    if (!typed) add("Content-Type", HttpContentType(options_.format));
    if (options_.gzip) add("Content-Encoding", "gzip");
    Append(list, "Expect:");  // no round trip to ask whether a body is welcome
    return list;
  }

  // One request; why it did not succeed, or nothing.
  std::string Post(std::string_view lines, Clock::time_point deadline) {
    std::vector<std::string> secrets;
    const HeaderList headers = Headers(secrets);
    std::string body = HttpBody(options_.format, lines, options_.labels);
    if (options_.gzip) body = Gzip(body);
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    std::string answer;
    Set(CURLOPT_HTTPHEADER, headers.get());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    Set(CURLOPT_POSTFIELDS, body.c_str());
    Set(CURLOPT_WRITEDATA, &answer);
    // 0 would mean for ever.
    const long at_most = std::max<long>(1, static_cast<long>(left.count()));
    Set(CURLOPT_TIMEOUT_MS, at_most);
    Set(CURLOPT_CONNECTTIMEOUT_MS, at_most);
    problem_.fill('\0');
    const CURLcode code = curl_easy_perform(handle_.get());
    std::string problem = code == CURLE_OK ? Judge(answer, lines, secrets) : Problem(code);
    // The handle must not point to what ends here.
    Set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    Set(CURLOPT_POSTFIELDS, "");
    return problem;
  }

  [[nodiscard]] std::string Problem(CURLcode code) const {
    const char* detail = problem_[0] != '\0' ? problem_.data() : curl_easy_strerror(code);
    return NameOf(options_.url) + ": " + detail;
  }

  std::string Judge(const std::string& answer, std::string_view lines,
                    const std::vector<std::string>& secrets) {
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    const std::string name = NameOf(options_.url);
    if (status >= 200 && status < 300) {
      if (options_.format != HttpSinkOptions::Format::kOtlp) return {};
      const std::string rejection = OtlpRejection(answer);
      return rejection.empty() ? std::string() : name + Quote(rejection, secrets);
    }
    std::string problem = name + " answered " + std::to_string(status) + Quote(answer, secrets);
    if (status == 413 && lines.find('\n') + 1 < lines.size()) {
      batch_bytes_ = std::max<std::size_t>(1, lines.size() / 2);
      problem += "; batches are halved to " + std::to_string(batch_bytes_) + " bytes";
    }
    return problem;
  }

  const HttpSinkOptions options_;
  std::size_t batch_bytes_ = kBatchBytes * 4;  // of lines, of one request
  std::array<char, CURL_ERROR_SIZE> problem_{};
  std::unique_ptr<CURL, CleanUp> handle_;
};

}  // namespace

std::unique_ptr<Sink> MakeHttpSink(const HttpSinkOptions& options) {
  return std::make_unique<HttpSink>(options);
}

}  // namespace pgmoat::audit
