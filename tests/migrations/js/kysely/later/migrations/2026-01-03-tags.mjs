export const up = (db) => db.schema.createTable("tags")
  .addColumn("id", "serial", (column) => column.primaryKey())
  .addColumn("name", "text", (column) => column.notNull())
  .execute();

export const down = (db) => db.schema.dropTable("tags").execute();
