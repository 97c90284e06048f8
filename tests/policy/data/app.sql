INSERT INTO "users" ("name", "email") VALUES ($1, $2) RETURNING "id"
----
INSERT INTO counters (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = counters.n + 1
----
INSERT INTO a SELECT * FROM b
----
UPDATE users SET last_seen = now() WHERE id = $1
----
DELETE FROM sessions WHERE expires_at < now()
----
DELETE FROM t WHERE 1 = 0
----
SELECT * FROM jobs WHERE state = 'ready' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1
----
WITH job AS (SELECT id FROM jobs WHERE state = 'ready' FOR UPDATE SKIP LOCKED LIMIT 1) UPDATE jobs SET state = 'running' FROM job WHERE jobs.id = job.id RETURNING jobs.*
----
MERGE INTO stock s USING delivery d ON s.item = d.item WHEN MATCHED THEN UPDATE SET n = s.n + d.n WHEN NOT MATCHED THEN INSERT VALUES (d.item, d.n)
----
COPY t FROM STDIN
----
COPY t (a, b) FROM STDIN WITH (FORMAT binary)
----
CREATE TEMP TABLE scratch (id int) ON COMMIT DROP
----
CREATE TEMPORARY TABLE scratch AS SELECT * FROM users
----
SELECT * INTO TEMP scratch FROM users
----
SELECT pg_advisory_xact_lock(42)
----
SELECT pg_try_advisory_lock($1)
----
SELECT nextval('users_id_seq')
----
SELECT pg_notify('c', 'x')
----
NOTIFY c, 'x'
----
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE
----
SET ROLE tenant_1
----
SET LOCAL search_path = tenant_1, public
----
SELECT set_config('app.tenant', $1, true)
----
SELECT my_schema.my_function(1)
----
BEGIN READ WRITE
----
SAVEPOINT a; RELEASE a; ROLLBACK TO a
----
PREPARE TRANSACTION 'x'
----
SELECT lo_create(0)
----
SET CONSTRAINTS ALL DEFERRED
----
