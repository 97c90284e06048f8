exports.up = async (knex) => {
  await knex.schema.alterTable("posts", (table) => {
    table.boolean("published").notNullable().defaultTo(false);
    table.index(["user_id"]);
  });
  await knex("posts").where("title", "like", "A%").update({ published: true });
};

exports.down = (knex) => knex.schema.alterTable("posts", (table) => {
  table.dropIndex(["user_id"]);
  table.dropColumn("published");
});
