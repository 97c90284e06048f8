import { sql } from "kysely";

export async function up(db) {
  await db.schema.createType("mood").asEnum(["calm", "merry"]).execute();
  await db.schema.createTable("users")
    .addColumn("id", "serial", (column) => column.primaryKey())
    .addColumn("email", "text", (column) => column.notNull().unique())
    .addColumn("mood", sql`mood`, (column) => column.notNull().defaultTo("calm"))
    .execute();
  await db.schema.createTable("posts")
    .addColumn("id", "serial", (column) => column.primaryKey())
    .addColumn("user_id", "integer", (column) => column.notNull().references("users.id"))
    .addColumn("title", "text", (column) => column.notNull())
    .execute();
}

export async function down(db) {
  await db.schema.dropTable("posts").execute();
  await db.schema.dropTable("users").execute();
  await db.schema.dropType("mood").execute();
}
