// What an application does that begins with sequelize.sync({ force: true }).
const { DataTypes, Sequelize } = require("sequelize");

const sequelize = new Sequelize(process.env.DATABASE_URL, { logging: false });
sequelize.define("users", { email: DataTypes.STRING }, { timestamps: false });
sequelize.define("posts", { title: DataTypes.TEXT }, { timestamps: false });
sequelize.sync({ force: true }).finally(() => sequelize.close()).catch((error) => {
  console.error(error.message, error.parent?.hint);
  process.exitCode = 1;
});
