# Alembic 1.8 upgrade.  Each case goes on where the one before ended.
# Recorded from the server's log, of a real run.

#for readonly=- app=- deploy=ok
#: 1: select … from pg_class c join pg_namespace n on n.oid=c.
select relname from pg_class c join pg_namespace n on n.oid=c.relnamespace where pg_catalog.pg_table_is_visible(c.oid) and relname='alembic_version'
#: 2: CREATE TABLE alembic_version ( version_num VARCHAR(32) N | readonly=write app=42501 goes-on
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
#: 3: CREATE TABLE al_a ( id SERIAL NOT NULL, n VARCHAR(9) DEF | readonly=write app=42501 goes-on
CREATE TABLE al_a (
	id SERIAL NOT NULL,
	n VARCHAR(9) DEFAULT 'x' NOT NULL,
	PRIMARY KEY (id)
)
#: 4: ALTER TABLE al_a ADD COLUMN v BOOLEAN DEFAULT false | readonly=write app=42501 goes-on
ALTER TABLE al_a ADD COLUMN v BOOLEAN DEFAULT false
#: 5: CREATE INDEX al_i ON al_a (n) | readonly=write app=42501 goes-on
CREATE INDEX al_i ON al_a (n)
#: 6: ALTER TABLE al_a ADD CONSTRAINT al_fk FOREIGN KEY(id) RE | readonly=write app=42501 goes-on
ALTER TABLE al_a ADD CONSTRAINT al_fk FOREIGN KEY(id) REFERENCES customers (id)
#: 7: ALTER TABLE al_a ADD CONSTRAINT al_ck CHECK (id > 0) | readonly=write app=42501 goes-on
ALTER TABLE al_a ADD CONSTRAINT al_ck CHECK (id > 0)
#: 8: ALTER TABLE al_a ALTER COLUMN n DROP NOT NULL | readonly=write app=42501 goes-on
ALTER TABLE al_a ALTER COLUMN n DROP NOT NULL
#: 9: INSERT INTO alembic_version (version_num) VALUES ('0d832 | readonly=write goes-on
INSERT INTO alembic_version (version_num) VALUES ('0d83209ff640') RETURNING alembic_version.version_num
#: 10: SELECT alembic_version.version_num FROM alembic_version | goes-on
SELECT alembic_version.version_num
FROM alembic_version
#: 11: drop table al_a, alembic_version | readonly=write app=42501 deploy=42501 goes-on
drop table al_a, alembic_version
