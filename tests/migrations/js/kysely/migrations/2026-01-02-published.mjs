export async function up(db) {
  await db.schema.alterTable("posts").addColumn("published", "boolean", (column) => column.notNull().defaultTo(false)).execute();
  await db.schema.createIndex("posts_user_id").on("posts").column("user_id").execute();
  await db.updateTable("posts").set({ published: true }).where("title", "like", "A%").execute();
}

export async function down(db) {
  await db.schema.dropIndex("posts_user_id").execute();
  await db.schema.alterTable("posts").dropColumn("published").execute();
}
