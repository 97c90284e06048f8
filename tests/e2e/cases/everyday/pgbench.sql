# pgbench 15, standard scripts.
# Recorded from the server's log, of a real run.

#for readonly=ok app=ok deploy=ok
#setup SET search_path = orm, public
#: 1: select count(*) from pgbench_branches
select count(*) from pgbench_branches
#: 2: select … from pg_class as c join pg_namespace as n on (n
select o.n, p.partstrat, pg_catalog.count(i.inhparent) from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on (n.oid = c.relnamespace) cross join lateral (select pg_catalog.array_position(pg_catalog.current_schemas(true), n.nspname)) as o(n) left join pg_catalog.pg_partitioned_table as p on (p.partrelid = c.oid) left join pg_catalog.pg_inherits as i on (c.oid = i.inhparent) where c.relname = 'pgbench_accounts' and o.n is not null group by 1, 2 order by 1 asc limit 1
#: 3: UPDATE pgbench_accounts SET abalance = abalance + $1 WHE | readonly=write
#bind ["-1971", "60717"]
UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2;
#: 4: SELECT abalance FROM pgbench_accounts WHERE aid = $1;
#bind ["60717"]
SELECT abalance FROM pgbench_accounts WHERE aid = $1;
#: 5: UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHER | readonly=write
#bind ["-1971", "7"]
UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2;
#: 6: UPDATE pgbench_branches SET bbalance = bbalance + $1 WHE | readonly=write
#bind ["-1971", "1"]
UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2;
#: 7: INSERT INTO pgbench_history (tid, bid, aid, delta, mtime | readonly=write
#bind ["7", "1", "60717", "-1971"]
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP);
#: 8: UPDATE pgbench_accounts SET abalance = abalance + -2019 | readonly=write
UPDATE pgbench_accounts SET abalance = abalance + -2019 WHERE aid = 62233;
#: 9: SELECT abalance FROM pgbench_accounts WHERE aid = 62233;
SELECT abalance FROM pgbench_accounts WHERE aid = 62233;
#: 10: INSERT INTO pgbench_history (tid, bid, aid, delta, mtime | readonly=write
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (3, 1, 62233, -2019, CURRENT_TIMESTAMP);
