// What people do with postgres.js: it pipelines whatever is asked on a connection.
'use strict';
const postgres = require('postgres');
const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');
const { bigBytes, bigValue, ca, digest, failure, forever, manyRows, otherCa, refused, say, tellRefusal, throughPgmoat,
        until, writes } = require('./telling');

const FIELDS = ['severity', 'code', 'message', 'detail', 'hint', 'position', 'where', 'schema_name', 'table_name',
                'column_name', 'constraint_name', 'type_name', 'routine'];
const fields = (error) => Object.fromEntries(FIELDS.filter((f) => error[f] !== undefined).map((f) => [f, error[f]]));
const connect = (options = {}) => postgres({ ssl: false, max: 1, onnotice: () => {}, ...options });

async function simple(sql) {
  say('simple', (await sql`SELECT 1 AS one`)[0].one);
  say('of many', (await sql.unsafe("SELECT 1 AS a; SELECT 'two' AS b, NULL AS c; SHOW work_mem")).map((r) => [...r]));
  say('simply', await sql`SELECT 2 AS two`.simple());
  say('parameters', Object.entries(sql.parameters).filter(([, v]) => v !== null).sort());
}

async function parameters(sql) {
  const values = await sql`SELECT ${7}::int4 AS a, ${'żółw 🐘'}::text AS b, ${null}::text AS c, ${true}::bool AS d,
    ${sql.json({ a: [1, null] })}::jsonb AS e, ${sql.array([1, 2, 3])}::int[] AS f, ${Buffer.from([0, 255])}::bytea AS g,
    ${new Date(Date.UTC(2024, 1, 29))}::timestamptz AS h, ${1n << 40n}::int8 AS i`;
  say('values', values[0]);
  say('fragments', await sql`SELECT ${sql(['id', 'name'])} FROM ${sql('customers')} WHERE id IN ${sql([1, 2, 3])} ORDER BY id`);
  say('unprepared', (await sql.unsafe('SELECT $1::int + 1 AS n', [41])).map((r) => r.n),
    (await sql.unsafe('SELECT $1::int + 1 AS n', [41], { prepare: true })).map((r) => r.n));
  say('described', (await sql`SELECT id, created_at FROM customers WHERE name = ${'x'}`.describe()).columns.map((c) => [c.name, c.type]));
  const numbers = Array.from({ length: 20000 }, (_, i) => i);
  say('many parameters', (await sql`SELECT count(*)::int AS n FROM customers WHERE id IN ${sql(numbers)}`)[0].n);
}

async function pipelined(sql) {
  const all = Array.from({ length: 2000 }, (_, n) => sql`SELECT ${n}::int / ${n % 500 === 7 ? 0 : 1}::int AS n`);
  const done = await Promise.allSettled(all);
  say('pipelined', done.filter((d) => d.status === 'fulfilled').reduce((sum, d) => sum + d.value[0].n, 0),
    done.filter((d) => d.status === 'rejected').map((d) => d.reason.code));
  const texts = await Promise.allSettled(['SELECT 1 AS n', 'SELECT nope', 'SELECT 3 AS n'].map((text) => sql.unsafe(text)));
  say('simple ones', texts.map((d) => d.reason?.code ?? d.value[0].n));
  say('in a transaction', (await failure(sql.begin((sql) => [sql`SELECT 1`, sql`SELECT 1 / 0`, sql`SELECT 3`]))).code);
  say('afterwards', (await sql`SELECT pg_current_xact_id_if_assigned() IS NULL AS none`)[0].none);
}

async function cursors(sql) {
  let total = 0;
  await sql`SELECT n FROM generate_series(1, 1000) AS n`.cursor(100, (rows) => { total += rows.reduce((s, r) => s + r.n, 0); });
  say('cursor', total);
  const seen = [];
  for await (const [row] of sql`SELECT n FROM generate_series(1, 1000) AS n`.cursor()) {
    seen.push(row.n);
    if (row.n === 5) break;
  }
  say('given up', seen, (await sql`SELECT 1 AS one`)[0].one);
  let count = 0;
  await sql`SELECT n FROM generate_series(1, 5000) AS n`.forEach(() => { count += 1; });
  say('for each', count);
}

async function copying(sql) {
  const parts = [];
  // A short one, something between two COPYs, and no error after the end of the data: this driver waits for
  // ever otherwise, also without pgmoat.
  for await (const part of await sql`COPY (SELECT n, md5(n::text) FROM generate_series(1, 300) n) TO STDOUT`.readable()) parts.push(part);
  say('copy out', digest(Buffer.concat(parts)), (await sql`SELECT 1 AS one`)[0].one);
  if (!writes) return;
  const rows = Array.from({ length: 20000 }, (_, n) => `copied ${n}\t${n}\n`);
  await pipeline(Readable.from(rows), await sql`COPY notes (slug, weight) FROM STDIN`.writable());
  say('copy in', (await sql`SELECT count(*)::int AS n FROM notes`)[0].n);
  const failing = await sql`COPY notes (slug, weight) FROM STDIN`.writable();
  const error = new Promise((resolve) => failing.on('error', resolve));
  failing.write('bad\tnumber\n');
  say('copy in fails', fields(await error));
  say('rows now', (await sql`SELECT count(*)::int AS n FROM notes`)[0].n);
}

async function cancel(sql) {
  const [{ pid }] = await sql`SELECT pg_backend_pid() AS pid`;
  const running = sql.unsafe(forever);
  const failed = failure(running);
  const watcher = connect();
  await until(async () => (await watcher`SELECT 1 FROM pg_stat_activity WHERE pid = ${pid} AND wait_event = 'PgSleep'`).length);
  await watcher.end();
  await running.canceller(running); // as cancel() does, which does not tell when the server has sent its signals
  say('cancel', (await failed).code);
  say('after cancel', (await sql`SELECT 1 AS one`)[0].one);
}

async function notify(sql) {
  const heard = [];
  const listening = await sql.listen('news', (payload) => heard.push(payload));
  if (writes) {
    await sql.notify('news', 'hello');
    await sql`SELECT pg_notify('news', ${'ż'.repeat(3000)})`;
    await until(() => heard.length === 2);
    say('notify', heard[0], heard[1].length);
  }
  await listening.unlisten();
  say('unlistened', true);
}

async function big(sql) {
  const rows = await sql.unsafe(manyRows);
  say('rows', rows.length, digest(rows.map((r) => r.md5).join('')));
  say('value', (await sql.unsafe(bigValue))[0].value.length);
  say('parameter of that size', (await sql`SELECT md5(${Buffer.alloc(bigBytes, 'żółw')}::bytea) AS md5`)[0].md5);
}

async function transactions(sql) {
  const inside = await sql.begin('ISOLATION LEVEL SERIALIZABLE', async (sql) => {
    const error = await failure(sql.savepoint((sql) => sql`SELECT ${'x'}::int`));
    return [error.code, (await sql`SHOW transaction_isolation`)[0].transaction_isolation];
  });
  say('savepoint', ...inside);
  if (!writes) return;
  const error = await failure(sql.begin((sql) => sql`INSERT INTO replies (note_id, body) VALUES (-1, '')`));
  say('error at COMMIT', error.code, error.constraint_name);
  const notes = [{ slug: 'a', weight: 1 }, { slug: 'b', weight: 2 }];
  say('inserted', await sql`INSERT INTO notes ${sql(notes)} RETURNING slug, weight`);
  say('updated', (await sql`UPDATE notes SET ${sql({ body: 'new' })} WHERE slug = 'a' RETURNING body`)[0]);
  say('unique', fields(await failure(sql`INSERT INTO notes ${sql(notes)}`)));
  say('call', await sql`CALL double(${21})`);
  const id = `postgres.js ${process.env.DRIVER_THROUGH}`;
  await sql.begin((sql) => sql`INSERT INTO notes (slug) VALUES ('two phases')`.then(() => sql.prepare(id)));
  await sql.unsafe(`COMMIT PREPARED '${id}'`);
  say('two phases', (await sql`SELECT count(*)::int AS n FROM notes WHERE slug = 'two phases'`)[0].n);
}

async function errors(sql) {
  const notices = [];
  const other = connect({ onnotice: (notice) => notices.push(fields(notice)) });
  await other`SELECT notice_with_everything()`;
  say('notice', notices);
  await other.end();
  for (const text of ['SELECT fail_with_everything()', 'SELECT * FROM nowhere', "SELECT 'żółw', nope"]) {
    say('error', fields(await failure(sql.unsafe(text))));
  }
  for (const text of ['SELEC 1', "INSERT INTO products (name, price_cents) VALUES ('x', -1)"]) {
    say('SQLSTATE', (await failure(sql.unsafe(text))).code);
  }
}

async function tls() {
  const secure = { ssl: { ca, servername: 'localhost' } };
  let sql = connect(secure);
  say('tls', (await sql.unsafe(bigValue))[0].value.slice(-4));
  await sql.end();
  sql = connect({ ...secure, user: 'login_scram', pass: 'pw-scram-7d1f' });
  say('scram over tls', (await sql`SELECT current_user AS u`)[0].u);
  await sql.end();
  sql = connect({ ssl: { ca: otherCa, servername: 'localhost' } });
  say('not trusted', (await failure(sql`SELECT 1`)).code);
  await sql.end();
}

async function refusals(sql) {
  for (const text of refused) tellRefusal(await failure(sql.unsafe(text)));
  // One of many that are under way at once: the others are not touched.
  const done = await Promise.allSettled([sql`SELECT 1 AS n`, sql`DELETE FROM notes WHERE true`, sql`SELECT 3 AS n`]);
  tellRefusal(done[1].reason);
  say('refused, and then', done[0].value[0].n + (done[2].value[0].n - 3));
}

(async () => {
  const sql = connect();
  for (const part of [simple, parameters, pipelined, cursors, copying, cancel, notify, big, transactions, errors]) await part(sql);
  const pool = connect({ max: 5 });
  const results = await Promise.all(Array.from({ length: 500 }, (_, n) => pool`SELECT ${n}::int * 2 AS n`));
  say('pool', results.reduce((sum, [row]) => sum + row.n, 0));
  await pool.end();
  await tls();
  if (throughPgmoat) await refusals(sql);
  await sql.end();
})().catch((error) => { console.error(error); process.exit(1); });
