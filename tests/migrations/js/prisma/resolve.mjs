// `prisma migrate resolve`: the one command for which Prisma's program wants its downloaded engine.
// The engine of the same version is on npm; this calls it as the program calls the other.
//   node resolve.mjs --rolled-back|--applied MIGRATION
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import config from "./prisma.config.mjs";

const wasm = path.join(path.dirname(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm")), "schema_engine_bg.wasm");
const { instance } = await WebAssembly.instantiate(readFileSync(wasm), { "./schema_engine_bg.js": bindings });
bindings.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

function migrations() {
  const baseDir = path.resolve("prisma/migrations");
  const file = (name) => readFileSync(path.join(baseDir, name), "utf8");
  const folders = readdirSync(baseDir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return {
    baseDir,
    lockfile: { path: "migration_lock.toml", content: file("migration_lock.toml") },
    shadowDbInitScript: "",
    migrationDirectories: folders.map(({ name }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok", value: file(`${name}/migration.sql`) } },
    })),
  };
}

const [how, migrationName] = process.argv.slice(2);
const datamodels = [["schema.prisma", readFileSync("prisma/schema.prisma", "utf8")]];
const adapter = await config.adapter();
const engine = await bindings.SchemaEngine.new({ datamodels }, () => {}, adapter);
try {
  if (how === "--applied") await engine.markMigrationApplied({ migrationName, migrationsList: migrations() });
  else await engine.markMigrationRolledBack({ migrationName });
  console.log(`Migration ${migrationName} marked as ${how.slice(2)}.`);
} catch (error) {
  console.error(error.message ?? error);
  process.exitCode = 1;
} finally {
  engine.free();
}
