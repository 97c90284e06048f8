// Prisma with npm's packages alone: its usual schema engine is a binary that is downloaded, the
// one that is part of the package (WebAssembly) goes through a driver adapter.  That adapter is
// made for the client; what the engine wants besides is put right here.
//
//   PRISMA_SCRIPTS=split   a script as the adapter sends it, one Query for each statement;
//                          else in one Query, which is what the usual engine does
import { randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { defineConfig } from "prisma/config";

// The engine's time-outs for locks are never cleared: the process would stay until they are over.
const setTimer = globalThis.setTimeout;
globalThis.setTimeout = (callback, milliseconds, ...rest) => {
  const timer = setTimer(callback, milliseconds, ...rest);
  if (milliseconds >= 5000) timer.unref();
  return timer;
};

// "char" and name, and arrays of them, which the adapter takes for other types than text.
const TEXT = 25, TEXT_ARRAY = 1009;
const READ_AS = { 18: TEXT, 19: TEXT, 1002: TEXT_ARRAY, 1003: TEXT_ARRAY };

function prepare(adapter) {
  const performIO = adapter.performIO.bind(adapter);
  adapter.performIO = async (query) => {
    const result = await performIO(query);
    for (const field of result.fields ?? []) field.dataTypeID = READ_AS[field.dataTypeID] ?? field.dataTypeID;
    return result;
  };
  if (process.env.PRISMA_SCRIPTS !== "split") {
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script);
      } catch (error) {
        adapter.onError(error);
      }
    };
  }
  return adapter;
}

function factoryFor(connectionString) {
  const connect = async (url) =>
    prepare(await new PrismaPg({ connectionString: url, allowExitOnIdle: true }).connect());
  return {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect: () => connect(connectionString),
    async connectToShadowDb() {
      const name = `prisma_migrate_shadow_db_${randomUUID()}`;
      const main = await connect(connectionString);
      await main.executeScript(`CREATE DATABASE "${name}"`);
      const url = new URL(connectionString);
      url.pathname = `/${name}`;
      const shadow = await connect(url.href);
      const dispose = shadow.dispose.bind(shadow);
      shadow.dispose = async () => {
        await dispose();  // first: a database that somebody is connected to cannot be dropped
        await main.executeScript(`DROP DATABASE "${name}"`);
        await main.dispose();
      };
      return shadow;
    },
  };
}

export default defineConfig({
  experimental: { adapter: true },
  engine: "js",
  adapter: async () => factoryFor(process.env.DATABASE_URL),
  schema: "prisma/schema.prisma",
  migrations: { seed: "node prisma/seed.mjs" },
});
