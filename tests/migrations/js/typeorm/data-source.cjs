const { DataSource, EntitySchema } = require("typeorm");

// One table of the two, and of that one column less: what schema:sync would bring about.
const users = new EntitySchema({
  name: "users",
  columns: {
    id: { type: "integer", primary: true, generated: true },
    mood: { type: "text" },
  },
});

module.exports = new DataSource({
  type: "postgres",
  url: process.env.DATABASE_URL,
  migrations: ["migrations/*.cjs"],
  entities: [users],
});
