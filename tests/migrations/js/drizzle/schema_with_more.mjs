// A column more that must have a value: `drizzle-kit push --force` empties the table for it.
import { integer, pgEnum, pgTable, serial, text } from "drizzle-orm/pg-core";

export const mood = pgEnum("mood", ["calm", "merry"]);
export const users = pgTable("users", {
  id: serial().primaryKey(),
  email: text().notNull().unique(),
  mood: mood().notNull().default("calm"),
  age: integer().notNull(),
});
