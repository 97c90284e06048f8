#include "policy/fingerprint.h"

#include <pg_query.h>
#include <pthread.h>

#include <chrono>
#include <optional>
#include <string>

#include "tests/policy/corpus.h"

namespace pgmoat::policy {
namespace {

std::optional<std::uint64_t> OfTheLibrary(const std::string& sql) {
  const PgQueryFingerprintResult result = pg_query_fingerprint(sql.c_str());
  std::optional<std::uint64_t> fingerprint;
  if (result.error == nullptr) fingerprint = result.fingerprint;
  pg_query_free_fingerprint_result(result);
  return fingerprint;
}

std::string Repeat(std::string_view piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text.append(piece);
  return text;
}

// On the smallest stack that a thread of the program has.
std::optional<std::uint64_t> OnASmallStack(const std::string& sql) {
  struct Task {
    const std::string& sql;
    std::optional<std::uint64_t> result;
  } task{sql, std::nullopt};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  EXPECT_EQ(pthread_attr_setstacksize(&attributes, std::size_t{512} << 10), 0);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    auto* of = static_cast<Task*>(argument);
    of->result = Fingerprint(of->sql);
    return nullptr;
  };
  const int started = pthread_create(&thread, &attributes, run, &task);
  EXPECT_EQ(started, 0);
  if (started == 0) pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  return task.result;
}

TEST(Fingerprint, IsTheLibrarysOwn) {
  const std::vector<std::string> corpus = Corpus();
  ASSERT_GT(corpus.size(), 1'000U);
  for (const std::string& sql : corpus) {
    const auto fingerprint = Fingerprint(sql);
    ASSERT_TRUE(fingerprint) << sql;
    EXPECT_EQ(fingerprint, OfTheLibrary(sql)) << sql;
  }
}

TEST(Fingerprint, IsBlindForLiteralsOnly) {
  const auto fingerprint = Fingerprint("SELECT a FROM t WHERE b = 1 AND c = 'x'");
  EXPECT_EQ(fingerprint, Fingerprint("select a from t  where b = 25 and c = $1 -- x"));
  EXPECT_NE(fingerprint, Fingerprint("SELECT a FROM t WHERE b = 1 AND d = 'x'"));
  EXPECT_NE(fingerprint, Fingerprint("SELECT a FROM u WHERE b = 1 AND c = 'x'"));
}

TEST(Fingerprint, OfWhatCannotBeReadIsNothing) {
  EXPECT_FALSE(Fingerprint("SELEC 1"));
  EXPECT_FALSE(Fingerprint("SELECT '\xff'"));
  EXPECT_FALSE(Fingerprint(std::string_view("SELECT '\0'", 11)));
  EXPECT_FALSE(Fingerprint("SELECT '" + std::string(64 << 10, 'x') + "'"));
  EXPECT_TRUE(Fingerprint("SELECT '" + std::string(60 << 10, 'x') + "'"));
}

TEST(Fingerprint, OfNoStatementIsTheLibrarysToo) {
  for (const std::string sql : {"", ";", " -- nothing\n", "SELECT 1;; SELECT 2"}) {
    EXPECT_EQ(Fingerprint(sql), OfTheLibrary(sql)) << sql;
  }
}

// Up to what the library stands: its own; beyond: nothing.  Never a crash.
TEST(Fingerprint, LongAndDeepTextsAreSurvivedOnASmallStack) {
  EXPECT_FALSE(OnASmallStack("SELECT 1" + Repeat("+1", 64'000)));
  for (const int n : {10, 90, 300, 990, 2'000, 4'500}) {
    for (const std::string& sql :
         {"SELECT 1" + Repeat("+1", n), "SELECT " + Repeat("(", n) + "a" + Repeat(")", n),
          "SELECT " + Repeat("NOT ", n) + "a", "SELECT" + Repeat(" UNION SELECT", n),
          "SELECT 1 WHERE a" + Repeat(" AND b = 1", n),
          "SELECT 1 WHERE a IN (1" + Repeat(",2", n) + ")", "SELECT a" + Repeat("::int", n),
          "SELECT 1 FROM t" + Repeat(" JOIN t ON a", n),
          "SELECT " + Repeat("CASE WHEN a THEN ", n) + "1" + Repeat(" END", n),
          "SELECT " + Repeat("f(", n) + "a" + Repeat(")", n),
          Repeat("SELECT (", n) + "SELECT 1" + Repeat(")", n),
          Repeat("SELECT UNION (", n) + "SELECT 1" + Repeat(")", n),
          "SELECT " + Repeat("ARRAY[", n) + "1" + Repeat("]", n),
          Repeat("WITH a AS (", n) + "SELECT 1" + Repeat(") SELECT 1", n)}) {
      const auto fingerprint = OnASmallStack(sql);
      if (n <= 90) {
        EXPECT_TRUE(fingerprint) << sql;
      }
      if (fingerprint) {
        EXPECT_EQ(fingerprint, OfTheLibrary(sql)) << sql.substr(0, 60);
      }
    }
  }
  EXPECT_FALSE(OnASmallStack("SELECT" + Repeat(" UNION SELECT", 4'500)));
  EXPECT_TRUE(OnASmallStack("SELECT 1 WHERE a" + Repeat(" AND b = 1", 5'000)));
  EXPECT_TRUE(OnASmallStack("SELECT 1 WHERE a IN (1" + Repeat(",2", 30'000) + ")"));
}

// The library reads the right side once for each column on the left.
TEST(Fingerprint, AColumnListThatSharesItsSourceTakesNoLongTime) {
  const auto update = [](int columns) {
    return "UPDATE t SET (a" + Repeat(",a", columns - 1) + ") = (b" +
           Repeat(",b", columns - 1) + ")";
  };
  EXPECT_EQ(Fingerprint(update(30)), OfTheLibrary(update(30)));
  EXPECT_FALSE(Fingerprint(update(6'000)));
  std::string nested = "SELECT 1, 2";
  for (int i = 0; i < 40; ++i) {
    nested =
        "WITH c AS (UPDATE t SET (a, b) = (" + nested + ") RETURNING a) SELECT a, a FROM c";
  }
  EXPECT_FALSE(Fingerprint(nested));
}

}  // namespace
}  // namespace pgmoat::policy
