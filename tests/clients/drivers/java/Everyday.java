import java.io.*;
import java.nio.charset.StandardCharsets;
import java.sql.*;
import java.time.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.PGStatement;
import org.postgresql.copy.*;
import org.postgresql.largeobject.*;

/** What people do with pgjdbc. */
class Everyday extends Telling {
    public static void main(String[] arguments) throws Exception {
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8"));
        try (Connection connection = connect()) {
            simple(connection);
            parameters(connection);
            cursors(connection);
            copyOut(connection);
            cancel(connection);
            notifications(connection);
            big(connection);
            transactions(connection);
            errors(connection);
            metadata(connection);
            for (String mode : List.of("simple", "extended", "extendedForPrepared", "extendedCacheEverything")) modes(mode);
            prepared();
            if (WRITES) {
                Writing.all(connection);
            }
            tls();
            if (THROUGH_PGMOAT) refusals(connection);
        }
    }

    static void simple(Connection connection) throws SQLException {
        say("simple", one(connection, "SELECT 1"));
        try (Statement statement = connection.createStatement()) {
            boolean result = statement.execute("SELECT 1; SELECT 'two', NULL; SHOW work_mem");
            while (result || statement.getUpdateCount() != -1) {
                say("of many", result ? rows(statement.getResultSet()) : statement.getUpdateCount());
                result = statement.getMoreResults();
            }
        }
        PGConnection pg = connection.unwrap(PGConnection.class);
        say("parameters", new TreeMap<>(pg.getParameterStatuses()));
        say("valid", connection.isValid(5));
    }

    static void parameters(Connection connection) throws SQLException {
        Object[] values = {1, 1L << 40, 1.5, new java.math.BigDecimal("12.340"), true, "żółw 🐘 ? \\",
            LocalDate.of(2024, 2, 29), OffsetDateTime.of(2024, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC),
            UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"), connection.createArrayOf("int4", new Integer[]{1, null, 3})};
        for (Object value : values) say("parameter", one(connection, "SELECT ?", value));
        say("bytea", ((byte[]) one(connection, "SELECT ?", (Object) new byte[]{0, -1, 92})).length);
        try (PreparedStatement statement = connection.prepareStatement(
                 "SELECT count(*) FROM customers WHERE id = ANY (?) AND name ~ ? AND created_at > ? AND ? IS NULL")) {
            statement.setArray(1, connection.createArrayOf("int8", new Long[]{1L, 2L, 3L, 4L}));
            statement.setString(2, "a");
            statement.setTimestamp(3, new Timestamp(0));
            statement.setNull(4, Types.VARCHAR);
            try (ResultSet result = statement.executeQuery()) {
                say("mixed", rows(result));
            }
            say("described", statement.getParameterMetaData().getParameterTypeName(1),
                statement.getMetaData().getColumnTypeName(1));
        }
    }

    /** The same in each way that the driver can send it. */
    static void modes(String mode) throws SQLException {
        try (Connection connection = connect("preferQueryMode", mode)) {
            say("mode", mode, one(connection, "SELECT ?::int + 1", 41), one(connection, "SELECT ?::text", "it's \\"));
            say("mode", mode, fails(connection, "SELECT 1; SELECT 1 / 0; SELECT 2"));
        }
    }

    static void prepared() throws SQLException {
        for (String threshold : List.of("1", "3", "0", "-1")) {  // -1: binary, and named from the first on
            try (Connection connection = connect("prepareThreshold", threshold, "preparedStatementCacheQueries", "4");
                 PreparedStatement statement = connection.prepareStatement("SELECT id, name, created_at FROM customers WHERE id = ?")) {
                List<Boolean> named = new ArrayList<>();
                Object last = null;
                for (int i = 1; i <= 6; ++i) {
                    statement.setInt(1, i);
                    try (ResultSet result = statement.executeQuery()) {
                        last = rows(result);
                    }
                    named.add(statement.unwrap(PGStatement.class).isUseServerPrepare());
                }
                say("prepared", threshold, named, last);
                for (int i = 0; i < 20; ++i) one(connection, "SELECT " + i + " + ?", 1);  // the cache closes the oldest
                say("on the server", one(connection, "SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql"));
                run(connection, "DEALLOCATE ALL");  // behind the driver's back: it prepares again
                statement.setInt(1, 9);
                try (ResultSet result = statement.executeQuery()) {
                    say("again", rows(result));
                }
            }
        }
    }

    static void cursors(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement(
                 "SELECT n, md5(n::text) FROM generate_series(1, ?) AS n")) {
            statement.setInt(1, 10000);
            statement.setFetchSize(37);  // Execute with a limit; the portal is suspended
            long total = 0;
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    total += result.getInt(1);
                    if (result.getInt(1) == 500) say("meanwhile", one(connection, "SELECT 'another'"));
                }
            }
            say("fetch size", total);
            statement.setMaxRows(5);
            try (ResultSet result = statement.executeQuery()) {
                say("at most", rows(result).size());
            }
        }
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
             ResultSet result = statement.executeQuery("SELECT id FROM customers ORDER BY id")) {
            result.absolute(-1);
            int last = result.getInt(1);
            result.first();
            say("scrolled", last, result.getInt(1));
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    static void copyOut(Connection connection) throws Exception {
        CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long rows = copy.copyOut("COPY (SELECT n, md5(n::text) FROM generate_series(1, 50000) n) TO STDOUT", out);
        say("copy out", rows, digest(out.toByteArray()));
        try {
            copy.copyOut("COPY (SELECT 1 / (n - 900) FROM generate_series(1, 1000) n) TO STDOUT", new ByteArrayOutputStream());
        } catch (SQLException error) {
            say("copy out fails", error.getSQLState());
        }
    }

    static void cancel(Connection connection) throws Exception {
        int pid = connection.unwrap(PGConnection.class).getBackendPID();
        try (Statement statement = connection.createStatement()) {
            Thread thread = new Thread(() -> {
                try (Connection watcher = connect()) {
                    // That it is active is not enough: a cancel between Parse and Execute is lost.
                    until(() -> one(watcher, "SELECT pid FROM pg_stat_activity WHERE pid = ? AND wait_event = 'PgSleep'",
                                    pid) != null);
                    statement.cancel();
                } catch (Exception error) {
                    error.printStackTrace();
                    System.exit(3);
                }
            });
            thread.start();
            try {
                statement.execute(FOREVER);
            } catch (SQLException error) {
                say("cancel", error.getSQLState());
            }
            thread.join();
            say("after cancel", one(connection, "SELECT 1"));
            statement.setQueryTimeout(1);  // the driver's own timer, which cancels
            try {
                statement.execute(FOREVER);
            } catch (SQLException error) {
                say("timeout", error.getSQLState(), one(connection, "SELECT 1"));
            }
        }
    }

    static void notifications(Connection connection) throws Exception {
        run(connection, "LISTEN news");
        say("listening", one(connection, "SELECT pg_listening_channels()"));
        if (WRITES) {
            try (Connection other = connect()) {
                run(other, "NOTIFY news, 'hello'");
            }
            List<PGNotification> received = new ArrayList<>();
            until(() -> received.addAll(Arrays.asList(connection.unwrap(PGConnection.class).getNotifications(1000))));
            say("notify", received.get(0).getName(), received.get(0).getParameter());
        }
        run(connection, "UNLISTEN *");
    }

    static void big(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(MANY_ROWS)) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            int count = 0;
            for (; result.next(); ++count) all.write(result.getBytes(2));
            say("rows", count, digest(all.toByteArray()));
        }
        say("value", ((String) one(connection, BIG_VALUE)).length());
        byte[] blob = new byte[BIG_BYTES];
        for (int i = 0; i < blob.length; ++i) blob[i] = (byte) i;
        say("parameter of that size", one(connection, "SELECT md5(?)", (Object) blob));
        try (PreparedStatement statement = connection.prepareStatement(
                 "SELECT sum(n) FROM unnest(ARRAY[" + "?,".repeat(32766) + "?]) AS n")) {
            for (int i = 1; i <= 32767; ++i) statement.setInt(i, i);
            try (ResultSet result = statement.executeQuery()) {
                say("parameters", rows(result));
            }
        }
    }

    static void transactions(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        say("in a transaction", fails(connection, "SELECT 1 / 0").substring(0, 5), fails(connection, "SELECT 1").substring(0, 5));
        connection.rollback();
        one(connection, "SELECT 1");
        Savepoint savepoint = connection.setSavepoint("here");
        say("savepoint", fails(connection, "SELECT 'x'::int").substring(0, 5));
        connection.rollback(savepoint);
        say("goes on", one(connection, "SELECT 1"));
        connection.commit();
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        connection.setReadOnly(true);
        say("isolation", one(connection, "SHOW transaction_isolation"), one(connection, "SHOW transaction_read_only"));
        connection.rollback();
        connection.setReadOnly(!WRITES);
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        connection.setAutoCommit(true);
        try (Connection careful = connect("autosave", "always", "cleanupSavepoints", "true")) {
            careful.setAutoCommit(false);
            say("autosave", fails(careful, "SELECT 1 / 0").substring(0, 5), one(careful, "SELECT 'goes on'"));
            careful.commit();
        }
    }

    static void errors(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT notice_with_everything()");
            SQLWarning warning = statement.getWarnings();
            say("notice", warning.getSQLState(), warning.getMessage());
        }
        for (String text : List.of("SELECT fail_with_everything()", "SELECT * FROM nowhere", "SELECT 'żółw', nope")) {
            say("error", fails(connection, text));
        }
        for (String text : List.of("SELEC 1", "INSERT INTO products (name, price_cents) VALUES ('x', -1)")) {
            say("SQLSTATE", fails(connection, text).substring(0, 5));
        }
    }

    static void metadata(Connection connection) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        say("product", data.getDatabaseProductVersion(), data.getMaxConnections(), data.getUserName());
        say("tables", rows(data.getTables(null, "public", "%", new String[]{"TABLE", "VIEW"})));
        say("columns", rows(data.getColumns(null, "public", "notes", "%")));
        say("keys", rows(data.getPrimaryKeys(null, null, "notes")), rows(data.getImportedKeys(null, null, "replies")));
        say("indexes", rows(data.getIndexInfo(null, null, "notes", false, false)));
        say("functions", rows(data.getFunctions(null, "public", "%")).size(), rows(data.getTypeInfo()).size() > 50);
        say("privileges", rows(data.getTablePrivileges(null, "public", "notes")));
    }

    static void tls() throws SQLException {
        String[] secure = {"sslmode", "verify-full", "sslrootcert", System.getenv("DRIVER_CA")};
        try (Connection connection = connect(secure)) {
            say("tls", ((String) one(connection, BIG_VALUE)).endsWith("cdef"));
        }
        try (Connection connection = connect(secure[0], secure[1], secure[2], secure[3], "user", "login_scram",
                                             "password", "pw-scram-7d1f")) {
            say("scram over tls", one(connection, "SELECT current_user"));
        }
        try {
            connect("sslmode", "verify-full", "sslrootcert", System.getenv("DRIVER_OTHER_CA"));
        } catch (SQLException error) {
            say("not trusted", error.getMessage().contains("PKIX"));
        }
    }

    static void refusals(Connection connection) throws SQLException {
        for (String text : List.of("DELETE FROM notes", WRITES ? "DROP TABLE notes" : "SELECT pg_notify('a', 'b')")) {
            try {
                run(connection, text);
            } catch (SQLException error) {
                refused(error);
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.addBatch("SET work_mem = '5MB'");
            statement.addBatch("DELETE FROM notes WHERE true");
            statement.executeBatch();
        } catch (BatchUpdateException error) {
            refused((SQLException) error.getCause());
        }
        System.out.println("refused, and then: " + one(connection, "SELECT 1"));
    }
}
