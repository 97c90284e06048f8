# Settings that do no harm: for everybody.

#for all=ok
#: statement_timeout
SET statement_timeout = '30s'
#: statement_timeout to 0
SET statement_timeout TO 0
#: statement_timeout local
SET LOCAL statement_timeout = 5000
#: statement_timeout session
SET SESSION statement_timeout = DEFAULT
#: lock_timeout
SET lock_timeout = '2s'
#: idle_in_transaction_session_timeout
SET idle_in_transaction_session_timeout = '1min'
#: search_path
SET search_path = public
#: search_path of several
SET search_path TO "$user", public, lib
#: search_path with pg_catalog first
SET search_path = pg_catalog, public
#: search_path empty, as pg_dump
SELECT pg_catalog.set_config('search_path', '', false)
#: search_path quoted
SET LOCAL search_path = "public", "lib"
#: set schema
SET SCHEMA 'public'
#: time zone
SET TIME ZONE 'UTC'
#: time zone by its name
SET timezone TO 'Europe/Oslo'
#: time zone local
SET TIME ZONE LOCAL
#: time zone as an interval
SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE
#: time zone as a number
SET TIME ZONE 2
#: application_name
SET application_name = 'x'
#: application_name with a funny value
SET application_name = 'DROP TABLE orders; --'
#: client_encoding
SET client_encoding = 'UTF8'
#: client_encoding, another spelling
SET client_encoding TO 'utf-8'
#: set names
SET NAMES 'UTF8'
#: client_encoding unicode
SET CLIENT_ENCODING TO 'UNICODE'
#: standard_conforming_strings on
SET standard_conforming_strings = on
#: standard_conforming_strings true
SET standard_conforming_strings TO 'true'
#: datestyle
SET DateStyle = ISO
#: datestyle of two
SET datestyle TO 'ISO', 'MDY'
#: intervalstyle
SET intervalstyle = 'iso_8601'
#: extra_float_digits
SET extra_float_digits = 3
#: bytea_output
SET bytea_output = 'hex'
#: client_min_messages
SET client_min_messages TO warning
#: work_mem
SET work_mem = '64MB'
#: planner switches
SET enable_seqscan = off; SET LOCAL enable_hashjoin = off
#: random_page_cost
SET random_page_cost = 1.1
#: jit
SET jit = off
#: synchronize_seqscans, as pg_dump
SET synchronize_seqscans TO off
#: row_security
SET row_security = off
#: row_security on
SET row_security TO on
#: quote_all_identifiers
SET quote_all_identifiers = off
#: check_function_bodies
SET check_function_bodies = false
#: xmloption
SET xmloption = content
#: xml option in words
SET XML OPTION DOCUMENT
#: default_text_search_config
SET default_text_search_config = 'pg_catalog.english'
#: plan_cache_mode
SET plan_cache_mode = force_custom_plan
#: default_transaction_isolation
SET default_transaction_isolation = 'read committed'
#: default_transaction_read_only on | alone
SET default_transaction_read_only = on
#: default_transaction_read_only true | alone
SET default_transaction_read_only TO true
#: default_table_access_method
SET default_table_access_method = heap
#: default_tablespace
SET default_tablespace = ''
#: cursor_tuple_fraction
SET cursor_tuple_fraction = 1
#: statement_timeout by set_config
SELECT set_config('statement_timeout', '30s', false)
#: several by set_config
SELECT set_config('statement_timeout', '30s', true), set_config('search_path', 'public', true)
#: a setting of one's own by set_config
SELECT set_config('request.jwt.claims', '{"role": "anon"}', true)
#: a setting of one's own with a parameter for its value
#bind ["17"]
SELECT set_config('app.user_id', $1, true)
#: a setting of one's own by set
SET app.tenant = '7'
#: a setting of one's own with two dots
SET LOCAL "request.header.x" = 'y'
#: current_setting
SELECT current_setting('search_path')
#: current_setting of what may be missing
SELECT current_setting('app.nothing', true)
#: show
SHOW search_path
#: show all | varies
SHOW ALL
#: show in capitals
SHOW TRANSACTION ISOLATION LEVEL
#: show time zone
SHOW TIME ZONE
#: show session authorization
SHOW SESSION AUTHORIZATION
#: show server_version
SHOW server_version
#: show standard_conforming_strings
SHOW standard_conforming_strings
#: show quoted
SHOW "TimeZone"
#: reset
RESET statement_timeout
#: reset all | alone
RESET ALL
#: reset time zone
RESET TIME ZONE
#: reset session authorization | alone
RESET SESSION AUTHORIZATION
#: set session authorization default | alone
SET SESSION AUTHORIZATION DEFAULT
#: reset role | alone
RESET ROLE
#: pg_settings
SELECT name, setting FROM pg_settings WHERE name IN ('server_version', 'max_connections') ORDER BY 1
#: settings of a migration tool in one text
SET LOCAL lock_timeout = '4s'; SET LOCAL client_min_messages TO warning; SELECT set_config('search_path', 'public', true)
#: plain ASCII in a single-byte encoding | alone
#setup SET client_encoding = 'LATIN1'
SELECT 'plain'
