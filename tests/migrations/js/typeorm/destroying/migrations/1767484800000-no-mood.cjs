module.exports.NoMood1767484800000 = class {
  name = "NoMood1767484800000";

  async up(runner) {
    await runner.query(`ALTER TABLE "users" DROP COLUMN "mood"`);
  }

  async down() {}
};
