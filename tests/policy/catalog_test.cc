// What a catalog snapshot tells `readonly` about the database's own functions, operators,
// casts and views.
#include "policy/catalog.h"

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

class CatalogJudgement : public ::testing::Test {
 protected:
  CatalogJudgement() {
    circumstances_.catalog = &catalog_;
    circumstances_.catalog_required = true;
    Row("relation", "public", "orders");
    Row("function", "public", "pure");
    Row("function", "public", "restock", "volatile");
    Row("function", "public", "whoami", "definer");
  }
  void Row(std::string_view what, std::string_view schema, std::string_view name,
           std::string_view other = "", std::string_view detail = "") {
    // Of a function, `other` is its danger and `detail` its extension; of all others they
    // name what it runs.
    if (what == "function") {
      ASSERT_TRUE(catalog_.AddRow({what, schema, name, other, "", detail})) << name;
    } else {
      ASSERT_TRUE(catalog_.AddRow({what, schema, name, "", other, detail})) << what;
    }
  }
  // "ok", or the rule that refuses.
  std::string Ask(std::string_view sql) {
    const Decision decision = Judge(rules_, FactsOf(sql), circumstances_);
    return decision.allowed ? "ok" : std::string(decision.rule);
  }

  Catalog catalog_;
  Circumstances circumstances_;
  Rules rules_ = RulesOf(BuiltinRole::kReadonly);
};

TEST_F(CatalogJudgement, RowsThatTheQueryDoesNotMakeAreRefused) {
  const std::size_t rows = catalog_.rows();
  EXPECT_FALSE(catalog_.AddRow({"nonsense", "a", "b", "", "c", "d"}));
  EXPECT_FALSE(catalog_.AddRow({"function", "a", "b", "harmless?", "", ""}));
  EXPECT_EQ(catalog_.rows(), rows);
}

TEST_F(CatalogJudgement, FunctionsByTheirLabel) {
  EXPECT_EQ(Ask("SELECT pure(1)"), "ok");
  EXPECT_EQ(Ask("SELECT public.pure(1)"), "ok");
  EXPECT_EQ(Ask("SELECT restock(1)"), "readonly.function");
  EXPECT_EQ(Ask("SELECT public.restock(1)"), "readonly.function");
  EXPECT_EQ(Ask("SELECT whoami()"), "readonly.function");
  EXPECT_EQ(Ask("SELECT nobody_knows()"), "readonly.function");
  EXPECT_EQ(Ask("SELECT other.pure(1)"), "readonly.function") << "not in that schema";
}

TEST_F(CatalogJudgement, TheWorstOverloadCounts) {
  Row("function", "public", "pure", "volatile");
  EXPECT_EQ(Ask("SELECT pure(1)"), "readonly.function");
  Row("function", "a", "twice");
  Row("function", "b", "twice", "volatile");
  EXPECT_EQ(Ask("SELECT a.twice(1)"), "ok");
  EXPECT_EQ(Ask("SELECT b.twice(1)"), "readonly.function");
  EXPECT_EQ(Ask("SELECT twice(1)"), "readonly.function") << "either";
}

TEST_F(CatalogJudgement, OverloadOfABuiltInFunction) {
  EXPECT_EQ(Ask("SELECT lower('A')"), "ok");
  Row("function", "public", "lower", "volatile");
  EXPECT_EQ(Ask("SELECT lower('A')"), "readonly.function");
  EXPECT_EQ(Ask("SELECT pg_catalog.lower('A')"), "ok");
}

TEST_F(CatalogJudgement, ALabelDoesNotExcuseABuiltInFunctionThatIsRefused) {
  Row("function", "public", "pg_read_file");
  Row("function", "public", "nextval");
  EXPECT_EQ(Ask("SELECT pg_read_file('x')"), "any.function");
  EXPECT_EQ(Ask("SELECT nextval('s')"), "readonly.write-function");
}

TEST_F(CatalogJudgement, NamesAreComparedAsTheyAre) {
  Row("function", "My.Schema", "Do.It", "volatile");
  Row("function", "My", "Schema.Do");
  EXPECT_EQ(Ask("SELECT \"My.Schema\".\"Do.It\"()"), "readonly.function");
  EXPECT_EQ(Ask("SELECT \"My\".\"Schema.Do\"()"), "ok");
  Row("reads", "a.b", "c", "public", "restock");
  EXPECT_EQ(Ask("SELECT * FROM \"a.b\".c"), "readonly.view");
  EXPECT_EQ(Ask("SELECT * FROM a.\"b.c\""), "ok");
}

TEST_F(CatalogJudgement, ViewsOperatorsCasts) {
  Row("relation", "public", "v");
  Row("reads", "public", "v", "public", "restock");
  Row("operator", "public", "!!!", "public", "restock");
  Row("operator_name", "", "!!!", "public", "restock");
  Row("cast", "public", "dom", "public", "restock");
  Row("foreign", "public", "remote", "public", "remote");
  EXPECT_EQ(Ask("SELECT * FROM orders WHERE id = ALL (SELECT id FROM v)"), "readonly.view");
  EXPECT_EQ(Ask("COPY v TO STDOUT"), "readonly.view");
  EXPECT_EQ(Ask("TABLE public.v"), "readonly.view");
  EXPECT_EQ(Ask("SELECT * FROM other.v"), "ok");
  EXPECT_EQ(Ask("SELECT !!! 1"), "readonly.function");
  EXPECT_EQ(Ask("SELECT 1 OPERATOR(public.!!!) 2"), "readonly.function");
  EXPECT_EQ(Ask("SELECT 1 OPERATOR(pg_catalog.+) 2"), "ok");
  EXPECT_EQ(Ask("SELECT 1::dom"), "readonly.function");
  EXPECT_EQ(Ask("SELECT '{1}'::public.dom[]"), "readonly.function");
  EXPECT_EQ(Ask("SELECT 1::int"), "ok");
  EXPECT_EQ(Ask("SELECT * FROM remote"), "readonly.view");
  EXPECT_EQ(Ask("SELECT * FROM orders"), "ok");
}

TEST_F(CatalogJudgement, AViewOverWhatTheTablesAllowIsAllowed) {
  Row("reads", "public", "v", "pg_catalog", "random");
  EXPECT_EQ(Ask("SELECT random()"), "ok");
  EXPECT_EQ(Ask("SELECT * FROM v"), "ok");
  Row("reads", "public", "w", "pg_catalog", "pg_read_file");
  EXPECT_EQ(Ask("SELECT * FROM w"), "readonly.view");
}

TEST_F(CatalogJudgement, AllowFunctionsLiftsIt) {
  Row("reads", "public", "v", "public", "restock");
  Row("operator", "public", "!!!", "public", "restock");
  Row("operator_name", "", "!!!", "public", "restock");
  rules_.allow_functions = {"public.restock"};
  EXPECT_EQ(Ask("SELECT public.restock(1)"), "ok");
  EXPECT_EQ(Ask("SELECT * FROM v"), "ok");
  EXPECT_EQ(Ask("SELECT !!! 1"), "ok");
  EXPECT_EQ(Ask("SELECT restock(1)"), "readonly.function") << "as the statement writes it";
}

TEST_F(CatalogJudgement, WithoutItThereIsNoBenefitOfTheDoubt) {
  circumstances_.catalog = nullptr;
  EXPECT_EQ(Ask("SELECT * FROM orders"), "readonly.no-catalog");
  EXPECT_EQ(Ask("SELECT * FROM public.pg_class"), "readonly.no-catalog");
  EXPECT_EQ(Ask("SELECT pure(1)"), "readonly.function");
  EXPECT_EQ(Ask("SELECT now(), lower('A') FROM pg_catalog.pg_class, pg_namespace"), "ok");
  EXPECT_EQ(Ask("SELECT 1"), "ok");
  circumstances_.catalog_required = false;
  EXPECT_EQ(Ask("SELECT * FROM orders"), "ok") << "explain, without a database";
}

TEST_F(CatalogJudgement, OtherRolesAreNotBothered) {
  Row("reads", "public", "v", "public", "restock");
  for (const BuiltinRole role :
       {BuiltinRole::kApp, BuiltinRole::kDeploy, BuiltinRole::kAdmin}) {
    rules_.role = role;
    circumstances_.catalog = &catalog_;
    EXPECT_EQ(Ask("SELECT restock(1), whoami() FROM v"), "ok") << RoleName(role);
    circumstances_.catalog = nullptr;
    EXPECT_EQ(Ask("SELECT restock(1), whoami() FROM v"), "ok") << RoleName(role);
  }
}

TEST_F(CatalogJudgement, ResolvesTheSchemasOfOwnRules) {
  Row("relation", "hr", "salaries");
  OwnRule deny;
  deny.id = "support.1";
  deny.match.kinds = {Kind::kRead};
  deny.match.relations = {"hr.*"};
  rules_.own = {deny};
  EXPECT_TRUE(rules_.NeedsCatalog());
  EXPECT_EQ(Ask("SELECT * FROM salaries"), "support.1");
  EXPECT_EQ(Ask("SELECT * FROM orders"), "ok") << "only in public";
  Row("relation", "hr", "orders");
  EXPECT_EQ(Ask("SELECT * FROM orders"), "support.1") << "in public or hr";
  EXPECT_EQ(Ask("SELECT * FROM public.orders"), "ok");

  OwnRule allow = deny;
  allow.effect = Effect::kAllow;
  allow.match.kinds = {Kind::kInsert};
  rules_.own = {allow};
  EXPECT_EQ(Ask("INSERT INTO salaries VALUES (1)"), "ok") << "in hr alone";
  EXPECT_EQ(Ask("INSERT INTO orders VALUES (1)"), "readonly.write") << "in public or hr";
}

TEST_F(CatalogJudgement, NamesOfBuiltInThingsMeanOnesOwnOnlyForOnesOwnTypes) {
  const auto operand = [&](std::string_view what, std::string_view schema,
                           std::string_view name, std::string_view object) {
    ASSERT_TRUE(catalog_.AddRow({what, schema, name, object, "public", "restock"}));
  };
  for (const char* object : {"=", "lower", "::text"}) {
    operand("operand", "app", "box", object);
    operand("operand_in", "app", "boxes", object);
  }
  EXPECT_EQ(Ask("SELECT lower(a)::text FROM orders WHERE id = 1"), "ok");
  EXPECT_EQ(Ask("SELECT 1 FROM app.boxes WHERE b = c"), "readonly.function");
  EXPECT_EQ(Ask("SELECT lower(b) FROM boxes"), "readonly.function");
  EXPECT_EQ(Ask("SELECT b::text FROM app.boxes"), "readonly.function");
  EXPECT_EQ(Ask("SELECT lower('1'::app.box)"), "readonly.function");
  EXPECT_EQ(Ask("SELECT b FROM app.boxes"), "ok");
}

TEST_F(CatalogJudgement, CallsInTheShapeOfAField) {
  ASSERT_TRUE(catalog_.AddRow({"field", "", "", "row", "public", "restock"}));
  ASSERT_TRUE(catalog_.AddRow({"field", "", "", "scalar", "public", "touch"}));
  EXPECT_EQ(Ask("SELECT o.restock FROM orders o"), "readonly.function");
  EXPECT_EQ(Ask("SELECT (o).restock FROM orders o"), "readonly.function");
  EXPECT_EQ(Ask("SELECT (1).touch"), "readonly.function");
  EXPECT_EQ(Ask("SELECT o.touch FROM orders o"), "ok") << "a row is no number";
  EXPECT_EQ(Ask("SELECT restock FROM orders o"), "ok") << "a column";
  rules_.allow_functions = {"public.restock"};
  EXPECT_EQ(Ask("SELECT o.restock FROM orders o"), "ok");
}

TEST_F(CatalogJudgement, ARuleOfTheConfigMayOpenAForeignTable) {
  Row("relation", "app", "remote");
  Row("foreign", "app", "remote", "app", "remote");
  EXPECT_EQ(Ask("SELECT * FROM app.remote"), "readonly.view");
  OwnRule allow;
  allow.id = "support.1";
  allow.effect = Effect::kAllow;
  allow.match.kinds = {Kind::kRead};
  allow.match.relations = {"app.remote"};
  rules_.own = {allow};
  EXPECT_EQ(Ask("SELECT * FROM app.remote"), "ok");
  EXPECT_EQ(Ask("SELECT * FROM remote"), "ok") << "there is only that one";
}

}  // namespace
}  // namespace pgmoat::policy
