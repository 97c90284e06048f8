-- ClickHouse's side of clickhouse.yaml.  Each line is kept whole, so that its hash can still
-- be checked; the columns are read from it.  What comes twice is one row after a merge, or
-- at once with SELECT … FINAL.
CREATE TABLE pgmoat_audit
(
    line String CODEC(ZSTD(3)),
    seq UInt64 MATERIALIZED JSONExtractUInt(line, 'seq'),
    id String MATERIALIZED JSONExtractString(line, 'id'),
    time DateTime64(9, 'UTC') MATERIALIZED parseDateTime64BestEffortOrZero(JSONExtractString(line, 'time'), 9, 'UTC'),
    event LowCardinality(String) MATERIALIZED JSONExtractString(line, 'event'),
    environment LowCardinality(String) MATERIALIZED JSONExtractString(line, 'environment'),
    session String MATERIALIZED JSONExtractString(line, 'session'),
    login LowCardinality(String) MATERIALIZED JSONExtractString(line, 'login'),
    role LowCardinality(String) MATERIALIZED JSONExtractString(line, 'role'),
    database LowCardinality(String) MATERIALIZED JSONExtractString(line, 'database'),
    decision LowCardinality(String) MATERIALIZED JSONExtractString(line, 'decision'),
    outcome LowCardinality(String) MATERIALIZED JSONExtractString(line, 'outcome'),
    rule LowCardinality(String) MATERIALIZED JSONExtractString(line, 'rule'),
    sqlstate LowCardinality(String) MATERIALIZED JSONExtractString(line, 'sqlstate'),
    fingerprint String MATERIALIZED JSONExtractString(line, 'fingerprint'),
    statement String MATERIALIZED JSONExtractString(line, 'statement'),
    duration_us Float64 MATERIALIZED JSONExtractFloat(line, 'duration_us')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (time, id, seq)
TTL toDateTime(time) + INTERVAL 90 DAY;

-- pgmoat needs no more than this:
-- CREATE USER pgmoat IDENTIFIED BY '…'; GRANT INSERT ON pgmoat_audit TO pgmoat;
