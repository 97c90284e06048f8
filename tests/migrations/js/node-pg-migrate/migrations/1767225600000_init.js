export const up = (pgm) => {
  pgm.createType("mood", ["calm", "merry"]);
  pgm.createTable("users", {
    id: "id",
    email: { type: "text", notNull: true, unique: true },
    mood: { type: "mood", notNull: true, default: "calm" },
    created_at: { type: "timestamp", notNull: true, default: pgm.func("current_timestamp") },
  });
  pgm.createTable("posts", {
    id: "id",
    user_id: { type: "integer", notNull: true, references: "users" },
    title: { type: "text", notNull: true },
  });
};

export const down = (pgm) => {
  pgm.dropTable("posts");
  pgm.dropTable("users");
  pgm.dropType("mood");
};
