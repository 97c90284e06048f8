import pg from "pg";

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
try {
  await client.query(`INSERT INTO "User" ("email") VALUES ('seed@example.com')`);
} catch (error) {
  console.error(error.message, error.hint);
  process.exitCode = 1;
} finally {
  await client.end();
}
