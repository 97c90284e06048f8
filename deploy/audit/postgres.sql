-- PostgreSQL's side of postgres.yaml: a table by months, a login that can only add, one that
-- can only read.  Without it pgmoat makes a table without partitions, in its default schema.
--
--   psql -f postgres.sql "dbname=audit"
CREATE TABLE pgmoat_audit (
    seq bigint NOT NULL,
    id text NOT NULL,
    time timestamptz NOT NULL,
    event text, environment text, session text, login text, role text,
    client_address text, application_name text, database text,
    decision text, outcome text, rule text, sqlstate text, statement text, fingerprint text,
    rows_affected bigint, rows_returned bigint, duration_us numeric,
    replaced boolean NOT NULL,      -- a NUL, which PostgreSQL cannot keep, became U+FFFD
    record jsonb NOT NULL,          -- the whole line
    PRIMARY KEY (id, seq, time)     -- what comes twice is kept once
) PARTITION BY RANGE (time);
CREATE INDEX ON pgmoat_audit USING brin (time);
CREATE INDEX ON pgmoat_audit (login, time);

-- A partition for each month: make the next ones in time (pg_partman, cron); until then the
-- default one takes the lines.  To forget a month: DROP TABLE pgmoat_audit_2026_11.
CREATE TABLE pgmoat_audit_2026_11 PARTITION OF pgmoat_audit
    FOR VALUES FROM ('2026-11-01 00:00+00') TO ('2026-12-01 00:00+00');
CREATE TABLE pgmoat_audit_default PARTITION OF pgmoat_audit DEFAULT;

CREATE ROLE pgmoat_writer LOGIN;    -- \password pgmoat_writer
GRANT INSERT ON pgmoat_audit TO pgmoat_writer;
CREATE ROLE pgmoat_auditor NOLOGIN;
GRANT SELECT ON pgmoat_audit TO pgmoat_auditor;

-- A statement that ran when its journal was shipped has a line "running" and a later one
-- with the same id: this is the last word on each.
CREATE VIEW pgmoat_audit_final AS
    SELECT DISTINCT ON (id) * FROM pgmoat_audit ORDER BY id, seq DESC;
GRANT SELECT ON pgmoat_audit_final TO pgmoat_auditor;
