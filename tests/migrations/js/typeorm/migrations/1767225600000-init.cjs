module.exports.Init1767225600000 = class {
  name = "Init1767225600000";

  async up(runner) {
    await runner.query(`CREATE TYPE "mood" AS ENUM('calm', 'merry')`);
    await runner.query(`CREATE TABLE "users" ("id" SERIAL NOT NULL, "email" character varying NOT NULL,
      "mood" "mood" NOT NULL DEFAULT 'calm', CONSTRAINT "UQ_users_email" UNIQUE ("email"), CONSTRAINT "PK_users" PRIMARY KEY ("id"))`);
    await runner.query(`CREATE TABLE "posts" ("id" SERIAL NOT NULL, "user_id" integer NOT NULL, "title" text NOT NULL,
      CONSTRAINT "PK_posts" PRIMARY KEY ("id"))`);
    await runner.query(`ALTER TABLE "posts" ADD CONSTRAINT "FK_posts_users" FOREIGN KEY ("user_id") REFERENCES "users"("id")`);
  }

  async down(runner) {
    await runner.query(`DROP TABLE "posts"`);
    await runner.query(`DROP TABLE "users"`);
    await runner.query(`DROP TYPE "mood"`);
  }
};
