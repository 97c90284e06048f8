// A table less and a column less than the database has: `drizzle-kit push` would bring that about.
import { pgEnum, pgTable, serial } from "drizzle-orm/pg-core";

export const mood = pgEnum("mood", ["calm", "merry"]);
export const users = pgTable("users", { id: serial().primaryKey(), mood: mood().notNull().default("calm") });
