import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: process.env.DRIZZLE_SCHEMA ?? "./schema.mjs",
  out: "./drizzle",
  dbCredentials: { url: process.env.DATABASE_URL },
});
