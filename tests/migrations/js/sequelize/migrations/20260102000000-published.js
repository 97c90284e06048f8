module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.addColumn("posts", "published",
      { type: Sequelize.BOOLEAN, allowNull: false, defaultValue: false });
    await queryInterface.addIndex("posts", ["user_id"]);
  },
  async down(queryInterface) {
    await queryInterface.removeIndex("posts", ["user_id"]);
    await queryInterface.removeColumn("posts", "published");
  },
};
