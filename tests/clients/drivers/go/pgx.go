// What people do with pgx 4, and with database/sql over it.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgtype"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
	"github.com/jackc/pgx/v4/stdlib"
)

var ctx = context.Background()
var writes = os.Getenv("DRIVER_ROLE") != "readonly"

const bigBytes = 20 * 1024 * 1024
const bigValue = "SELECT repeat('0123456789abcdef', 1310720)"
const manyRows = "SELECT n, md5(n::text) FROM generate_series(1, 120000) AS n"

func say(what string, values ...interface{}) { fmt.Println(append([]interface{}{what + ":"}, values...)...) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func connect(change func(*pgx.ConnConfig)) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("")
	must(err)
	if change != nil {
		change(config)
	}
	return pgx.ConnectConfig(ctx, config)
}

func one(conn *pgx.Conn, query string, values ...interface{}) (value interface{}) {
	must(conn.QueryRow(ctx, query, values...).Scan(&value))
	return value
}

// The server's error, which there must be.
func failure(err error) *pgconn.PgError {
	var told *pgconn.PgError
	if !errors.As(err, &told) {
		panic(fmt.Sprint("not an error of the server: ", err))
	}
	return told
}

func fails(conn *pgx.Conn, statement string, values ...interface{}) *pgconn.PgError {
	_, err := conn.Exec(ctx, statement, values...)
	return failure(err)
}

func fields(e *pgconn.PgError) string {
	return fmt.Sprintf("%s %s | %s | %s | %s | %d | %s | %s.%s.%s %s %s %s", e.Severity, e.Code, e.Message, e.Detail, e.Hint,
		e.Position, e.Where, e.SchemaName, e.TableName, e.ColumnName, e.DataTypeName, e.ConstraintName, e.Routine)
}

func simple(conn *pgx.Conn) {
	say("simple", one(conn, "SELECT 1"))
	for _, name := range []string{"server_encoding", "client_encoding", "TimeZone", "standard_conforming_strings", "is_superuser"} {
		say("parameter", name, conn.PgConn().ParameterStatus(name))
	}
	results, err := conn.PgConn().Exec(ctx, "SELECT 1; SELECT 'two', NULL; SHOW work_mem").ReadAll()
	must(err)
	for _, result := range results {
		say("of many", result.CommandTag, fmt.Sprintf("%q", result.Rows))
	}
	say("simple protocol", func() (n int, text string) {
		must(conn.QueryRow(ctx, "SELECT $1::int, $2::text", pgx.QuerySimpleProtocol(true), 41, "it's \\").Scan(&n, &text))
		return
	})
}

func parameters(conn *pgx.Conn) {
	for _, value := range []interface{}{int32(7), int64(1) << 40, 1.5, true, "żółw 🐘", []byte{0, 255}, []int32{1, 2},
		time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), []string{"a,b", `c"d`}, nil} {
		kind := map[string]string{"int32": "int4", "int64": "int8", "float64": "float8", "bool": "bool", "string": "text",
			"[]uint8": "bytea", "[]int32": "int4[]", "time.Time": "timestamptz", "[]string": "text[]", "<nil>": "text"}[fmt.Sprintf("%T", value)]
		var text string
		must(conn.QueryRow(ctx, "SELECT coalesce($1::"+kind+"::text, 'null')", value).Scan(&text))
		say("parameter", kind, text)
	}
	var numeric pgtype.Numeric
	var document map[string]interface{}
	must(conn.QueryRow(ctx, "SELECT 12.340::numeric, '{\"a\": 1}'::jsonb").Scan(&numeric, &document))
	say("scanned", numeric.Int, numeric.Exp, document)
	many := make([]interface{}, 65535)
	places := make([]string, len(many))
	for i := range many {
		many[i], places[i] = int32(i), fmt.Sprintf("$%d::int4", i+1)
	}
	say("parameters", one(conn, "SELECT sum(n) FROM unnest(ARRAY["+strings.Join(places, ",")+"]) AS n", many...))
}

func prepared(conn *pgx.Conn) {
	described, err := conn.Prepare(ctx, "by id", "SELECT id, name FROM customers WHERE id = $1")
	must(err)
	say("described", len(described.ParamOIDs), described.ParamOIDs[0], len(described.Fields))
	for id := 1; id <= 3; id++ {
		rows, err := conn.Query(ctx, "by id", id)
		must(err)
		for rows.Next() {
			values, err := rows.Values()
			must(err)
			say("prepared", values)
		}
		must(rows.Err())
	}
	must(conn.Deallocate(ctx, "by id"))
	for i := 0; i < 600; i++ { // more than it keeps: it deallocates the oldest
		one(conn, fmt.Sprintf("SELECT %d + $1::int", i), 1)
	}
	say("kept", one(conn, "SELECT count(*) FROM pg_prepared_statements"))
}

func batch(conn *pgx.Conn) {
	var queries pgx.Batch
	for i := 0; i < 1000; i++ {
		queries.Queue("SELECT $1::int * 2", i)
	}
	results, total := conn.SendBatch(ctx, &queries), 0
	for i := 0; i < 1000; i++ {
		var n int
		must(results.QueryRow().Scan(&n))
		total += n
	}
	must(results.Close())
	say("batch", total)
	var failing pgx.Batch
	failing.Queue("SELECT 1")
	failing.Queue("SELECT 1 / $1::int", 0)
	failing.Queue("SELECT 3")
	results = conn.SendBatch(ctx, &failing)
	_, first := results.Exec()
	_, second := results.Exec()
	_, third := results.Exec()
	results.Close()
	say("batch fails", first, failure(second).Code, failure(third).Code, string(conn.PgConn().TxStatus()))
	if !writes {
		return
	}
	var inserts pgx.Batch
	for i := 0; i < 500; i++ {
		inserts.Queue("INSERT INTO notes (slug, weight) VALUES ($1, $2)", fmt.Sprint("batch ", i%450), i)
	}
	say("all or nothing", failure(conn.SendBatch(ctx, &inserts).Close()).ConstraintName, one(conn, "SELECT count(*) FROM notes"))
}

func copying(conn *pgx.Conn) {
	var out bytes.Buffer
	tag, err := conn.PgConn().CopyTo(ctx, &out, "COPY (SELECT n, md5(n::text) FROM generate_series(1, 50000) n) TO STDOUT")
	must(err)
	say("copy out", tag, fmt.Sprintf("%x", sha256.Sum256(out.Bytes()))[:16])
	_, err = conn.PgConn().CopyTo(ctx, &out, "COPY (SELECT 1 / (n - 900) FROM generate_series(1, 1000) n) TO STDOUT")
	say("copy out fails", failure(err).Code)
	if !writes {
		return
	}
	rows := make([][]interface{}, 20000)
	for i := range rows {
		rows[i] = []interface{}{fmt.Sprint("copied ", i), i, []string{"a"}}
	}
	columns := []string{"slug", "weight", "tags"}
	count, err := conn.CopyFrom(ctx, pgx.Identifier{"notes"}, columns, pgx.CopyFromRows(rows))
	must(err)
	say("copy in", count)
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"notes"}, columns, pgx.CopyFromRows(rows))
	say("copy in fails", fields(failure(err)))
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"notes"}, columns[:1], pgx.CopyFromSlice(10, func(i int) ([]interface{}, error) {
		if i == 5 {
			return nil, errors.New("the program fails")
		}
		return []interface{}{fmt.Sprint("never ", i)}, nil
	}))
	say("copy in given up", err != nil, one(conn, "SELECT count(*) FROM notes WHERE slug LIKE 'never%'"))
}

func cancel(conn *pgx.Conn) {
	delivered := make(chan bool)
	go func() {
		watcher, err := connect(nil)
		must(err)
		for one(watcher, "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
			int32(conn.PgConn().PID())) != int64(1) {
			time.Sleep(10 * time.Millisecond)
		}
		must(conn.PgConn().CancelRequest(ctx))
		watcher.Close(ctx)
		close(delivered)
	}()
	say("cancel", fails(conn, "SELECT pg_sleep(300)").Code)
	<-delivered // the server sends two signals: what follows must not meet the second
	say("after cancel", one(conn, "SELECT 1"))
}

func notify(conn *pgx.Conn) {
	_, err := conn.Exec(ctx, "LISTEN news")
	must(err)
	say("listening", one(conn, "SELECT pg_listening_channels()"))
	if !writes {
		return
	}
	other, err := connect(nil)
	must(err)
	_, err = other.Exec(ctx, "SELECT pg_notify('news', $1)", "hello")
	must(err)
	other.Close(ctx)
	limited, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	notification, err := conn.WaitForNotification(limited)
	must(err)
	say("notify", notification.Channel, notification.Payload)
}

func big(conn *pgx.Conn) {
	rows, err := conn.Query(ctx, manyRows)
	must(err)
	hash, count := sha256.New(), 0
	for ; rows.Next(); count++ {
		hash.Write(rows.RawValues()[1])
	}
	must(rows.Err())
	say("rows", count, fmt.Sprintf("%x", hash.Sum(nil))[:16])
	say("value", len(one(conn, bigValue).(string)))
	say("parameter of that size", one(conn, "SELECT length($1::bytea)", bytes.Repeat([]byte{0, 255}, bigBytes/2)))
}

func transactions(conn *pgx.Conn) {
	err := conn.BeginTxFunc(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var level string
		must(tx.QueryRow(ctx, "SHOW transaction_isolation").Scan(&level))
		_, err := tx.Exec(ctx, "SELECT 1 / $1::int", 0)
		_, again := tx.Exec(ctx, "SELECT 1")
		say("in a transaction", level, failure(err).Code, failure(again).Code, string(conn.PgConn().TxStatus()))
		return err
	})
	say("rolled back", failure(err).Code, string(conn.PgConn().TxStatus()))
	tx, err := conn.Begin(ctx)
	must(err)
	inner, err := tx.Begin(ctx)
	must(err)
	_, err = inner.Exec(ctx, "SELECT 'x'::int")
	must(inner.Rollback(ctx))
	say("savepoint", failure(err).Code, string(conn.PgConn().TxStatus()))
	must(tx.Commit(ctx))
	if !writes {
		return
	}
	tx, err = conn.Begin(ctx)
	must(err)
	_, err = tx.Exec(ctx, "INSERT INTO replies (note_id, body) VALUES (-1, '')")
	must(err)
	told := failure(tx.Commit(ctx))
	say("error at COMMIT", told.Code, told.ConstraintName)
	say("unique", fields(fails(conn, "INSERT INTO notes (slug) VALUES ('copied 1')")))
	say("call", one(conn, "CALL double($1)", 21))
	tx, err = conn.Begin(ctx)
	must(err)
	objects := tx.LargeObjects()
	oid, err := objects.Create(ctx, 0)
	must(err)
	object, err := objects.Open(ctx, oid, pgx.LargeObjectModeRead|pgx.LargeObjectModeWrite)
	must(err)
	written, err := object.Write(bytes.Repeat([]byte("0123456789"), 50000))
	must(err)
	position, err := object.Seek(-3, 2)
	must(err)
	rest := make([]byte, 3)
	_, err = object.Read(rest)
	must(err)
	say("large object", written, position, string(rest))
	must(tx.Rollback(ctx))
}

func errorsAndNotices() {
	conn, err := connect(func(config *pgx.ConnConfig) {
		config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { say("notice", fields((*pgconn.PgError)(notice))) }
	})
	must(err)
	one(conn, "SELECT notice_with_everything()")
	for _, statement := range []string{"SELECT fail_with_everything()", "SELECT * FROM nowhere", "SELECT 'żółw', nope"} {
		say("error", fields(fails(conn, statement)))
	}
	for _, statement := range []string{"SELEC 1", "INSERT INTO products (name, price_cents) VALUES ('x', -1)"} {
		say("SQLSTATE", fails(conn, statement).Code)
	}
	conn.Close(ctx)
}

func pool() {
	connections, err := pgxpool.Connect(ctx, "pool_max_conns=5")
	must(err)
	defer connections.Close()
	results := make(chan int)
	for i := 0; i < 300; i++ {
		go func(i int) {
			var n int
			must(connections.QueryRow(ctx, "SELECT $1::int * 2", i).Scan(&n))
			results <- n
		}(i)
	}
	total := 0
	for i := 0; i < 300; i++ {
		total += <-results
	}
	say("pool", total)
}

func standardLibrary() {
	config, err := pgx.ParseConfig("")
	must(err)
	db := stdlib.OpenDB(*config)
	defer db.Close()
	statement, err := db.Prepare("SELECT name FROM customers WHERE id = $1")
	must(err)
	var name sql.NullString
	must(statement.QueryRow(7).Scan(&name))
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	must(err)
	var level string
	must(tx.QueryRow("SHOW transaction_isolation").Scan(&level))
	must(tx.Commit())
	say("database/sql", name.String, level)
}

func secure() {
	trust := func(variable string) func(*pgx.ConnConfig) {
		pem, err := os.ReadFile(os.Getenv(variable))
		must(err)
		authorities := x509.NewCertPool()
		authorities.AppendCertsFromPEM(pem)
		return func(config *pgx.ConnConfig) {
			config.TLSConfig = &tls.Config{RootCAs: authorities, ServerName: "localhost"}
		}
	}
	conn, err := connect(trust("DRIVER_CA"))
	must(err)
	value := one(conn, bigValue).(string)
	_, encrypted := conn.PgConn().Conn().(*tls.Conn)
	say("tls", encrypted, value[len(value)-4:])
	conn.Close(ctx)
	conn, err = connect(func(config *pgx.ConnConfig) {
		trust("DRIVER_CA")(config)
		config.User, config.Password = "login_scram", "pw-scram-7d1f"
	})
	must(err)
	say("scram over tls", one(conn, "SELECT current_user::text"))
	conn.Close(ctx)
	_, err = connect(trust("DRIVER_OTHER_CA"))
	say("not trusted", strings.Contains(err.Error(), "certificate"))
}

func refusals(conn *pgx.Conn) {
	second := "DROP TABLE notes"
	if !writes {
		second = "SELECT pg_notify('a', 'b')"
	}
	for _, statement := range []string{"DELETE FROM notes", second} {
		told := fails(conn, statement)
		fmt.Println("refused:", told.Code, "|", told.Message, "|", told.Detail, "|", told.Hint)
	}
	var queries pgx.Batch
	queries.Queue("SELECT 1")
	queries.Queue("DELETE FROM notes WHERE true")
	told := failure(conn.SendBatch(ctx, &queries).Close())
	fmt.Println("refused:", told.Code, "|", told.Message, "|", told.Detail, "|", told.Hint)
	fmt.Println("refused, and then:", one(conn, "SELECT 1"))
}

func main() {
	conn, err := connect(nil)
	must(err)
	for _, part := range []func(*pgx.Conn){simple, parameters, prepared, batch, copying, cancel, notify, big, transactions} {
		part(conn)
	}
	errorsAndNotices()
	pool()
	standardLibrary()
	secure()
	if os.Getenv("DRIVER_THROUGH") == "pgmoat" {
		refusals(conn)
	}
	must(conn.Close(ctx))
}
