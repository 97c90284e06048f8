// Verdicts given by hand.  Every volatile function of pg_catalog that readonly may
// call is here, and every function, volatile or not, that some role may not.
// A volatile function that is missing is refused to readonly; a stable or immutable
// one is allowed.  A test has a list of the volatile ones that are missing on purpose.
//
// Source: PostgreSQL 18 documentation, 9.28 "System Administration Functions", 9.17
// "Sequence Manipulation Functions", 9.15 "XML Functions", 12.4 "Additional Features",
// 33.4 "Server-Side Functions" of large objects, and pg_description of 15 to 18.
#include <algorithm>
#include <iterator>

#include "policy/functions.h"
#include "policy/name_filter.h"

namespace pgmoat::policy {

namespace {

constexpr auto kAllow = FunctionVerdict::kAllow;
constexpr auto kRefuse = FunctionVerdict::kRefuse;
constexpr auto kWrites = FunctionVerdict::kWrites;
constexpr auto kDeploy = FunctionVerdict::kDeployOnly;
constexpr auto kForAll = FunctionVerdict::kRefuseForAll;

constexpr std::string_view kFiles = "it reads or lists files of the server";
constexpr std::string_view kSignals = "it signals other sessions or the server";
constexpr std::string_view kWal = "it controls WAL, backup or replication";
constexpr std::string_view kStatistics = "it resets statistics that others rely on";
constexpr std::string_view kLocks = "it takes or releases advisory locks of others' protocols";
constexpr std::string_view kLargeObject = "it writes a large object";
constexpr std::string_view kServerFile =
    "it moves a large object from or to a file of the server";
constexpr std::string_view kSqlText = "it runs SQL text that nobody has judged";
// Past any.password-hashes and a config's own rules for relations.
constexpr std::string_view kTableByValue = "it reads tables that are named by a value";
constexpr std::string_view kSequence = "it changes a sequence";
constexpr std::string_view kWaits = "it holds a connection and its snapshot for nothing";
constexpr std::string_view kInternal = "it is for the server's own use";
constexpr std::string_view kPlanner = "it changes the planner's statistics";
constexpr std::string_view kTrigger = "it is for triggers";
constexpr std::string_view kIndex = "it changes an index";

// Sorted by name.
constexpr GivenVerdict kGiven[] = {
    {"amvalidate", kAllow, {}},
    {"array_sample", kAllow, {}},
    {"array_shuffle", kAllow, {}},
    {"bernoulli", kAllow, {}},  // TABLESAMPLE
    {"brin_desummarize_range", kWrites, kIndex},
    {"brin_summarize_new_values", kWrites, kIndex},
    {"brin_summarize_range", kWrites, kIndex},
    {"clock_timestamp", kAllow, {}},
    {"current_query", kAllow, {}},
    {"currtid2", kAllow, {}},  // ODBC's keyset cursors
    {"currval", kAllow, {}},   // tells this session's own
    {"cursor_to_xml", kForAll, kSqlText},
    {"cursor_to_xmlschema", kForAll, kSqlText},
    {"database_to_xml", kForAll, kTableByValue},
    {"database_to_xml_and_xmlschema", kForAll, kTableByValue},
    {"gen_random_uuid", kAllow, {}},
    {"gin_clean_pending_list", kWrites, kIndex},
    {"lastval", kAllow, {}},
    {"lo_close", kAllow, {}},
    {"lo_creat", kWrites, kLargeObject},
    {"lo_create", kWrites, kLargeObject},
    {"lo_export", kForAll, kServerFile},
    {"lo_from_bytea", kWrites, kLargeObject},
    {"lo_get", kAllow, {}},
    {"lo_import", kForAll, kServerFile},
    {"lo_lseek", kAllow, {}},
    {"lo_lseek64", kAllow, {}},
    {"lo_open", kAllow, {}},  // opening for writing writes nothing; lowrite is refused
    {"lo_put", kWrites, kLargeObject},
    {"lo_tell", kAllow, {}},
    {"lo_tell64", kAllow, {}},
    {"lo_truncate", kWrites, kLargeObject},
    {"lo_truncate64", kWrites, kLargeObject},
    {"lo_unlink", kWrites, kLargeObject},
    {"loread", kAllow, {}},
    {"lowrite", kWrites, kLargeObject},
    {"nextval", kWrites, kSequence},
    {"pg_advisory_lock", kRefuse, kLocks},
    {"pg_advisory_lock_shared", kRefuse, kLocks},
    {"pg_advisory_unlock", kRefuse, kLocks},
    {"pg_advisory_unlock_all", kAllow, {}},  // what poolers and drivers reset with
    {"pg_advisory_unlock_shared", kRefuse, kLocks},
    {"pg_advisory_xact_lock", kRefuse, kLocks},
    {"pg_advisory_xact_lock_shared", kRefuse, kLocks},
    {"pg_available_wal_summaries", kForAll, kFiles},
    {"pg_backup_start", kForAll, kWal},
    {"pg_backup_stop", kForAll, kWal},
    {"pg_blocking_pids", kAllow, {}},
    {"pg_cancel_backend", kForAll, kSignals},
    {"pg_clear_attribute_stats", kDeploy, kPlanner},  // as ANALYZE
    {"pg_clear_relation_stats", kDeploy, kPlanner},
    {"pg_collation_actual_version", kAllow, {}},
    {"pg_control_checkpoint", kAllow, {}},
    {"pg_control_init", kAllow, {}},
    {"pg_control_recovery", kAllow, {}},
    {"pg_control_system", kAllow, {}},
    {"pg_copy_logical_replication_slot", kForAll, kWal},
    {"pg_copy_physical_replication_slot", kForAll, kWal},
    {"pg_create_logical_replication_slot", kForAll, kWal},
    {"pg_create_physical_replication_slot", kForAll, kWal},
    {"pg_create_restore_point", kForAll, kWal},
    {"pg_current_logfile", kAllow, {}},
    {"pg_current_wal_flush_lsn", kAllow, {}},
    {"pg_current_wal_insert_lsn", kAllow, {}},
    {"pg_current_wal_lsn", kAllow, {}},
    {"pg_database_collation_actual_version", kAllow, {}},
    {"pg_database_size", kAllow, {}},
    {"pg_drop_replication_slot", kForAll, kWal},
    {"pg_export_snapshot", kAllow, {}},  // pg_dump -j; ends with the transaction
    {"pg_extension_config_dump", kForAll, kInternal},
    {"pg_get_aios", kAllow, {}},
    {"pg_get_backend_memory_contexts", kAllow, {}},
    {"pg_get_loaded_modules", kAllow, {}},
    {"pg_get_multixact_members", kAllow, {}},
    {"pg_get_sequence_data", kAllow, {}},
    {"pg_get_shmem_allocations", kAllow, {}},
    {"pg_get_shmem_allocations_numa", kAllow, {}},
    {"pg_get_wait_events", kAllow, {}},
    {"pg_get_wal_replay_pause_state", kAllow, {}},
    {"pg_get_wal_resource_managers", kAllow, {}},
    {"pg_get_wal_summarizer_state", kAllow, {}},
    {"pg_hba_file_rules", kForAll, kFiles},
    {"pg_ident_file_mappings", kForAll, kFiles},
    {"pg_import_system_collations", kForAll, kInternal},
    {"pg_indexes_size", kAllow, {}},
    {"pg_is_in_recovery", kAllow, {}},
    {"pg_is_wal_replay_paused", kAllow, {}},
    {"pg_isolation_test_session_is_blocked", kAllow, {}},
    {"pg_jit_available", kAllow, {}},
    {"pg_last_committed_xact", kAllow, {}},
    {"pg_last_wal_receive_lsn", kAllow, {}},
    {"pg_last_wal_replay_lsn", kAllow, {}},
    {"pg_last_xact_replay_timestamp", kAllow, {}},
    {"pg_lock_status", kAllow, {}},
    {"pg_log_backend_memory_contexts", kForAll, kSignals},
    {"pg_log_standby_snapshot", kForAll, kWal},
    // For those who write: transactional outboxes call it, and PUBLIC may.
    {"pg_logical_emit_message", kRefuse, "it writes to WAL"},
    {"pg_logical_slot_get_binary_changes", kForAll, kWal},
    {"pg_logical_slot_get_changes", kForAll, kWal},
    {"pg_logical_slot_peek_binary_changes", kForAll, kWal},
    {"pg_logical_slot_peek_changes", kForAll, kWal},
    {"pg_ls_archive_statusdir", kForAll, kFiles},
    {"pg_ls_dir", kForAll, kFiles},
    {"pg_ls_logdir", kForAll, kFiles},
    {"pg_ls_logicalmapdir", kForAll, kFiles},
    {"pg_ls_logicalsnapdir", kForAll, kFiles},
    {"pg_ls_replslotdir", kForAll, kFiles},
    {"pg_ls_summariesdir", kForAll, kFiles},
    {"pg_ls_tmpdir", kForAll, kFiles},
    {"pg_ls_waldir", kForAll, kFiles},
    {"pg_nextoid", kForAll, kInternal},
    {"pg_notification_queue_usage", kAllow, {}},
    {"pg_notify", kRefuse, "it notifies other sessions"},
    {"pg_partition_ancestors", kAllow, {}},
    {"pg_partition_tree", kAllow, {}},
    {"pg_prepared_xact", kAllow, {}},
    {"pg_promote", kForAll, kWal},
    {"pg_read_binary_file", kForAll, kFiles},
    {"pg_read_file", kForAll, kFiles},
    {"pg_read_file_old", kForAll, kFiles},
    {"pg_relation_size", kAllow, {}},
    {"pg_reload_conf", kForAll, kSignals},
    {"pg_replication_origin_advance", kForAll, kWal},
    {"pg_replication_origin_create", kForAll, kWal},
    {"pg_replication_origin_drop", kForAll, kWal},
    {"pg_replication_origin_progress", kAllow, {}},
    {"pg_replication_origin_session_is_setup", kAllow, {}},
    {"pg_replication_origin_session_progress", kAllow, {}},
    {"pg_replication_origin_session_reset", kForAll, kWal},
    {"pg_replication_origin_session_setup", kForAll, kWal},
    {"pg_replication_origin_xact_reset", kForAll, kWal},
    {"pg_replication_origin_xact_setup", kForAll, kWal},
    {"pg_replication_slot_advance", kForAll, kWal},
    {"pg_restore_attribute_stats", kDeploy, kPlanner},
    {"pg_restore_relation_stats", kDeploy, kPlanner},
    {"pg_rotate_logfile", kForAll, kSignals},
    {"pg_rotate_logfile_old", kForAll, kSignals},
    {"pg_safe_snapshot_blocking_pids", kAllow, {}},
    {"pg_sequence_last_value", kAllow, {}},
    {"pg_show_all_file_settings", kForAll, kFiles},
    {"pg_show_replication_origin_status", kAllow, {}},
    {"pg_sleep", kRefuse, kWaits},
    {"pg_sleep_for", kRefuse, kWaits},
    {"pg_sleep_until", kRefuse, kWaits},
    {"pg_stat_clear_snapshot", kAllow, {}},  // of this session only
    {"pg_stat_file", kForAll, kFiles},
    {"pg_stat_force_next_flush", kAllow, {}},
    {"pg_stat_get_backend_io", kAllow, {}},
    {"pg_stat_get_backend_wal", kAllow, {}},
    {"pg_stat_get_io", kAllow, {}},
    {"pg_stat_get_recovery_prefetch", kAllow, {}},
    {"pg_stat_get_xact_blocks_fetched", kAllow, {}},
    {"pg_stat_get_xact_blocks_hit", kAllow, {}},
    {"pg_stat_get_xact_function_calls", kAllow, {}},
    {"pg_stat_get_xact_function_self_time", kAllow, {}},
    {"pg_stat_get_xact_function_total_time", kAllow, {}},
    {"pg_stat_get_xact_numscans", kAllow, {}},
    {"pg_stat_get_xact_tuples_deleted", kAllow, {}},
    {"pg_stat_get_xact_tuples_fetched", kAllow, {}},
    {"pg_stat_get_xact_tuples_hot_updated", kAllow, {}},
    {"pg_stat_get_xact_tuples_inserted", kAllow, {}},
    {"pg_stat_get_xact_tuples_newpage_updated", kAllow, {}},
    {"pg_stat_get_xact_tuples_returned", kAllow, {}},
    {"pg_stat_get_xact_tuples_updated", kAllow, {}},
    {"pg_stat_have_stats", kAllow, {}},
    {"pg_stat_reset", kForAll, kStatistics},
    {"pg_stat_reset_backend_stats", kForAll, kStatistics},
    {"pg_stat_reset_replication_slot", kForAll, kStatistics},
    {"pg_stat_reset_shared", kForAll, kStatistics},
    {"pg_stat_reset_single_function_counters", kForAll, kStatistics},
    {"pg_stat_reset_single_table_counters", kForAll, kStatistics},
    {"pg_stat_reset_slru", kForAll, kStatistics},
    {"pg_stat_reset_subscription_stats", kForAll, kStatistics},
    {"pg_stop_making_pinned_objects", kForAll, kInternal},
    {"pg_switch_wal", kForAll, kWal},
    {"pg_sync_replication_slots", kForAll, kWal},
    {"pg_table_size", kAllow, {}},
    {"pg_tablespace_size", kAllow, {}},
    {"pg_terminate_backend", kForAll, kSignals},
    {"pg_total_relation_size", kAllow, {}},
    {"pg_try_advisory_lock", kRefuse, kLocks},
    {"pg_try_advisory_lock_shared", kRefuse, kLocks},
    {"pg_try_advisory_xact_lock", kRefuse, kLocks},
    {"pg_try_advisory_xact_lock_shared", kRefuse, kLocks},
    {"pg_wal_replay_pause", kForAll, kWal},
    {"pg_wal_replay_resume", kForAll, kWal},
    {"pg_wal_summary_contents", kForAll, kFiles},
    {"pg_xact_commit_timestamp", kAllow, {}},
    {"pg_xact_commit_timestamp_origin", kAllow, {}},
    {"pg_xact_status", kAllow, {}},
    {"query_to_xml", kForAll, kSqlText},
    {"query_to_xml_and_xmlschema", kForAll, kSqlText},
    {"query_to_xmlschema", kForAll, kSqlText},
    {"random", kAllow, {}},
    {"random_normal", kAllow, {}},
    {"schema_to_xml", kForAll, kTableByValue},
    {"schema_to_xml_and_xmlschema", kForAll, kTableByValue},
    {"set_config", kAllow, {}},  // judged as SET: setting_rules.cc
    {"setseed", kAllow, {}},
    {"setval", kWrites, kSequence},
    {"suppress_redundant_updates_trigger", kRefuse, kTrigger},
    {"system", kAllow, {}},  // TABLESAMPLE
    {"table_to_xml", kForAll, kTableByValue},
    {"table_to_xml_and_xmlschema", kForAll, kTableByValue},
    {"timeofday", kAllow, {}},
    // With three arguments it runs no SQL; a name does not tell.
    {"ts_rewrite", kForAll, kSqlText},
    {"ts_stat", kForAll, kSqlText},
    {"tsvector_update_trigger", kRefuse, kTrigger},
    {"tsvector_update_trigger_column", kRefuse, kTrigger},
    // txid_current and pg_current_xact_id are stable: they take a transaction id and
    // change no data.  DataGrip's introspection calls them.
    {"txid_status", kAllow, {}},
    {"unique_key_recheck", kRefuse, kTrigger},
    {"uuidv4", kAllow, {}},
    {"uuidv7", kAllow, {}},
};

static_assert(std::is_sorted(std::begin(kGiven), std::end(kGiven),
                             [](const GivenVerdict& a, const GivenVerdict& b) {
                               return a.name < b.name;
                             }));

}  // namespace

std::span<const GivenVerdict> GivenVerdicts() { return kGiven; }

const GivenVerdict* FindGivenVerdict(std::string_view name) {
  // What pg_upgrade calls on a server that it started for itself.
  static constexpr GivenVerdict kUpgrade = {"binary_upgrade_", kForAll, kInternal};
  if (name.starts_with(kUpgrade.name)) return &kUpgrade;
  static constexpr NameFilter kNames(kGiven);
  if (!kNames.MayHold(name)) return nullptr;
  const auto* found = std::lower_bound(
      std::begin(kGiven), std::end(kGiven), name,
      [](const GivenVerdict& entry, std::string_view wanted) { return entry.name < wanted; });
  return found != std::end(kGiven) && found->name == name ? found : nullptr;
}

}  // namespace pgmoat::policy
