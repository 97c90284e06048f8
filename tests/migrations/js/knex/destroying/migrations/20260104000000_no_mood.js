exports.up = (knex) => knex.schema.alterTable("users", (table) => table.dropColumn("mood"));

exports.down = () => {};
