/* What libpq itself can do: each of its ways to send and to be answered. */
#include <libpq-fe.h>
#include <libpq/libpq-fs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int writes;

static PGconn *Connect(const char *options) {
  PGconn *conn = PQconnectdb(options);
  if (PQstatus(conn) != CONNECTION_OK) {
    fprintf(stderr, "%s", PQerrorMessage(conn));
    exit(1);
  }
  return conn;
}

static const char kFields[] = {PG_DIAG_SEVERITY,        PG_DIAG_SEVERITY_NONLOCALIZED, PG_DIAG_SQLSTATE,
                               PG_DIAG_MESSAGE_PRIMARY, PG_DIAG_MESSAGE_DETAIL,        PG_DIAG_MESSAGE_HINT,
                               PG_DIAG_STATEMENT_POSITION, PG_DIAG_CONTEXT,            PG_DIAG_SCHEMA_NAME,
                               PG_DIAG_TABLE_NAME,      PG_DIAG_COLUMN_NAME,           PG_DIAG_DATATYPE_NAME,
                               PG_DIAG_CONSTRAINT_NAME, PG_DIAG_SOURCE_FUNCTION};

/* One line: what, status, command tag, rows and columns, first value or error.  Frees it. */
static void Tell(const char *what, PGresult *result) {
  printf("%s: %s", what, PQresStatus(PQresultStatus(result)));
  if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
    for (size_t i = 0; i < sizeof kFields; ++i) {
      const char *field = PQresultErrorField(result, kFields[i]);
      if (field) printf(" %c=%s", kFields[i], field);
    }
  } else {
    printf(" %s %dx%d", PQcmdStatus(result), PQntuples(result), PQnfields(result));
    if (PQntuples(result) && PQnfields(result)) {
      const int length = PQgetlength(result, 0, 0);
      if (PQfformat(result, 0) == 0) printf(" %.60s", PQgetvalue(result, 0, 0));
      printf(" (%d bytes, type %u)", length, PQftype(result, 0) > 16000 ? 0 : PQftype(result, 0));
    }
  }
  printf("\n");
  PQclear(result);
}

/* All that the connection still has to say, up to a NULL behind a NULL or a Sync. */
static void TellAll(const char *what, PGconn *conn) {
  for (int nulls = 0; nulls < 2;) {
    PGresult *result = PQgetResult(conn);
    nulls = result ? 0 : nulls + 1;
    const int sync = result && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    if (result) Tell(what, result);
    if (sync) return;
  }
}

static void Notice(void *unused, const PGresult *result) {
  (void)unused;
  printf("notice: %s %s %s\n", PQresultErrorField(result, PG_DIAG_SQLSTATE),
         PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
         PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : "");
}

static void Queries(PGconn *conn) {
  Tell("simple", PQexec(conn, "SELECT 1"));
  PQsendQuery(conn, "SELECT 1; SELECT 'two'; SHOW work_mem; SELECT 1/0; SELECT 'never'");
  TellAll("of many", conn);
  Tell("empty", PQexec(conn, ""));
  const char *values[] = {"41", NULL, "\0\0\0\7"};
  const int lengths[] = {0, 0, 4}, formats[] = {0, 0, 1};
  const Oid types[] = {23, 25, 23};
  for (int binary = 0; binary < 2; ++binary) {
    Tell("parameters", PQexecParams(conn, "SELECT $1 + $3, $2", 3, types, values, lengths, formats, binary));
  }
  Tell("prepare", PQprepare(conn, "s", "SELECT name FROM customers WHERE id = $1", 0, NULL));
  PGresult *described = PQdescribePrepared(conn, "s");
  printf("described: %d %u %s\n", PQnparams(described), PQparamtype(described, 0), PQfname(described, 0));
  PQclear(described);
  const char *id[] = {"7"};
  Tell("prepared", PQexecPrepared(conn, "s", 1, id, NULL, NULL, 0));
  Tell("again", PQprepare(conn, "s", "SELECT 1", 0, NULL));
  Tell("unknown", PQexecPrepared(conn, "no such", 0, NULL, NULL, NULL, 0));
  Tell("begin", PQexec(conn, "BEGIN; DECLARE c CURSOR FOR SELECT n FROM generate_series(1, 9) n"));
  Tell("portal", PQdescribePortal(conn, "c"));
  Tell("fetch", PQexec(conn, "FETCH 3 FROM c"));
  Tell("move", PQexec(conn, "MOVE 2 FROM c"));
  Tell("failed", PQexec(conn, "SELECT nope"));
  Tell("failed", PQexec(conn, "SELECT 1"));
  printf("state: %d\n", PQtransactionStatus(conn));
  Tell("commit", PQexec(conn, "COMMIT"));
}

static void Pipelines(PGconn *conn) {
  PQenterPipelineMode(conn);
  for (int i = 0; i < 1000; ++i) PQsendQueryParams(conn, "SELECT 1", 0, NULL, NULL, NULL, NULL, 0);
  PQsendFlushRequest(conn); /* answers without a Sync */
  PQflush(conn);
  int answered = 0;
  while (answered < 1000) {
    PGresult *result = PQgetResult(conn);
    answered += result && PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
  }
  printf("flushed: %d\n", answered);
  PQclear(PQgetResult(conn));
  PQsendPrepare(conn, "p", "SELECT $1::int / $2::int", 0, NULL);
  PQsendDescribePrepared(conn, "p");
  const char *fine[] = {"6", "3"}, *bad[] = {"6", "0"};
  PQsendQueryPrepared(conn, "p", 2, fine, NULL, NULL, 0);
  PQsendQueryPrepared(conn, "p", 2, bad, NULL, NULL, 0);
  PQsendQueryPrepared(conn, "p", 2, fine, NULL, NULL, 0);
  PQpipelineSync(conn);
  PQsendQueryPrepared(conn, "p", 2, fine, NULL, NULL, 0);
  PQpipelineSync(conn);
  TellAll("pipeline", conn);
  printf("pipeline status: %d\n", PQpipelineStatus(conn));
  TellAll("behind the sync", conn);
  if (writes) {
    PQsendQueryParams(conn, "INSERT INTO notes (slug) VALUES ('rolled back with the rest')", 0, NULL, NULL, NULL, NULL, 0);
    PQsendQueryParams(conn, "SELECT 1 / 0", 0, NULL, NULL, NULL, NULL, 0);
    PQpipelineSync(conn);
    TellAll("implicit transaction", conn);
  }
  PQexitPipelineMode(conn);
  Tell("nothing kept", PQexec(conn, "SELECT count(*) FROM notes"));
}

static void SingleRows(PGconn *conn) {
  long rows = 0, sum = 0;
  PQsendQuery(conn, "SELECT n, md5(n::text) FROM generate_series(1, 120000) AS n");
  PQsetSingleRowMode(conn);
  for (PGresult *result; (result = PQgetResult(conn)); PQclear(result)) {
    for (int i = 0; i < PQntuples(result); ++i, ++rows) sum += atol(PQgetvalue(result, i, 0));
  }
  printf("single rows: %ld %ld\n", rows, sum);
  PQsendQuery(conn, "SELECT 1 / (500 - n) FROM generate_series(1, 1000) AS n");
  PQsetSingleRowMode(conn);
  rows = 0;
  for (PGresult *result; (result = PQgetResult(conn)); ++rows) {
    if (PQresultStatus(result) == PGRES_FATAL_ERROR) Tell("fails behind rows", result);
    else PQclear(result);
  }
  printf("rows before: %ld\n", rows);
  Tell("value", PQexec(conn, "SELECT length(v), v FROM (SELECT repeat('0123456789abcdef', 1310720)) AS t(v)"));
  PGresult *result = PQexecParams(conn, "SELECT repeat('x', 20971520)", 0, NULL, NULL, NULL, NULL, 1);
  printf("big value: %d\n", PQgetlength(result, 0, 0));
  PQclear(result);
}

static void CopyOut(PGconn *conn) {
  char *row;
  long bytes = 0;
  Tell("copy", PQexec(conn, "COPY (SELECT n, md5(n::text) FROM generate_series(1, 50000) n) TO STDOUT"));
  for (int length; (length = PQgetCopyData(conn, &row, 0)) > 0; PQfreemem(row)) bytes += length;
  printf("copied out: %ld\n", bytes);
  TellAll("copy", conn);
  const char *values[] = {"5"};
  Tell("extended", PQexecParams(conn, "COPY (SELECT 'extended', 1) TO STDOUT", 0, NULL, values, NULL, NULL, 0));
  for (int length; (length = PQgetCopyData(conn, &row, 0)) > 0; PQfreemem(row)) printf("row: %s", row);
  TellAll("extended", conn);
  Tell("failing", PQexec(conn, "COPY (SELECT 1 / (900 - n) FROM generate_series(1, 1000) n) TO STDOUT"));
  bytes = 0;
  for (int length; (length = PQgetCopyData(conn, &row, 0)) > 0; PQfreemem(row)) bytes += length;
  printf("before it failed: %ld\n", bytes);
  TellAll("failing", conn);
}

static void CopyIn(PGconn *conn) {
  const char *how[] = {"fine", "bad data", "given up", "extended"};
  for (int i = 0; i < 4; ++i) {
    const char *copy = "COPY notes (slug, weight) FROM STDIN";
    Tell(how[i], i == 3 ? PQexecParams(conn, copy, 0, NULL, NULL, NULL, NULL, 0) : PQexec(conn, copy));
    for (int n = 0; n < 20000; ++n) {
      char line[64];
      const int length = snprintf(line, sizeof line, i == 1 && n == 100 ? "bad\tnumber\n" : "copy %d %d\t%d\n", i, n, n);
      PQputCopyData(conn, line, length);
    }
    PQputCopyEnd(conn, i == 2 ? "the program fails" : NULL);
    TellAll(how[i], conn);
  }
  Tell("unique", PQexec(conn, "INSERT INTO notes (slug) VALUES ('copy 0 7')"));
  Tell("rows now", PQexec(conn, "SELECT count(*) FROM notes"));
  Tell("begin", PQexec(conn, "BEGIN; INSERT INTO replies (note_id, body) VALUES (-1, '')"));
  Tell("error at COMMIT", PQexec(conn, "COMMIT"));
}

/* lo_… are FunctionCalls, as is PQfn. */
static void FunctionCalls(PGconn *conn) {
  char data[1000] = "a large object";
  PQclear(PQexec(conn, "BEGIN"));
  const Oid oid = lo_creat(conn, INV_READ | INV_WRITE);
  const int file = lo_open(conn, oid, INV_READ | INV_WRITE);
  long written = 0;
  for (int i = 0; i < 3000; ++i) written += lo_write(conn, file, data, sizeof data);
  const long long sought = lo_lseek64(conn, file, -2000, SEEK_END), told = lo_tell64(conn, file);
  printf("large object: %ld %lld %lld\n", written, sought, told);
  printf("read: %d %s\n", lo_read(conn, file, data, sizeof data), data);
  const int truncated = lo_truncate(conn, file, 10), closed = lo_close(conn, file), unlinked = lo_unlink(conn, oid);
  printf("truncated, closed, unlinked: %d %d %d\n", truncated, closed, unlinked);
  const int gone = lo_open(conn, oid, INV_READ);
  printf("gone: %d %d\n", gone, PQtransactionStatus(conn));
  PQclear(PQexec(conn, "ROLLBACK"));
}

static void Function(PGconn *conn) {
  PQArgBlock argument = {.len = 4, .isint = 1, .u = {.integer = -42}};
  int value = 0, length = 0;
  PGresult *result = PQfn(conn, 1397 /* abs(int4) */, &value, &length, 1, &argument, 1);
  printf("function call: %s %d %d\n", PQresStatus(PQresultStatus(result)), value, length);
  PQclear(result);
}

static void Cancel(PGconn *conn) {
  char watch[200];
  snprintf(watch, sizeof watch, "SELECT FROM pg_stat_activity WHERE pid = %d AND wait_event = 'PgSleep'", PQbackendPID(conn));
  PQsendQuery(conn, "SELECT pg_sleep(300)");
  PGconn *watcher = Connect("");
  for (int found = 0; !found;) {
    PGresult *result = PQexec(watcher, watch);
    found = PQntuples(result);
    PQclear(result);
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
  }
  PQfinish(watcher);
  char error[256] = "";
  PGcancel *cancel = PQgetCancel(conn);
  printf("asked to cancel: %d %s\n", PQcancel(cancel, error, sizeof error), error);
  PQfreeCancel(cancel);
  TellAll("cancel", conn);
  Tell("after cancel", PQexec(conn, "SELECT 1"));
}

static void Notify(PGconn *conn) {
  Tell("listen", PQexec(conn, "LISTEN news"));
  if (!writes) return;
  PGconn *other = Connect("");
  PQclear(PQexec(other, "NOTIFY news, 'hello'"));
  PQfinish(other);
  PGnotify *heard;
  while (PQconsumeInput(conn) && !(heard = PQnotifies(conn))) {
    struct pollfd socket = {.fd = PQsocket(conn), .events = POLLIN};
    if (poll(&socket, 1, 60000) != 1) exit(4);
  }
  printf("notify: %s %s\n", heard->relname, heard->extra);
  PQfreemem(heard);
}

static void Connections(void) {
  char options[1024];
  const char *secure = "sslmode=verify-full sslrootcert=%s";
  snprintf(options, sizeof options, secure, getenv("DRIVER_CA"));
  PGconn *conn = Connect(options);
  printf("tls: %d %s\n", PQsslInUse(conn), PQsslAttribute(conn, "library"));
  PQreset(conn);
  Tell("after a reset", PQexec(conn, "SELECT 1"));
  PQfinish(conn);
  strcat(options, " user=login_scram password=pw-scram-7d1f");
  conn = Connect(options);
  Tell("scram over tls", PQexec(conn, "SELECT current_user"));
  PQfinish(conn);
  snprintf(options, sizeof options, secure, getenv("DRIVER_OTHER_CA"));
  conn = PQconnectdb(options);
  printf("not trusted: %d\n", strstr(PQerrorMessage(conn), "certificate verify failed") != NULL);
  PQfinish(conn);
  conn = PQconnectdb("user=login_scram password=wrong");
  printf("wrong password: %s", strstr(PQerrorMessage(conn), "FATAL"));
  PQfinish(conn);
  printf("ping: %d\n", PQping(""));
  conn = Connect("target_session_attrs=primary options='-c geqo=off -c work_mem=5MB' application_name=libpq");
  Tell("options", PQexec(conn, "SELECT concat_ws(' ', current_setting('geqo'), current_setting('work_mem'), current_setting('application_name'))"));
  const int changed = PQsetClientEncoding(conn, "LATIN1");
  printf("encoding: %d %s\n", changed, PQparameterStatus(conn, "client_encoding"));
  Tell("in it", PQexec(conn, "SELECT chr(233)"));
  PQfinish(conn);
}

static void Refusals(PGconn *conn) {
  const char *statements[] = {"DELETE FROM notes", writes ? "DROP TABLE notes" : "SELECT pg_notify('a', 'b')"};
  for (int i = 0; i < 2; ++i) {
    PGresult *result = PQexec(conn, statements[i]);
    printf("refused: %s | %s | %s | %s\n", PQresultErrorField(result, PG_DIAG_SQLSTATE),
           PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL),
           PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
    PQclear(result);
  }
  PGresult *result = PQexec(conn, "SELECT 1");
  printf("refused, and then: %s\n", PQgetvalue(result, 0, 0));
  PQclear(result);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  writes = strcmp(getenv("DRIVER_ROLE"), "readonly") != 0;
  PGconn *conn = Connect("");
  PQsetNoticeReceiver(conn, Notice, NULL);
  Queries(conn);
  Pipelines(conn);
  SingleRows(conn);
  CopyOut(conn);
  Function(conn);
  if (writes) {
    CopyIn(conn);
    FunctionCalls(conn);
  }
  Cancel(conn);
  Notify(conn);
  Tell("notice", PQexec(conn, "SELECT notice_with_everything()"));
  Tell("error", PQexec(conn, "SELECT fail_with_everything()"));
  Connections();
  if (!strcmp(getenv("DRIVER_THROUGH"), "pgmoat")) Refusals(conn);
  PQfinish(conn);
  return 0;
}
