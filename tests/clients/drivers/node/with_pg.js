// What people do with node-postgres.
'use strict';
const { once } = require('node:events');
const { pipeline } = require('node:stream/promises');
const { Readable, Writable } = require('node:stream');
const { Client, Pool, types } = require('pg');
const Cursor = require('pg-cursor');
const QueryStream = require('pg-query-stream');
const copy = require('pg-copy-streams');
const { bigBytes, bigValue, ca, digest, failure, forever, manyRows, otherCa, refused, say, tellRefusal, throughPgmoat,
        until, writes } = require('./telling');

const FIELDS = ['severity', 'code', 'message', 'detail', 'hint', 'position', 'internalPosition', 'internalQuery', 'where',
                'schema', 'table', 'column', 'dataType', 'constraint', 'routine'];
const fields = (error) => Object.fromEntries(FIELDS.filter((f) => error[f] !== undefined).map((f) => [f, error[f]]));

async function connect(options = {}) {
  const client = new Client({ ssl: false, ...options });
  await client.connect();
  return client;
}

async function simple(client) {
  const status = {};
  const other = new Client({ ssl: false, application_name: 'of node', statement_timeout: 60000 });
  other.connection.on('parameterStatus', (m) => { status[m.parameterName] = m.parameterValue; });
  await other.connect();
  say('parameters', Object.entries(status).sort());
  say('application', (await other.query("SELECT current_setting('application_name') a, current_setting('statement_timeout') t")).rows);
  await other.end();
  say('simple', (await client.query('SELECT 1 AS one')).rows[0].one);
  const many = await client.query("SELECT 1 AS a; SELECT 'two' AS b, NULL AS c; SHOW work_mem");
  say('of many', many.map((r) => [r.command, r.rowCount, r.rows]));
  say('empty', (await client.query('')).rows);
  say('as arrays', (await client.query({ text: 'SELECT 1 AS a, 2 AS a', rowMode: 'array' })).rows);
}

async function parameters(client) {
  for (const [type, value] of [['int8', 2 ** 40], ['float8', 1.5], ['numeric', '12.340'], ['bool', true], ['text', "żółw's 🐘 \\"],
    ['bytea', Buffer.from([0, 255, 92])], ['int4[]', [1, null, 3]], ['text[]', ['a,b', 'c"d']], ['jsonb', { a: [1, null] }],
    ['timestamptz', new Date(Date.UTC(2024, 1, 29))], ['order_status', 'paid'], ['text', null]]) {
    const result = await client.query(`SELECT $1::${type} AS v`, [value]);
    say('parameter', type, result.fields[0].dataTypeID > 10000 ? 'own' : result.fields[0].dataTypeID, result.rows[0].v);
  }
  const numbers = Array.from({ length: 65535 }, (_, i) => i);
  const list = numbers.map((n) => `$${n + 1}::int`).join(',');
  say('parameters', (await client.query(`SELECT sum(n) FROM unnest(ARRAY[${list}]) AS n`, numbers)).rows[0].sum);
}

async function prepared(client) {
  for (const id of [1, 2, 3]) {
    say('prepared', (await client.query({ name: 'by id', text: 'SELECT name FROM customers WHERE id = $1', values: [id] })).rows);
  }
  say('on the server', (await client.query('SELECT name, statement FROM pg_prepared_statements')).rows);
  const bad = { name: 'bad', text: 'SELECT nope FROM customers WHERE id = $1', values: [1] };
  say('bad', (await failure(client.query(bad))).code, (await failure(client.query(bad))).code);
  say('no such value', (await failure(client.query({ name: 'typed', text: 'SELECT $1::int', values: ['x'] }))).code);
}

// Not a pipeline on the wire: the driver sends the next when the one before is done.
async function queued(client) {
  const all = Array.from({ length: 300 }, (_, n) => client.query('SELECT $1::int / $2::int AS n', [n, n % 100 === 7 ? 0 : 1]));
  const done = await Promise.allSettled(all);
  say('queued', done.filter((d) => d.status === 'fulfilled').reduce((sum, d) => sum + d.value.rows[0].n, 0),
    done.filter((d) => d.status === 'rejected').map((d) => d.reason.code));
}

async function cursors(client) {
  const cursor = client.query(new Cursor('SELECT n FROM generate_series(1, $1::int) AS n', [1000]));
  say('cursor', (await cursor.read(3)).map((r) => r.n), (await cursor.read(500)).length);
  await cursor.close(); // while rows are left
  const failing = client.query(new Cursor('SELECT 1 / (n - 50) AS q FROM generate_series(1, 100) AS n'));
  say('read', (await failing.read(40)).length, (await failure(failing.read(40))).code);
  let total = 0;
  for await (const row of client.query(new QueryStream(manyRows, [], { batchSize: 250, highWaterMark: 500 }))) total += row.n;
  say('streamed', total);
  const broken = client.query(new QueryStream('SELECT n FROM generate_series(1, 1000000) AS n', [], { batchSize: 10 }));
  for await (const row of broken) if (row.n === 25) break;
  say('given up', (await client.query('SELECT 1 AS one')).rows[0].one);
}

async function copying(client) {
  const parts = [];
  const sink = () => new Writable({ write(chunk, _, done) { parts.push(chunk); done(); } });
  await pipeline(client.query(copy.to('COPY (SELECT n, md5(n::text) FROM generate_series(1, 50000) n) TO STDOUT')), sink());
  say('copy out', digest(Buffer.concat(parts)));
  say('copy out fails', (await failure(pipeline(
    client.query(copy.to('COPY (SELECT 1 / (n - 900) FROM generate_series(1, 1000) n) TO STDOUT')), sink()))).code);
  if (!writes) return;
  const rows = Array.from({ length: 20000 }, (_, n) => `copied ${n}\t${n}\n`);
  const into = client.query(copy.from('COPY notes (slug, weight) FROM STDIN'));
  await pipeline(Readable.from(rows), into);
  say('copy in', into.rowCount);
  say('copy in fails', fields(await failure(pipeline(Readable.from(['bad\tnumber\n', ...rows]),
    client.query(copy.from('COPY notes (slug, weight) FROM STDIN'))))));
  const abandoned = client.query(copy.from('COPY notes (slug) FROM STDIN'));
  abandoned.write('never\n');
  abandoned.destroy(new Error('the program fails'));
  await failure(require('node:stream/promises').finished(abandoned));
  say('copy in given up', (await client.query("SELECT count(*)::int AS n FROM notes WHERE slug = 'never'")).rows[0].n);
}

async function cancel(client) {
  const running = client.query(forever);
  const failed = failure(running);
  const watcher = await connect();
  await until(async () => (await watcher.query(
    "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", [client.processID])).rowCount === 1);
  await watcher.end();
  const other = new Client({ ssl: false });
  other.cancel(client, client.activeQuery ?? client._activeQuery);
  // A server signals a process and its group. The second signal could hit a later statement: its end says that both are sent.
  await once(other.connection, 'end');
  say('cancel', (await failed).code);
  say('after cancel', (await client.query('SELECT 1 AS one')).rows[0].one);
}

async function notify(client) {
  await client.query('LISTEN news');
  say('listening', (await client.query('SELECT pg_listening_channels() AS c')).rows);
  if (writes) {
    const heard = [];
    client.on('notification', (message) => heard.push([message.channel, message.payload]));
    const other = await connect();
    await other.query("NOTIFY news, 'hello'");
    await other.end();
    await until(() => heard.length > 0); // nothing is asked meanwhile: the server speaks by itself
    say('notify', ...heard[0]);
  }
  await client.query('UNLISTEN *');
}

async function big(client) {
  const rows = (await client.query(manyRows)).rows;
  say('rows', rows.length, digest(rows.map((r) => r.md5).join('')));
  say('value', (await client.query(bigValue)).rows[0].value.length);
  say('binary value', (await client.query({ text: bigValue, binary: true, values: [] })).rows[0].value.length);
  const blob = Buffer.alloc(bigBytes, 'żółw');
  say('parameter of that size', (await client.query('SELECT md5($1::bytea) AS md5', [blob])).rows[0].md5);
}

async function transactions(client) {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  say('in a transaction', (await failure(client.query('SELECT 1 / 0'))).code, (await failure(client.query('SELECT 1'))).code,
    (await client.query('COMMIT')).command);
  await client.query('BEGIN');
  await client.query('SAVEPOINT a');
  say('savepoint', (await failure(client.query("SELECT $1::int", ['x']))).code, (await client.query('ROLLBACK TO a')).command,
    (await client.query('SELECT 1 AS one')).rows, (await client.query('COMMIT')).command);
  if (!writes) return;
  await client.query('BEGIN');
  await client.query("INSERT INTO replies (note_id, body) VALUES ($1, '')", [-1]);
  const error = await failure(client.query('COMMIT'));
  say('error at COMMIT', error.code, error.constraint);
  const { rows } = await client.query(
    "INSERT INTO notes (slug, data, tags) SELECT 'note ' || n, jsonb_build_object('n', n), $1 FROM generate_series(1, 3) n RETURNING slug, data, tags",
    [['a', 'b']]);
  say('returning', rows);
  say('unique', fields(await failure(client.query("INSERT INTO notes (slug) VALUES ('note 1')"))));
  say('call', (await client.query('CALL double($1)', [21])).rows);
}

async function errors(client) {
  const notices = [];
  client.on('notice', (notice) => notices.push(fields(notice)));
  await client.query('SELECT notice_with_everything()');
  say('notice', notices);
  for (const text of ['SELECT fail_with_everything()', 'SELECT * FROM nowhere', "SELECT 'żółw', nope", 'SELECT 1; SELECT 1 / 0; SELECT 2']) {
    say('error', fields(await failure(client.query(text))));
  }
  for (const text of ['SELEC 1', "INSERT INTO products (name, price_cents) VALUES ('x', -1)"]) {
    say('SQLSTATE', (await failure(client.query(text))).code);
  }
}

async function pool() {
  const clients = new Pool({ ssl: false, max: 5 });
  const results = await Promise.all(Array.from({ length: 200 }, (_, n) => clients.query('SELECT $1::int * 2 AS n', [n])));
  say('pool', results.reduce((sum, r) => sum + r.rows[0].n, 0), clients.totalCount);
  await clients.end();
}

async function tls() {
  const secure = { ssl: { ca, servername: 'localhost' } };
  let client = await connect(secure);
  say('tls', client.connection.stream.encrypted === true, (await client.query(bigValue)).rows[0].value.slice(-4));
  await client.end();
  client = await connect({ ...secure, user: 'login_scram', password: 'pw-scram-7d1f' });
  say('scram over tls', (await client.query('SELECT current_user AS u')).rows[0].u);
  await client.end();
  say('not trusted', (await failure(connect({ ssl: { ca: otherCa } }))).code);
}

async function refusals(client) {
  for (const text of refused) tellRefusal(await failure(client.query(text)));
  tellRefusal(await failure(client.query('DELETE FROM notes WHERE $1::text IS NULL OR true', ['x'])));
  say('refused, and then', (await client.query('SELECT 1 AS one')).rows[0].one);
}

(async () => {
  types.setTypeParser(types.builtins.INT8, BigInt);
  const client = await connect();
  for (const part of [simple, parameters, prepared, queued, cursors, copying, cancel, notify, big, transactions, errors]) {
    await part(client);
  }
  await pool();
  await tls();
  if (throughPgmoat) await refusals(client);
  await client.end();
})().catch((error) => { console.error(error); process.exit(1); });
