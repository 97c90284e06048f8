module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.createTable("users", {
      id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true },
      email: { type: Sequelize.STRING, allowNull: false, unique: true },
      mood: { type: Sequelize.ENUM("calm", "merry"), allowNull: false, defaultValue: "calm" },
    });
    await queryInterface.createTable("posts", {
      id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true },
      user_id: { type: Sequelize.INTEGER, allowNull: false, references: { model: "users", key: "id" } },
      title: { type: Sequelize.TEXT, allowNull: false },
    });
  },
  async down(queryInterface) {
    await queryInterface.dropTable("posts");
    await queryInterface.dropTable("users");
    await queryInterface.sequelize.query('DROP TYPE "enum_users_mood"');
  },
};
