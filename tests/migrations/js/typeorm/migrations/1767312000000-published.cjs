module.exports.Published1767312000000 = class {
  name = "Published1767312000000";

  async up(runner) {
    await runner.query(`ALTER TABLE "posts" ADD "published" boolean NOT NULL DEFAULT false`);
    await runner.query(`CREATE INDEX "IDX_posts_user" ON "posts" ("user_id")`);
    await runner.query(`UPDATE "posts" SET "published" = true WHERE "title" LIKE 'A%'`);
  }

  async down(runner) {
    await runner.query(`DROP INDEX "IDX_posts_user"`);
    await runner.query(`ALTER TABLE "posts" DROP COLUMN "published"`);
  }
};
