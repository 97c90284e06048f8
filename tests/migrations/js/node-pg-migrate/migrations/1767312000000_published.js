export const up = (pgm) => {
  pgm.addColumns("posts", { published: { type: "boolean", notNull: true, default: false } });
  pgm.createIndex("posts", "user_id");
  pgm.sql("UPDATE posts SET published = true WHERE title LIKE 'A%'");
};

export const down = (pgm) => {
  pgm.dropIndex("posts", "user_id");
  pgm.dropColumns("posts", ["published"]);
};
