// What the scripts share: how they tell, and the statements of the common things.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');

const role = process.env.DRIVER_ROLE;
exports.writes = role !== 'readonly';
exports.throughPgmoat = process.env.DRIVER_THROUGH === 'pgmoat';
exports.bigBytes = 20 * 1024 * 1024;
exports.forever = 'SELECT pg_sleep(300)';
exports.manyRows = 'SELECT n, md5(n::text) FROM generate_series(1, 120000) AS n';
exports.bigValue = `SELECT repeat('0123456789abcdef', ${exports.bigBytes / 16}) AS value`;
exports.refused = ['DELETE FROM notes', exports.writes ? 'DROP TABLE notes' : "SELECT pg_notify('a', 'b')"];
exports.fields = ['severity', 'code', 'message', 'detail', 'hint', 'position', 'where'];
exports.ca = fs.readFileSync(process.env.DRIVER_CA);
exports.otherCa = fs.readFileSync(process.env.DRIVER_OTHER_CA);

exports.say = (what, ...values) => {
  const text = (v) => (typeof v === 'string' ? v : JSON.stringify(v, (_, x) => (typeof x === 'bigint' ? `${x}n` : x)));
  // Whole lines, at once: standard output is a pipe, and the program may end at any moment.
  fs.writeSync(1, `${what}: ${values.map(text).join(' ')}\n`);
};

exports.tellRefusal = (error) =>
  fs.writeSync(1, `refused: ${error.code} | ${error.message} | ${error.detail} | ${error.hint}\n`);

exports.digest = (data) => crypto.createHash('sha256').update(data).digest('hex').slice(0, 16);

exports.until = async (condition) => {
  const deadline = Date.now() + 60000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

// The error, which there must be.
exports.failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('no error');
};
