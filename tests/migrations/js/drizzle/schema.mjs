import { boolean, index, integer, pgEnum, pgTable, serial, text } from "drizzle-orm/pg-core";

export const mood = pgEnum("mood", ["calm", "merry"]);
export const users = pgTable("users", {
  id: serial().primaryKey(),
  email: text().notNull().unique(),
  mood: mood().notNull().default("calm"),
});
export const posts = pgTable("posts", {
  id: serial().primaryKey(),
  userId: integer("user_id").notNull().references(() => users.id),
  title: text().notNull(),
  published: boolean().notNull().default(false),
}, (table) => [index("posts_user_id").on(table.userId)]);
