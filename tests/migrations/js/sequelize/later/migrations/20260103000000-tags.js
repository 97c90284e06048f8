module.exports = {
  up: (queryInterface, Sequelize) => queryInterface.createTable("tags", {
    id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true },
    name: { type: Sequelize.TEXT, allowNull: false },
  }),
  down: (queryInterface) => queryInterface.dropTable("tags"),
};
