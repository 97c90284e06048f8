export const up = (db) => db.schema.alterTable("users").dropColumn("mood").execute();
