// Functions of extensions: what a name match means (policy/functions.h), and what the
// roles get.
#include "policy/catalog.h"
#include "policy/functions.h"
#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

constexpr auto kReadonly = BuiltinRole::kReadonly;
constexpr auto kApp = BuiltinRole::kApp;
constexpr auto kDeploy = BuiltinRole::kDeploy;

std::string Call(std::string_view name) { return "SELECT " + std::string(name) + "()"; }

TEST(ExtensionFunctions, HarmlessOnesOfCommonExtensionsAreAllowed) {
  for (const char* name : {"st_distance",
                           "ST_AsGeoJSON",
                           "public.st_makepoint",
                           "postgis.st_dwithin",
                           "extensions.st_transform",
                           "postgis_full_version",
                           "st_generatepoints",
                           "st_coverageunion",
                           "geometry",
                           "topology.geometry",
                           "topology.gettopologyname",
                           "st_value",
                           "similarity",
                           "word_similarity",
                           "show_trgm",
                           "set_limit",
                           "l2_distance",
                           "public.cosine_distance",
                           "vector.inner_product",
                           "subvector",
                           "uuid_generate_v4",
                           "\"uuid-ossp\".uuid_generate_v1",
                           "extensions.uuid_generate_v5",
                           "gen_salt",
                           "crypt",
                           "digest",
                           "public.gen_random_uuid",
                           "pgp_sym_decrypt",
                           "hstore",
                           "akeys",
                           "hstore.skeys",
                           "unaccent",
                           "levenshtein",
                           "earth_distance",
                           "cube_distance",
                           "nlevel",
                           "intset",
                           "normal_rand",
                           "heroku_ext.digest",
                           "pg_stat_statements",
                           "pgstattuple",
                           "pg_buffercache_pages",
                           "hypopg_create_index",
                           "bt_index_check",
                           "ssl_is_used",
                           "hll_cardinality",
                           "time_bucket"}) {
    for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) ExpectAllowed(role, Call(name));
  }
}

TEST(ExtensionFunctions, ANameInAnotherSchemaIsSomebodyElses) {
  for (const char* name :
       {"app.uuid_generate_v4", "app.st_distance", "postgis.digest", "pg_catalog.st_distance",
        "topology.st_distance", "public.topologysummary", "\"Public\".digest", "app.gen_salt",
        "pg_temp.similarity"}) {
    ExpectRefused(kReadonly, Call(name), "readonly.function", "42501");
    ExpectAllowed(kApp, Call(name));
  }
  for (const char* name : {"app.http_get", "jobs.schedule", "public.schedule", "app.invoke",
                           "app.drop_chunks", "public.create_node", "app.parse"}) {
    ExpectAllowed(kApp, Call(name));
    ExpectAllowed(kDeploy, Call(name));
  }
}

TEST(ExtensionFunctions, DangerousOnesAreRefusedToEveryRestrictedRole) {
  for (const char* name : {"cron.schedule",
                           "cron.unschedule",
                           "cron.alter_job",
                           "cron.schedule_in_database",
                           "schedule_in_database",
                           "unschedule",
                           "schedule",
                           "net.http_get",
                           "net.http_post",
                           "http_get",
                           "public.http_post",
                           "extensions.http",
                           "http.http_delete",
                           "aws_s3.query_export_to_s3",
                           "public.table_import_from_s3",
                           "aws_lambda.invoke",
                           "azure_storage.blob_put",
                           "utl_file.fopen",
                           "dbms_sql.open_cursor",
                           "app.dblink_send_query",
                           "dblink_of_a_later_release",
                           "public.pgr_dijkstra",
                           "_pgr_astar",
                           "ext.crosstab",
                           "xpath_table",
                           "st_mapalgebra",
                           "st_setbandpath",
                           "dropgeometrytable",
                           "topology.droptopology",
                           "app.pg_buffercache_evict",
                           "heap_force_kill",
                           "pg_truncate_visibility_map",
                           "pg_stat_statements_reset",
                           "autoprewarm_start_worker",
                           "set_user",
                           "drop_chunks",
                           "add_job",
                           "alter_job",
                           "run_command_on_workers",
                           "pg_background_launch",
                           "pglogical.create_subscription",
                           "repack.repack_apply",
                           "pg_file_write",
                           "pg_catalog.pg_file_unlink",
                           "pg_start_backup"}) {
    for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) {
      ExpectRefused(role, Call(name), "any.function", "42501");
    }
    ExpectAllowed(BuiltinRole::kAdmin, Call(name));
  }
}

TEST(ExtensionFunctions, DdlInAFunctionsClothesIsDeploys) {
  for (const char* name :
       {"addgeometrycolumn", "public.updategeometrysrid", "st_fromflatgeobuftotable",
        "create_hypertable", "add_retention_policy", "create_distributed_table",
        "partman.create_parent", "topology.createtopology", "addrasterconstraints"}) {
    ExpectRefused(kReadonly, Call(name), "readonly.write-function", "25006");
    ExpectRefused(kApp, Call(name), "any.function", "42501");
    ExpectAllowed(kDeploy, Call(name));
  }
}

TEST(ExtensionFunctions, SideEffectsAreRefusedToReadonlyOnly) {
  for (const char* name :
       {"pg_prewarm", "app.pg_prewarm", "get_raw_page", "bt_index_parent_check",
        "postgres_fdw_disconnect_all", "topology.st_addisonode", "topology.asgml",
        "xslt_process", "pg_get_wal_records_info"}) {
    ExpectRefused(kReadonly, Call(name), "readonly.function", "42501");
    ExpectAllowed(kApp, Call(name));
  }
  ExpectRefused(kReadonly, Call("lockrow"), "readonly.write-function", "25006");
}

// Whoever runs pgmoat knows whose `schedule` it is, and which text crosstab is given.
TEST(ExtensionFunctions, AListOpensWhatANameMayMistake) {
  Rules rules = RulesOf(kApp);
  rules.allow_functions = {"schedule",    "public.http_get", "crosstab",    "pgr_dijkstra",
                           "dblink_exec", "heap_force_kill", "pg_read_file"};
  auto allowed = [&](std::string_view name) {
    return Judge(rules, FactsOf(Call(name))).allowed;
  };
  EXPECT_TRUE(allowed("schedule"));
  EXPECT_FALSE(allowed("cron.schedule"));
  EXPECT_TRUE(allowed("public.http_get"));
  EXPECT_FALSE(allowed("http_get"));
  EXPECT_TRUE(allowed("crosstab"));
  EXPECT_TRUE(allowed("pgr_dijkstra"));
  for (const char* name : {"dblink_exec", "heap_force_kill", "pg_read_file"}) {
    EXPECT_FALSE(allowed(name)) << name;
  }
}

// Somebody's own function in public, called like hstore's.
TEST(ExtensionFunctions, ACatalogTellsWhoseANameIs) {
  Catalog catalog;
  for (const CatalogRow& row : {CatalogRow{"function", "public", "slice", "volatile", ""},
                                {"function", "public", "akeys", "definer", ""},
                                {"function", "public", "set_limit", "definer", ""},
                                {"function", "extensions", "uuid_generate_v4", "volatile", ""},
                                {"function", "public", "st_collect", "volatile", ""},
                                {"function", "public", "skeys", "", ""},
                                {"relation", "public", "v", "", ""},
                                {"reads", "public", "v", "public", "slice"},
                                {"relation", "public", "w", "", ""},
                                {"reads", "public", "w", "extensions", "uuid_generate_v4"}}) {
    ASSERT_TRUE(catalog.AddRow(row));
  }
  Circumstances known;
  known.catalog = &catalog;
  Rules rules = RulesOf(kReadonly);
  auto allowed = [&](std::string_view sql) {
    return Judge(rules, FactsOf(sql), known).allowed;
  };
  for (const char* name : {"slice", "public.slice", "akeys", "set_limit"}) {
    EXPECT_FALSE(allowed(Call(name))) << name;
    ExpectAllowed(kReadonly, Call(name));
  }
  for (const char* name : {"extensions.uuid_generate_v4", "uuid_generate_v4", "st_collect",
                           "public.skeys", "hstore.slice", "digest"}) {
    EXPECT_TRUE(allowed(Call(name))) << name;
  }
  EXPECT_FALSE(allowed("SELECT * FROM v"));
  EXPECT_TRUE(allowed("SELECT * FROM w"));
  rules.allow_functions = {"slice", "public.slice"};
  EXPECT_TRUE(allowed(Call("slice")));
  EXPECT_TRUE(allowed("SELECT * FROM v"));
}

TEST(ExtensionFunctions, AHintNamesTheListOnlyWhereItHelps) {
  const std::string crosstab = DecisionOf(kApp, Call("crosstab")).hint;
  EXPECT_NE(crosstab.find("SQL text"), std::string::npos) << crosstab;
  EXPECT_NE(crosstab.find("allow_functions"), std::string::npos) << crosstab;
  EXPECT_EQ(DecisionOf(kApp, Call("dblink")).hint.find("allow_functions"), std::string::npos);
}

TEST(ExtensionFunctions, AJudgementTellsWhatItRestsOn) {
  const Rules readonly = RulesOf(kReadonly);
  EXPECT_EQ(JudgeFunction(readonly, "", "length").basis, FunctionBasis::kBuiltin);
  EXPECT_EQ(JudgeFunction(readonly, "information_schema", "_pg_truetypid").basis,
            FunctionBasis::kBuiltin);
  const FunctionJudgement digest = JudgeFunction(readonly, "public", "digest");
  EXPECT_EQ(digest.basis, FunctionBasis::kExtension);
  EXPECT_EQ(digest.extension, "pgcrypto");
  EXPECT_TRUE(digest.known);
  const FunctionJudgement unknown = JudgeFunction(readonly, "app", "get_user");
  EXPECT_EQ(unknown.basis, FunctionBasis::kUnknown);
  EXPECT_FALSE(unknown.known);
  EXPECT_TRUE(unknown.listable);
  EXPECT_FALSE(JudgeFunction(readonly, "", "pg_read_file").listable);
  EXPECT_FALSE(JudgeFunction(readonly, "", "dblink").listable);
  EXPECT_EQ(JudgeFunction(readonly, "", "dblink").reason, "it reaches other servers");
  Rules listed = readonly;
  listed.allow_functions = {"app.get_user", "length"};
  EXPECT_TRUE(JudgeFunction(listed, "app", "get_user").listed);
  EXPECT_TRUE(JudgeFunction(listed, "", "length").listed) << "whatever else has that name";
  EXPECT_FALSE(JudgeFunction(listed, "", "lower").listed);
}

TEST(ExtensionFunctions, FieldNotationIsACallButForNamesOfColumns) {
  for (const char* sql : {"SELECT ('http://x'::varchar).http_get", "SELECT (42).unschedule",
                          "SELECT t.pg_stat_statements_reset FROM t",
                          "SELECT ('select 1'::text).dblink_send_query"}) {
    for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) {
      ExpectRefused(role, sql, "any.function", "42501");
    }
  }
  for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) {
    ExpectAllowed(role, "SELECT t.schedule, t.invoke, t.http, t.first, t.digest FROM t");
  }
}

TEST(UntrustedCode, LanguagesNotKnownToBeTrustedAreNot) {
  for (const char* language : {"internal", "c", "C", "plpythonu", "plpython3u", "plperlu",
                               "pltclu", "plsh", "plr", "plproxy", "of_tomorrow", ""}) {
    EXPECT_TRUE(IsUntrustedLanguage(language)) << language;
  }
  for (const char* language : {"sql", "plpgsql", "plperl", "pltcl", "plv8"}) {
    EXPECT_FALSE(IsUntrustedLanguage(language)) << language;
  }
}

TEST(UntrustedCode, ExtensionsThatReachOutAreDangerous) {
  for (const char* extension :
       {"adminpack", "file_fdw", "dblink", "plpython3u", "plperlu", "hstore_plpython3u", "http",
        "pg_net", "pg_cron", "pg_background", "pg_surgery", "pgagent", "aws_s3"}) {
    EXPECT_TRUE(IsDangerousExtension(extension)) << extension;
  }
  for (const char* extension : {"postgis", "pg_trgm", "vector", "uuid-ossp", "pgcrypto",
                                "hstore", "citext", "timescaledb", "plv8", "postgres_fdw"}) {
    EXPECT_FALSE(IsDangerousExtension(extension)) << extension;
  }
}

}  // namespace
}  // namespace pgmoat::policy
