export const up = (pgm) => pgm.createTable("tags", { id: "id", name: { type: "text", notNull: true } });

export const down = (pgm) => pgm.dropTable("tags");
