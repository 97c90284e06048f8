// Functions of extensions that some role may not call although it may call functions
// that nobody knows.  (readonly may not call those anyway.)  Two things bring a name
// here: it reaches further than its caller may go (files, other servers, SQL text, jobs
// that run later), or it is DDL in a function's clothes, which deploy alone may run.
//
// Facts: the extensions' SQL scripts and documentation.  Stable does not mean harmless:
// PostGIS declares a function immutable that creates a table, and another stable that puts
// its arguments into an SQL text without quoting them.
#include <algorithm>
#include <iterator>

#include "policy/extension_verdicts.h"

namespace pgmoat::policy {

namespace {

constexpr auto kAnywhere = ExtensionScope::kAnywhere;
constexpr auto kUsual = ExtensionScope::kUsual;
constexpr auto kFixed = ExtensionScope::kFixed;
constexpr auto kRefuse = FunctionVerdict::kRefuse;
constexpr auto kWrites = FunctionVerdict::kWrites;
constexpr auto kDeploy = FunctionVerdict::kDeployOnly;
constexpr auto kForAll = FunctionVerdict::kRefuseForAll;

constexpr std::string_view kCache = "it moves what the server holds in its cache";
constexpr std::string_view kCluster = "it changes the nodes of the cluster";
constexpr std::string_view kDamage = "it can damage a table";
constexpr std::string_view kDrops = "it drops data";
constexpr std::string_view kFiles = "it reaches files of the server";
constexpr std::string_view kForeignConnections = "it closes connections to other servers";
constexpr std::string_view kInternal = "it is for its own program's use";
constexpr std::string_view kLater = "it has code run later, or stops it, as somebody else";
constexpr std::string_view kOtherServers = "it reaches other servers";
constexpr std::string_view kRawData = "it reads raw data past the rules for tables";
constexpr std::string_view kRows = "it writes rows of its own";
constexpr std::string_view kSchema = "it changes the schema or how tables are maintained";
constexpr std::string_view kShareLock = "it takes a lock that blocks writers";
constexpr std::string_view kSignals = "it signals other sessions or the server";
constexpr std::string_view kSqlText = kRunsSqlText;
constexpr std::string_view kStatistics = "it resets statistics that others rely on";
constexpr std::string_view kStylesheet = "it runs a stylesheet that nobody has judged";
constexpr std::string_view kWal = "it controls WAL, backup or replication";
constexpr std::string_view kWho = "the session keeps the identity it logged in with";

// Sorted by name.  Of cron's four functions `schedule` is a name that others use too;
// yet `SET search_path = cron` can come as a parameter that nobody reads, so it counts
// unqualified as well.  allow_functions: [schedule] tells that it is somebody else's.
constexpr ExtensionVerdict kRefusals[] = {
    {"_st_mapalgebra", kUsual, "postgis_raster", kForAll, kSqlText},
    {"add_columnstore_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"add_compression_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"add_continuous_aggregate_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"add_dimension", kUsual, "timescaledb", kDeploy, kSchema},
    {"add_job", kUsual, "timescaledb", kForAll, kLater},
    {"add_reorder_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"add_retention_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"addauth", kUsual, "postgis", kWrites, kRows},
    {"addgeometrycolumn", kUsual, "postgis", kDeploy, kSchema},
    {"addoverviewconstraints", kUsual, "postgis_raster", kDeploy, kSchema},
    {"addrasterconstraints", kUsual, "postgis_raster", kDeploy, kSchema},
    {"addtopogeometrycolumn", kFixed, "topology", kDeploy, kSchema},
    {"alter_distributed_table", kUsual, "citus", kDeploy, kSchema},
    {"alter_job", kFixed, "cron", kForAll, kLater},
    {"alter_job", kUsual, "timescaledb", kForAll, kLater},
    {"alter_node_add_interface", kFixed, "pglogical", kForAll, kWal},
    {"alter_node_drop_interface", kFixed, "pglogical", kForAll, kWal},
    {"alter_replication_set", kFixed, "pglogical", kForAll, kWal},
    {"alter_subscription_add_replication_set", kFixed, "pglogical", kForAll, kWal},
    {"alter_subscription_disable", kFixed, "pglogical", kForAll, kWal},
    {"alter_subscription_enable", kFixed, "pglogical", kForAll, kWal},
    {"alter_subscription_interface", kFixed, "pglogical", kForAll, kWal},
    {"alter_subscription_remove_replication_set", kFixed, "pglogical", kForAll, kWal},
    {"alter_subscription_resynchronize_table", kFixed, "pglogical", kForAll, kWal},
    {"alter_subscription_synchronize", kFixed, "pglogical", kForAll, kWal},
    {"alter_table_set_access_method", kUsual, "citus", kDeploy, kSchema},
    {"attach_tablespace", kUsual, "timescaledb", kDeploy, kSchema},
    {"autoprewarm_dump_now", kAnywhere, "pg_prewarm", kForAll, kCache},
    {"autoprewarm_start_worker", kAnywhere, "pg_prewarm", kForAll, kCache},
    {"blob_get", kFixed, "azure_storage", kForAll, kOtherServers},
    {"blob_list", kFixed, "azure_storage", kForAll, kOtherServers},
    {"blob_put", kFixed, "azure_storage", kForAll, kOtherServers},
    {"bt_index_parent_check", kUsual, "amcheck", kRefuse, kShareLock},
    {"bt_page_items", kUsual, "pageinspect", kRefuse, kRawData},
    {"checkauth", kUsual, "postgis", kWrites, kRows},
    {"citus_activate_node", kAnywhere, "citus", kForAll, kCluster},
    {"citus_add_inactive_node", kAnywhere, "citus", kForAll, kCluster},
    {"citus_add_local_table_to_metadata", kUsual, "citus", kDeploy, kSchema},
    {"citus_add_node", kAnywhere, "citus", kForAll, kCluster},
    {"citus_disable_node", kAnywhere, "citus", kForAll, kCluster},
    {"citus_drain_node", kAnywhere, "citus", kForAll, kCluster},
    {"citus_move_shard_placement", kAnywhere, "citus", kForAll, kCluster},
    {"citus_rebalance_start", kAnywhere, "citus", kForAll, kCluster},
    {"citus_rebalance_stop", kAnywhere, "citus", kForAll, kCluster},
    {"citus_remove_node", kAnywhere, "citus", kForAll, kCluster},
    {"citus_schema_distribute", kUsual, "citus", kDeploy, kSchema},
    {"citus_schema_undistribute", kUsual, "citus", kDeploy, kSchema},
    {"citus_set_coordinator_host", kAnywhere, "citus", kForAll, kCluster},
    {"citus_update_node", kAnywhere, "citus", kForAll, kCluster},
    {"compress_chunk", kUsual, "timescaledb", kDeploy, kSchema},
    {"connectby", kAnywhere, "tablefunc", kForAll, kSqlText},
    {"copytopology", kFixed, "topology", kDeploy, kSchema},
    {"create_distributed_function", kUsual, "citus", kDeploy, kSchema},
    {"create_distributed_table", kUsual, "citus", kDeploy, kSchema},
    {"create_distributed_table_concurrently", kUsual, "citus", kDeploy, kSchema},
    {"create_foreign_table_for_log_file", kAnywhere, "log_fdw", kForAll, kFiles},
    {"create_hypertable", kUsual, "timescaledb", kDeploy, kSchema},
    {"create_node", kFixed, "pglogical", kForAll, kWal},
    {"create_parent", kUsual, "partman", kDeploy, kSchema},
    {"create_reference_table", kUsual, "citus", kDeploy, kSchema},
    {"create_replication_set", kFixed, "pglogical", kForAll, kWal},
    {"create_sub_parent", kUsual, "partman", kDeploy, kSchema},
    {"create_subscription", kFixed, "pglogical", kForAll, kWal},
    {"createtopology", kFixed, "topology", kDeploy, kSchema},
    {"crosstab", kAnywhere, "tablefunc", kForAll, kSqlText},
    {"crosstab2", kAnywhere, "tablefunc", kForAll, kSqlText},
    {"crosstab3", kAnywhere, "tablefunc", kForAll, kSqlText},
    {"crosstab4", kAnywhere, "tablefunc", kForAll, kSqlText},
    {"crosstabn", kAnywhere, "tablefunc", kForAll, kSqlText},
    {"decompress_chunk", kUsual, "timescaledb", kDeploy, kSchema},
    {"delete_job", kUsual, "timescaledb", kForAll, kLater},
    {"detach_chunk", kUsual, "timescaledb", kForAll, kDrops},
    {"detach_tablespace", kUsual, "timescaledb", kDeploy, kSchema},
    {"detach_tablespaces", kUsual, "timescaledb", kDeploy, kSchema},
    {"disable_autovacuum", kFixed, "repack", kForAll, kInternal},
    {"disablelongtransactions", kUsual, "postgis", kDeploy, kSchema},
    {"drop_chunk", kUsual, "timescaledb", kForAll, kDrops},
    {"drop_chunks", kUsual, "timescaledb", kForAll, kDrops},
    {"drop_node", kFixed, "pglogical", kForAll, kWal},
    {"drop_partition_column", kUsual, "partman", kForAll, kDrops},
    {"drop_partition_id", kUsual, "partman", kForAll, kDrops},
    {"drop_partition_time", kUsual, "partman", kForAll, kDrops},
    {"drop_replication_set", kFixed, "pglogical", kForAll, kWal},
    {"drop_subscription", kFixed, "pglogical", kForAll, kWal},
    {"dropgeometrycolumn", kUsual, "postgis", kForAll, kDrops},
    {"dropgeometrytable", kUsual, "postgis", kForAll, kDrops},
    {"dropoverviewconstraints", kUsual, "postgis_raster", kDeploy, kSchema},
    {"droprasterconstraints", kUsual, "postgis_raster", kDeploy, kSchema},
    {"droptopogeometrycolumn", kFixed, "topology", kForAll, kDrops},
    {"droptopology", kFixed, "topology", kForAll, kDrops},
    {"enablelongtransactions", kUsual, "postgis", kDeploy, kSchema},
    {"fcopy", kFixed, "utl_file", kForAll, kFiles},
    {"fgetattr", kFixed, "utl_file", kForAll, kFiles},
    {"fopen", kFixed, "utl_file", kForAll, kFiles},
    {"fremove", kFixed, "utl_file", kForAll, kFiles},
    {"frename", kFixed, "utl_file", kForAll, kFiles},
    {"get_raw_page", kUsual, "pageinspect", kRefuse, kRawData},
    {"heap_force_freeze", kAnywhere, "pg_surgery", kForAll, kDamage},
    {"heap_force_kill", kAnywhere, "pg_surgery", kForAll, kDamage},
    {"http", kUsual, "http", kForAll, kOtherServers},
    {"http_delete", kUsual, "http", kForAll, kOtherServers},
    {"http_delete", kFixed, "net", kForAll, kOtherServers},
    {"http_get", kUsual, "http", kForAll, kOtherServers},
    {"http_get", kFixed, "net", kForAll, kOtherServers},
    {"http_head", kUsual, "http", kForAll, kOtherServers},
    {"http_patch", kUsual, "http", kForAll, kOtherServers},
    {"http_post", kUsual, "http", kForAll, kOtherServers},
    {"http_post", kFixed, "net", kForAll, kOtherServers},
    {"http_put", kUsual, "http", kForAll, kOtherServers},
    {"http_set_curlopt", kUsual, "http", kForAll, kOtherServers},
    {"install_extension", kFixed, "pgtle", kDeploy, kSchema},
    {"install_extension_version_sql", kFixed, "pgtle", kDeploy, kSchema},
    {"install_update_path", kFixed, "pgtle", kDeploy, kSchema},
    {"invoke", kFixed, "aws_lambda", kForAll, kOtherServers},
    {"list_postgres_log_files", kAnywhere, "log_fdw", kForAll, kFiles},
    {"lockrow", kUsual, "postgis", kWrites, kRows},
    {"master_add_node", kAnywhere, "citus", kForAll, kCluster},
    {"master_disable_node", kAnywhere, "citus", kForAll, kCluster},
    {"master_drain_node", kAnywhere, "citus", kForAll, kCluster},
    {"master_modify_multiple_shards", kAnywhere, "citus", kForAll, kSqlText},
    {"master_remove_node", kAnywhere, "citus", kForAll, kCluster},
    {"master_run_on_worker", kAnywhere, "citus", kForAll, kSqlText},
    {"move_chunk", kUsual, "timescaledb", kDeploy, kSchema},
    {"open_cursor", kFixed, "dbms_sql", kForAll, kSqlText},
    {"oracle_execute", kAnywhere, "oracle_fdw", kForAll, kOtherServers},
    {"partition_gap_fill", kUsual, "partman", kDeploy, kSchema},
    {"pg_background_launch", kAnywhere, "pg_background", kForAll, kSqlText},
    {"pg_background_launch_v2", kAnywhere, "pg_background", kForAll, kSqlText},
    {"pg_background_submit_v2", kAnywhere, "pg_background", kForAll, kSqlText},
    {"pg_buffercache_evict", kAnywhere, "pg_buffercache", kForAll, kCache},
    {"pg_buffercache_evict_all", kAnywhere, "pg_buffercache", kForAll, kCache},
    {"pg_buffercache_evict_relation", kAnywhere, "pg_buffercache", kForAll, kCache},
    {"pg_buffercache_mark_dirty", kAnywhere, "pg_buffercache", kForAll, kCache},
    {"pg_buffercache_mark_dirty_all", kAnywhere, "pg_buffercache", kForAll, kCache},
    {"pg_buffercache_mark_dirty_relation", kAnywhere, "pg_buffercache", kForAll, kCache},
    {"pg_file_length", kAnywhere, "adminpack", kForAll, kFiles},
    {"pg_file_read", kAnywhere, "adminpack", kForAll, kFiles},
    {"pg_file_rename", kAnywhere, "adminpack", kForAll, kFiles},
    {"pg_file_sync", kAnywhere, "adminpack", kForAll, kFiles},
    {"pg_file_unlink", kAnywhere, "adminpack", kForAll, kFiles},
    {"pg_file_write", kAnywhere, "adminpack", kForAll, kFiles},
    {"pg_get_wal_block_info", kUsual, "pg_walinspect", kRefuse, kRawData},
    {"pg_get_wal_record_info", kUsual, "pg_walinspect", kRefuse, kRawData},
    {"pg_get_wal_records_info", kUsual, "pg_walinspect", kRefuse, kRawData},
    {"pg_get_wal_records_info_till_end_of_wal", kUsual, "pg_walinspect", kRefuse, kRawData},
    {"pg_logdir_ls", kAnywhere, "adminpack", kForAll, kFiles},
    {"pg_logfile_rotate", kAnywhere, "adminpack", kForAll, kSignals},
    {"pg_prewarm", kAnywhere, "pg_prewarm", kRefuse, kCache},
    {"pg_qualstats_reset", kAnywhere, "pg_qualstats", kForAll, kStatistics},
    {"pg_read_server_file", kAnywhere, "adminpack", kForAll, kFiles},
    {"pg_start_backup", kAnywhere, "", kForAll, kWal},
    {"pg_stat_kcache_reset", kAnywhere, "pg_stat_kcache", kForAll, kStatistics},
    {"pg_stat_monitor_reset", kAnywhere, "pg_stat_monitor", kForAll, kStatistics},
    {"pg_stat_statements_reset", kAnywhere, "pg_stat_statements", kForAll, kStatistics},
    {"pg_stop_backup", kAnywhere, "", kForAll, kWal},
    {"pg_truncate_visibility_map", kAnywhere, "pg_visibility", kForAll, kDamage},
    {"pg_wait_sampling_reset_profile", kAnywhere, "pg_wait_sampling", kForAll, kStatistics},
    {"populate_geometry_columns", kUsual, "postgis", kDeploy, kSchema},
    {"postgis_extensions_upgrade", kUsual, "postgis", kDeploy, kSchema},
    {"postgres_fdw_disconnect", kUsual, "postgres_fdw", kRefuse, kForeignConnections},
    {"postgres_fdw_disconnect_all", kUsual, "postgres_fdw", kRefuse, kForeignConnections},
    {"query_export_to_s3", kAnywhere, "aws_s3", kForAll, kOtherServers},
    {"rebalance_table_shards", kAnywhere, "citus", kForAll, kCluster},
    {"register_feature", kFixed, "pgtle", kDeploy, kSchema},
    {"remove_columnstore_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"remove_compression_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"remove_continuous_aggregate_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"remove_reorder_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"remove_retention_policy", kUsual, "timescaledb", kDeploy, kSchema},
    {"reorder_chunk", kUsual, "timescaledb", kDeploy, kSchema},
    {"repack_apply", kAnywhere, "pg_repack", kForAll, kSqlText},
    {"repack_drop", kFixed, "repack", kForAll, kInternal},
    {"repack_index_swap", kFixed, "repack", kForAll, kInternal},
    {"repack_swap", kFixed, "repack", kForAll, kInternal},
    {"replicate_ddl_command", kFixed, "pglogical", kForAll, kSqlText},
    {"replicate_table_shards", kAnywhere, "citus", kForAll, kCluster},
    {"replication_set_add_all_sequences", kFixed, "pglogical", kForAll, kWal},
    {"replication_set_add_all_tables", kFixed, "pglogical", kForAll, kWal},
    {"replication_set_add_sequence", kFixed, "pglogical", kForAll, kWal},
    {"replication_set_add_table", kFixed, "pglogical", kForAll, kWal},
    {"replication_set_remove_sequence", kFixed, "pglogical", kForAll, kWal},
    {"replication_set_remove_table", kFixed, "pglogical", kForAll, kWal},
    {"run_command_on_all_nodes", kAnywhere, "citus", kForAll, kSqlText},
    {"run_command_on_colocated_placements", kAnywhere, "citus", kForAll, kSqlText},
    {"run_command_on_coordinator", kAnywhere, "citus", kForAll, kSqlText},
    {"run_command_on_placements", kAnywhere, "citus", kForAll, kSqlText},
    {"run_command_on_shards", kAnywhere, "citus", kForAll, kSqlText},
    {"run_command_on_workers", kAnywhere, "citus", kForAll, kSqlText},
    {"run_job", kUsual, "timescaledb", kForAll, kLater},
    {"run_maintenance", kUsual, "partman", kDeploy, kSchema},
    {"schedule", kFixed, "cron", kForAll, kLater},
    {"schedule_in_database", kFixed, "cron", kForAll, kLater},
    {"set_adaptive_chunking", kUsual, "timescaledb", kDeploy, kSchema},
    {"set_chunk_time_interval", kUsual, "timescaledb", kDeploy, kSchema},
    {"set_default_version", kFixed, "pgtle", kDeploy, kSchema},
    {"set_integer_now_func", kUsual, "timescaledb", kDeploy, kSchema},
    {"set_number_partitions", kUsual, "timescaledb", kDeploy, kSchema},
    {"set_session_auth", kAnywhere, "set_user", kForAll, kWho},
    {"set_user", kAnywhere, "set_user", kForAll, kWho},
    {"set_user_u", kAnywhere, "set_user", kForAll, kWho},
    {"squeeze_table", kFixed, "squeeze", kDeploy, kSchema},
    {"st_bandfilesize", kUsual, "postgis_raster", kForAll, kFiles},
    {"st_bandfiletimestamp", kUsual, "postgis_raster", kForAll, kFiles},
    {"st_createoverview", kUsual, "postgis_raster", kDeploy, kSchema},
    {"st_findextent", kUsual, "postgis", kForAll, kSqlText},
    {"st_fromflatgeobuftotable", kUsual, "postgis", kDeploy, kSchema},
    {"st_mapalgebra", kUsual, "postgis_raster", kForAll, kSqlText},
    {"st_mapalgebraexpr", kUsual, "postgis_raster", kForAll, kSqlText},
    {"st_mapalgebrafct", kUsual, "postgis_raster", kForAll, kSqlText},
    {"st_mapalgebrafctngb", kUsual, "postgis_raster", kForAll, kSqlText},
    {"st_setbandindex", kUsual, "postgis_raster", kForAll, kFiles},
    {"st_setbandpath", kUsual, "postgis_raster", kForAll, kFiles},
    {"synchronize_sequence", kFixed, "pglogical", kForAll, kWal},
    {"table_import_from_s3", kAnywhere, "aws_s3", kForAll, kOtherServers},
    {"truncate_local_data_after_distributing_table", kUsual, "citus", kDeploy, kSchema},
    {"undistribute_table", kUsual, "citus", kDeploy, kSchema},
    {"undo_partition", kUsual, "partman", kDeploy, kSchema},
    {"uninstall_extension", kFixed, "pgtle", kDeploy, kSchema},
    {"unlockrows", kUsual, "postgis", kWrites, kRows},
    {"unschedule", kFixed, "cron", kForAll, kLater},
    {"updategeometrysrid", kUsual, "postgis", kDeploy, kSchema},
    {"updaterastersrid", kUsual, "postgis_raster", kDeploy, kSchema},
    {"xpath_table", kAnywhere, "xml2", kForAll, kSqlText},
    {"xslt_process", kUsual, "xml2", kRefuse, kStylesheet},
};
static_assert(std::is_sorted(std::begin(kRefusals), std::end(kRefusals),
                             [](const ExtensionVerdict& a, const ExtensionVerdict& b) {
                               return a.name < b.name;
                             }));

}  // namespace

std::span<const ExtensionVerdict> ExtensionRefusals() { return kRefusals; }

}  // namespace pgmoat::policy
