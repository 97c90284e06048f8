# Settings that would open a wall.

#for all=42501
#: standard_conforming_strings off
SET standard_conforming_strings = off
#: … to 0
SET standard_conforming_strings TO 0
#: … false, local
SET LOCAL standard_conforming_strings = false
#: … quoted, in capitals
SET SESSION "STANDARD_CONFORMING_STRINGS" = 'OFF'
#: … by a shortened word
SET standard_conforming_strings = 'of'
#: … by set_config
SELECT set_config('standard_conforming_strings', 'off', false)
#: … by set_config of the name in capitals
SELECT set_config('Standard_Conforming_Strings', 'no', true)
#: … by set_config with a built value
SELECT set_config('standard_conforming_strings', 'o' || 'ff', false)
#: … then a hidden statement
SET standard_conforming_strings = off; SELECT '\'; DELETE FROM order_items; --'
#: client_encoding SJIS
SET client_encoding TO 'SJIS'
#: client_encoding with a funny spelling
SET client_encoding TO 'S-J_I S'
#: client_encoding BIG5 by SET NAMES
SET NAMES 'BIG5'
#: client_encoding GBK by set_config
SELECT set_config('client_encoding', 'GBK', false)
#: client_encoding gb18030
SET client_encoding = gb18030
#: client_encoding uhc
SET NAMES 'uhc'
#: client_encoding johab
SET client_encoding = 'JOHAB'
#: client_encoding SHIFT_JIS_2004
SET client_encoding = 'SHIFT_JIS_2004'
#: client_encoding by an alias
SET client_encoding = 'Windows936'
#: client_encoding by another alias
SET client_encoding = 'mskanji'
#: client_encoding quoted name
SET "client_encoding" TO "SJIS"
#: client_encoding local
SET LOCAL client_encoding = 'GBK'
#: backslash_quote
SET backslash_quote = on
#: session_authorization
SET SESSION AUTHORIZATION postgres
#: session_authorization by its quoted name
SET SESSION AUTHORIZATION 'postgres'
#: session_authorization, local
SET LOCAL SESSION AUTHORIZATION postgres
#: session_authorization as a setting
SET session_authorization = 'postgres'
#: session_authorization by set_config
SELECT set_config('session_authorization', 'postgres', false)
#: session_replication_role switches triggers off
SET session_replication_role = replica
#: session_replication_role by set_config
SELECT pg_catalog.set_config('session_replication_role', 'replica', false)
#: session_replication_role local
SET LOCAL session_replication_role TO 'replica'
#: session_preload_libraries
SET session_preload_libraries = 'auto_explain'
#: local_preload_libraries
SET local_preload_libraries = 'x'
#: dynamic_library_path
SET dynamic_library_path = '{loot}'
#: jit_provider
SET jit_provider = 'x'
#: allow_system_table_mods
SET allow_system_table_mods = on
#: ignore_system_indexes
SET ignore_system_indexes = on
#: zero_damaged_pages
SET zero_damaged_pages = on
#: ignore_checksum_failure
SET ignore_checksum_failure = on
#: lo_compat_privileges
SET lo_compat_privileges = on
#: log_statement
SET log_statement = 'none'
#: log_min_messages
SET log_min_messages = panic
#: log_min_error_statement
SET log_min_error_statement = panic
#: log_min_duration_statement, which logs every statement where it is 0
SET log_min_duration_statement = -1
#: log_duration
SET log_duration = off
#: log_parameter_max_length
SET log_parameter_max_length = 0
#: log_statement_sample_rate
SET log_statement_sample_rate = 0
#: set_config of log_min_duration_statement
SELECT set_config('log_min_duration_statement', '-1', false)
#: pgaudit.log
SET pgaudit.log = 'none'
#: pgaudit.role
SET pgaudit.role = ''
#: set_config of log_statement
SELECT set_config('log_statement', 'none', false)
#: set_config with a built name
SELECT set_config('log_' || 'statement', 'none', false)
#: set_config with a name from a table
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name LIKE 'log_st%'
#: set_config with a parameter for its name
#bind ["log_statement", "none"]
SELECT set_config(lower($1), $2, false)
#: set_config with named arguments
SELECT set_config(new_value => 'none', is_local => false, setting_name => 'log_statement')
#: set_config with a cast name
SELECT set_config('log_statement'::varchar::text, 'none', false)
#: set_config as a table
SELECT * FROM set_config('log_statement', 'none', false)
#: set_config as a table, qualified, in a join
SELECT * FROM customers, pg_catalog.set_config('log_statement', 'none', false) LIMIT 1
#: set_config in a cte
WITH s AS (SELECT set_config('log_statement', 'none', false)) SELECT * FROM s
#: set_config in a where
SELECT 1 WHERE set_config('log_statement', 'none', false) <> ''
#: set_config variadic
SELECT set_config(VARIADIC ARRAY['log_statement', 'none'])
#: set_config with an escape string
SELECT set_config(E'log\x5fstatement', 'none', false)
#: set_config with a unicode string
SELECT set_config(U&'log\005fstatement', 'none', false)
#: set_config by a unicode name
SELECT U&"set\005fconfig"('log_statement', 'none', false)
#: set_config in a copy
COPY (SELECT set_config('log_statement', 'none', false)) TO STDOUT
#: set_config prepared
PREPARE s AS SELECT set_config('log_statement', 'none', false)
#: set_config in explain analyze
EXPLAIN ANALYZE SELECT set_config('log_statement', 'none', false)
#: set … from current is the name's present value, but not with another in one text
SET log_statement TO 'none'; SELECT 1
#: update of pg_settings | readonly=refused
UPDATE pg_settings SET setting = 'none' WHERE name = 'log_statement'
#: update of pg_settings, qualified | readonly=refused
UPDATE pg_catalog.pg_settings SET setting = 'none' WHERE name = 'log_statement'
#: a function's own setting is for the function, not for the session: DO sets it | readonly=refused
DO $$ BEGIN PERFORM set_config('log_statement', 'none', false); END $$

#for readonly=refused
#: SET default_transaction_read_only
SET default_transaction_read_only = off
#: … local
SET LOCAL default_transaction_read_only = 'no'
#: … shortened
SET default_transaction_read_only = 'f'
#: SET LOCAL transaction_read_only
#setup BEGIN
SET LOCAL transaction_read_only TO off
#: transaction_read_only to default
#setup BEGIN
SET transaction_read_only TO DEFAULT
#: RESET transaction_read_only
#setup BEGIN
RESET transaction_read_only
#: TO DEFAULT, then a write
SET SESSION default_transaction_read_only TO DEFAULT; DELETE FROM order_items
#: quoted name of a setting
SET "Default_Transaction_Read_Only" = false
#: set_config of the switch
SELECT set_config('default_transaction_read_only', 'off', false)
#: set_config of the switch with a built name
SELECT set_config('default_transaction_' || 'read_only', 'off', false)
#: set_config of the transaction's switch in FROM, qualified
SELECT * FROM pg_catalog.set_config('transaction_read_only', 'off', true)
#: set_config of the switch with named arguments
SELECT set_config(setting_name => 'transaction_read_only', new_value => 'off', is_local => true)
#: update of pg_settings for the switch
UPDATE pg_settings SET setting = 'off' WHERE name = 'default_transaction_read_only'
#: SET ROLE
SET ROLE postgres
#: SET LOCAL ROLE
SET LOCAL ROLE postgres
#: SET SESSION ROLE, quoted
SET SESSION ROLE 'postgres'
#: role as a setting
SET role TO 'postgres'
#: set_config of role
SELECT set_config('role', 'postgres', false)
#: search_path with pg_catalog last: another schema's functions come first
SET search_path = trap, pg_catalog
#: search_path by set_config
SELECT set_config('search_path', 'trap, pg_catalog', false)
#: search_path, quoted names
SET search_path TO "trap", "pg_catalog"
#: search_path in one string
SET search_path = 'trap, pg_catalog'
#: SET SCHEMA is one name, but local search_path has two
SET LOCAL search_path = trap, public, pg_catalog
