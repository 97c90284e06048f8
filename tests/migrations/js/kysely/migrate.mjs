// kysely has no command of its own: `node migrate.mjs up`, or `down`, is what people write.
import { promises as fs } from "node:fs";
import path from "node:path";
import { FileMigrationProvider, Kysely, Migrator, PostgresDialect } from "kysely";
import pg from "pg";

const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env.DATABASE_URL }) }) });
const provider = new FileMigrationProvider({ fs, path, migrationFolder: path.join(import.meta.dirname, "migrations") });
const migrator = new Migrator({ db, provider });
const { error, results } = process.argv[2] === "down" ? await migrator.migrateDown() : await migrator.migrateToLatest();
for (const { migrationName, direction, status } of results ?? []) console.log(direction, migrationName, status);
if (error) {
  console.error(error.message, error.hint);
  process.exitCode = 1;
}
await db.destroy();
