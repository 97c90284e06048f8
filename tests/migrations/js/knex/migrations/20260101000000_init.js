exports.up = async (knex) => {
  await knex.schema.createTable("users", (table) => {
    table.increments("id");
    table.string("email").notNullable().unique();
    table.enu("mood", ["calm", "merry"], { useNative: true, enumName: "mood" }).notNullable().defaultTo("calm");
    table.timestamps(true, true);
  });
  await knex.schema.createTable("posts", (table) => {
    table.increments("id");
    table.integer("user_id").notNullable().references("users.id");
    table.text("title").notNullable();
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable("posts");
  await knex.schema.dropTable("users");
  await knex.raw("DROP TYPE mood");
};
