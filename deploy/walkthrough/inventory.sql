-- Who uses this server, and what each could do to it.  Reads only.
\pset footer off
\echo Connected now:
SELECT usename AS login, application_name AS program, client_addr AS from, count(*)
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 2;

\echo Who may log in:
SELECT rolname AS login, rolsuper AS superuser, rolcreatedb AS creates_databases,
       (SELECT count(*) FROM pg_class AS c
        WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')
          AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)) AS owns_tables
FROM pg_roles AS r WHERE rolcanlogin ORDER BY 1;
