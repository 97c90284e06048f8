exports.seed = async (knex) => {
  await knex("posts").del();
  await knex("users").del();
  await knex("users").insert({ email: "first@example.com" });
};
