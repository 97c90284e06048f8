#include "policy/functions.h"

#include <set>

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

constexpr auto kReadonly = BuiltinRole::kReadonly;
constexpr auto kApp = BuiltinRole::kApp;
constexpr auto kDeploy = BuiltinRole::kDeploy;

std::string Call(std::string_view name) { return "SELECT " + std::string(name) + "()"; }

TEST(Functions, HarmlessBuiltinsAreAllowedToAll) {
  for (const char* name : {"random",
                           "clock_timestamp",
                           "timeofday",
                           "gen_random_uuid",
                           "now",
                           "pg_backend_pid",
                           "pg_relation_size",
                           "pg_total_relation_size",
                           "pg_database_size",
                           "pg_size_pretty",
                           "pg_stat_get_activity",
                           "pg_stat_get_numscans",
                           "txid_current_if_assigned",
                           "txid_current",
                           "pg_is_in_recovery",
                           "currval",
                           "lastval",
                           "has_table_privilege",
                           "pg_get_viewdef",
                           "pg_get_expr",
                           "pg_get_constraintdef",
                           "obj_description",
                           "col_description",
                           "format_type",
                           "setseed",
                           "pg_table_is_visible",
                           "array_to_string",
                           "current_schemas",
                           "current_schema",
                           "quote_ident",
                           "pg_encoding_to_char",
                           "generate_series",
                           "unnest",
                           "count",
                           "sum",
                           "max",
                           "array_agg",
                           "string_agg",
                           "jsonb_agg",
                           "row_number",
                           "rank",
                           "lag",
                           "first_value",
                           "percentile_cont",
                           "to_char",
                           "lower",
                           "length",
                           "date_trunc",
                           "age",
                           "regexp_matches",
                           "to_tsvector",
                           "json_build_object",
                           "jsonb_path_query",
                           "pg_export_snapshot",
                           "current_setting",
                           "version",
                           "inet_client_addr",
                           "md5",
                           "sha256",
                           "encode",
                           "pg_get_serial_sequence",
                           "pg_lock_status",
                           "pg_blocking_pids",
                           "lo_get",
                           "loread",
                           "pg_advisory_unlock_all",
                           "int4",
                           "text",
                           "date",
                           "jsonb",
                           "uuid",
                           "pg_get_functiondef",
                           "to_regclass",
                           "shobj_description",
                           "pg_function_is_visible",
                           "pg_partition_tree",
                           "pg_typeof",
                           "pg_catalog.pg_get_indexdef",
                           "pg_catalog.array_upper",
                           "pg_catalog.count"}) {
    for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) ExpectAllowed(role, Call(name));
  }
}

TEST(Functions, WritingBuiltinsAreWritesToReadonly) {
  for (const char* name : {"nextval", "setval", "lo_create", "lo_creat", "lo_put", "lo_unlink",
                           "lo_from_bytea", "lowrite", "lo_truncate", "pg_catalog.nextval",
                           "brin_summarize_new_values", "gin_clean_pending_list"}) {
    ExpectRefused(kReadonly, Call(name), "readonly.write-function", "25006");
    ExpectAllowed(kApp, Call(name));
    ExpectAllowed(kDeploy, Call(name));
  }
}

TEST(Functions, SideEffectsAreRefusedToReadonlyOnly) {
  for (const char* name :
       {"pg_notify", "pg_sleep", "pg_sleep_for", "pg_advisory_lock",
        "pg_try_advisory_xact_lock", "pg_logical_emit_message", "tsvector_update_trigger",
        "RI_FKey_check_ins", "plpgsql_call_handler"}) {
    const std::string quoted = "\"" + std::string(name) + "\"";
    ExpectRefused(kReadonly, Call(quoted), "readonly.function", "42501");
    ExpectAllowed(kApp, Call(quoted));
  }
}

TEST(Functions, DangerousOnesAreRefusedToEveryRestrictedRole) {
  for (const char* name : {"pg_read_file",
                           "pg_read_binary_file",
                           "pg_ls_dir",
                           "pg_stat_file",
                           "pg_ls_waldir",
                           "pg_terminate_backend",
                           "pg_cancel_backend",
                           "pg_reload_conf",
                           "pg_rotate_logfile",
                           "pg_switch_wal",
                           "pg_promote",
                           "pg_create_restore_point",
                           "pg_backup_start",
                           "pg_create_logical_replication_slot",
                           "pg_drop_replication_slot",
                           "pg_stat_reset",
                           "pg_replication_origin_create",
                           "lo_import",
                           "lo_export",
                           "query_to_xml",
                           "cursor_to_xml",
                           "table_to_xml",
                           "table_to_xml_and_xmlschema",
                           "schema_to_xml",
                           "schema_to_xml_and_xmlschema",
                           "database_to_xml",
                           "database_to_xml_and_xmlschema",
                           "ts_stat",
                           "ts_rewrite",
                           "pg_catalog.pg_read_file",
                           "dblink",
                           "dblink_exec",
                           "public.dblink_exec",
                           "ext.dblink_connect_u",
                           "pg_file_write",
                           "pg_catalog.pg_file_unlink",
                           "public.crosstab"}) {
    for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) {
      ExpectRefused(role, Call(name), "any.function", "42501");
    }
    ExpectAllowed(BuiltinRole::kAdmin, Call(name));
  }
}

TEST(Functions, WhatIsNewIn16To18IsKnown) {
  for (const char* name : {"random_normal",
                           "array_shuffle",
                           "array_sample",
                           "uuidv4",
                           "uuidv7",
                           "casefold",
                           "pg_get_aios",
                           "pg_get_wait_events",
                           "pg_get_sequence_data",
                           "pg_numa_available",
                           "pg_stat_get_io",
                           "pg_stat_get_backend_io",
                           "pg_get_wal_summarizer_state",
                           "pg_split_walfile_name",
                           "pg_current_logfile",
                           "pg_input_is_valid",
                           "any_value",
                           "json_array",
                           "to_bin",
                           "pg_get_acl",
                           "pg_basetype",
                           "has_largeobject_privilege"}) {
    for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) ExpectAllowed(role, Call(name));
  }
  for (const char* name :
       {"pg_log_standby_snapshot", "pg_sync_replication_slots", "pg_ls_summariesdir",
        "pg_available_wal_summaries", "pg_wal_summary_contents", "pg_stat_reset_backend_stats",
        "pg_ls_logicalmapdir", "binary_upgrade_logical_slot_has_caught_up",
        "binary_upgrade_of_a_later_release", "pg_extension_config_dump"}) {
    for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) {
      ExpectRefused(role, Call(name), "any.function", "42501");
    }
  }
}

TEST(Functions, PlannerStatisticsAreDeploysAlone) {
  for (const char* name : {"pg_restore_relation_stats", "pg_catalog.pg_clear_relation_stats",
                           "pg_restore_attribute_stats", "pg_clear_attribute_stats"}) {
    ExpectRefused(kReadonly, Call(name), "readonly.write-function", "25006");
    ExpectRefused(kApp, Call(name), "any.function", "42501");
    ExpectAllowed(kDeploy, Call(name));
  }
}

// The one list of volatile built-ins without a verdict: nobody can call them from SQL.
TEST(Functions, EveryVolatileBuiltinHasBeenReviewed) {
  constexpr std::string_view kUnreviewed[] = {"brinhandler",          "bthandler",
                                              "dsnowball_init",       "dsnowball_lexize",
                                              "ginhandler",           "gisthandler",
                                              "hashhandler",          "heap_tableam_handler",
                                              "plpgsql_call_handler", "plpgsql_inline_handler",
                                              "plpgsql_validator",    "spghandler"};
  struct Row {
    std::string_view name;
    char volatility;
  };
  constexpr Row kRows[] = {
#define PGMOAT_FUNCTION(name, volatility) {name, volatility},
#include "policy/builtin_functions.inc"
#undef PGMOAT_FUNCTION
  };
  std::set<std::string_view> missing;
  for (const Row& row : kRows) {
    if (row.volatility != 'v' || FindGivenVerdict(row.name) != nullptr) continue;
    if (!row.name.starts_with("RI_FKey_")) missing.insert(row.name);
  }
  EXPECT_EQ(missing,
            std::set<std::string_view>(std::begin(kUnreviewed), std::end(kUnreviewed)));
}

TEST(Functions, TheTableTellsWhatABuiltinIsWhoeverCallsIt) {
  EXPECT_EQ(VerdictOfBuiltin("length"), FunctionVerdict::kAllow);
  EXPECT_EQ(VerdictOfBuiltin("random"), FunctionVerdict::kAllow);
  EXPECT_EQ(VerdictOfBuiltin("nextval"), FunctionVerdict::kWrites);
  EXPECT_EQ(VerdictOfBuiltin("pg_notify"), FunctionVerdict::kRefuse);
  EXPECT_EQ(VerdictOfBuiltin("plpgsql_validator"), FunctionVerdict::kRefuse);
  EXPECT_EQ(VerdictOfBuiltin("pg_clear_relation_stats"), FunctionVerdict::kDeployOnly);
  EXPECT_EQ(VerdictOfBuiltin("pg_read_file"), FunctionVerdict::kRefuseForAll);
  EXPECT_EQ(VerdictOfBuiltin("get_user"), FunctionVerdict::kRefuse) << "none of ours";
}

TEST(Functions, WhatIsNotBuiltInIsRefusedToReadonlyUnlessListed) {
  for (const char* name :
       {"get_user", "app.get_user", "public.length", "\"LENGTH\"", "app.now"}) {
    ExpectRefused(kReadonly, Call(name), "readonly.function", "42501");
    ExpectAllowed(kApp, Call(name));
    ExpectAllowed(kDeploy, Call(name));
  }
  const Decision decision = DecisionOf(kReadonly, "SELECT app.get_user(1)");
  EXPECT_NE(decision.hint.find("allow_functions"), std::string::npos);
  EXPECT_NE(decision.hint.find("app.get_user"), std::string::npos);

  Rules rules = RulesOf(kReadonly);
  rules.allow_functions = {"app.get_user", "get_order", "pg_sleep", "pg_read_file"};
  auto allowed = [&](std::string_view sql) { return Judge(rules, FactsOf(sql)).allowed; };
  EXPECT_TRUE(allowed("SELECT app.get_user(1)"));
  EXPECT_TRUE(allowed("SELECT * FROM get_order(1)"));
  EXPECT_FALSE(allowed("SELECT get_user(1)"));
  EXPECT_FALSE(allowed("SELECT app.get_order(1)"));
  EXPECT_FALSE(allowed("SELECT app.get_userx(1)"));
  EXPECT_FALSE(allowed("SELECT appxget_user(1)"));
  // A refused built-in may be listed, but not one that no role may call.
  EXPECT_TRUE(allowed("SELECT pg_sleep(1)"));
  EXPECT_FALSE(allowed("SELECT pg_read_file('x')"));
}

TEST(Functions, SqlSyntaxThatIsAFunctionUnderneathIsAllowed) {
  ExpectAllowed(
      kReadonly,
      "SELECT extract(year FROM now()), substring('a' FROM 1 FOR 2), position('a' IN 'b'), "
      "trim(both ' ' from ' x '), overlay('abc' PLACING 'x' FROM 1), now() AT TIME ZONE "
      "'UTC', 'a' SIMILAR TO 'b', 'a' LIKE 'b' ESCAPE '!', normalize('a'), 'a' IS NORMALIZED, "
      "collation for ('a'), (now(), now()) OVERLAPS (now(), now()), xmlexists('/a' PASSING "
      "'<a/>'), current_user, localtime, cast('1' AS int), greatest(1, 2), nullif(1, 2)");
}

TEST(Functions, FieldNotationIsACall) {
  for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) {
    for (const char* sql : {"SELECT ('PG_VERSION'::text).pg_read_file",
                            "SELECT (ARRAY['.'])[1].pg_ls_dir", "SELECT ($1).pg_read_file",
                            "SELECT (x.y).pg_read_file FROM (SELECT 'a'::text AS y) x",
                            "SELECT (pg_backend_pid()).pg_cancel_backend",
                            "SELECT x.pg_read_file FROM unnest(ARRAY['PG_VERSION']) AS x",
                            "SELECT 1 FROM t JOIN u ON (t.a).dblink IS NULL",
                            "SELECT count(*) FROM t ORDER BY x.pg_read_file",
                            "SELECT ('select 1'::text).query_to_xml"}) {
      ExpectRefused(role, sql, "any.function", "42501");
    }
  }
  ExpectRefused(kReadonly, "SELECT (4242::oid).lo_unlink", "readonly.write-function", "25006");
  ExpectRefused(kReadonly, "SELECT ('s'::regclass).nextval", "readonly.write-function",
                "25006");
  ExpectRefused(kReadonly, "SELECT g.pg_sleep FROM generate_series(1, 5) g",
                "readonly.function", "42501");
  ExpectAllowed(kApp, "SELECT ('s'::regclass).nextval");
  ExpectAllowed(kReadonly,
                "SELECT (a).b, (t.a).name, t.id, public.t.name, t.*, (t.a).* FROM t, "
                "unnest(ARRAY[1]) u");
}

TEST(Functions, ViewsOverFilesAreRefused) {
  for (const char* view : {"pg_hba_file_rules", "pg_catalog.pg_hba_file_rules",
                           "pg_ident_file_mappings", "pg_file_settings"}) {
    ExpectRefused(kReadonly, "SELECT * FROM " + std::string(view), "any.server-file", "42501");
  }
  ExpectAllowed(kReadonly, "SELECT * FROM pg_settings");
}

TEST(Functions, CallsByOidAreJudgedByName) {
  auto judge = [](BuiltinRole role, std::uint32_t oid) {
    return JudgeFunctionCall(RulesOf(role), oid);
  };
  EXPECT_EQ(BuiltinFunctionName(1574), "nextval");
  EXPECT_EQ(BuiltinFunctionName(952), "lo_open");
  EXPECT_EQ(BuiltinFunctionName(4'000'000), "");
  EXPECT_EQ(judge(kReadonly, 1574).sqlstate, "25006");
  EXPECT_TRUE(judge(kReadonly, 952).allowed);
  EXPECT_TRUE(judge(kReadonly, 954).allowed);
  EXPECT_FALSE(judge(kReadonly, 955).allowed) << "lowrite";
  EXPECT_TRUE(judge(kApp, 955).allowed);
  EXPECT_FALSE(judge(kReadonly, 764).allowed) << "lo_import";
  EXPECT_FALSE(judge(kApp, 764).allowed);
  EXPECT_FALSE(judge(kReadonly, 123'456).allowed);
  EXPECT_FALSE(judge(kApp, 123'456).allowed) << "dblink has an OID, too";
  EXPECT_TRUE(judge(BuiltinRole::kAdmin, 123'456).allowed);
  EXPECT_FALSE(judge(kApp, 2078).allowed) << "set_config";
  EXPECT_TRUE(judge(BuiltinRole::kAdmin, 2078).allowed);
  // Another function in another release: the stricter one counts.
  EXPECT_EQ(BuiltinFunctionName(4100), "pg_read_file_old");
  EXPECT_FALSE(judge(kApp, 4100).allowed);
  EXPECT_EQ(BuiltinFunctionName(4099), "pg_rotate_logfile_old");
  EXPECT_TRUE(judge(kReadonly, 2769).allowed) << "a checkpoint counter in all of them";
}

}  // namespace
}  // namespace pgmoat::policy
