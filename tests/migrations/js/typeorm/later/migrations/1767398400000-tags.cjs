module.exports.Tags1767398400000 = class {
  name = "Tags1767398400000";

  async up(runner) {
    await runner.query(`CREATE TABLE "tags" ("id" SERIAL NOT NULL, "name" text NOT NULL, CONSTRAINT "PK_tags" PRIMARY KEY ("id"))`);
  }

  async down(runner) {
    await runner.query(`DROP TABLE "tags"`);
  }
};
