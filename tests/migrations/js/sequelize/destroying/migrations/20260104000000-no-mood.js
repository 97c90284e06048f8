module.exports = {
  up: (queryInterface) => queryInterface.removeColumn("users", "mood"),
  down: () => {},
};
