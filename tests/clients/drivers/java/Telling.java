import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.*;
import java.util.*;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What the parts of the script share: how it connects, and how it tells. */
class Telling {
    static final boolean WRITES = !System.getenv("DRIVER_ROLE").equals("readonly");
    static final boolean THROUGH_PGMOAT = System.getenv("DRIVER_THROUGH").equals("pgmoat");
    static final int BIG_BYTES = 20 * 1024 * 1024;
    static final String BIG_VALUE = "SELECT repeat('0123456789abcdef', " + BIG_BYTES / 16 + ")";
    static final String MANY_ROWS = "SELECT n, md5(n::text) FROM generate_series(1, 120000) AS n";
    static final String FOREVER = "SELECT pg_sleep(300)";

    static Connection connect(String... options) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", System.getenv("PGUSER"));
        properties.setProperty("sslmode", "disable");
        for (int i = 0; i < options.length; i += 2) properties.setProperty(options[i], options[i + 1]);
        return DriverManager.getConnection("jdbc:postgresql://localhost:" + System.getenv("PGPORT") + "/"
            + System.getenv("PGDATABASE"), properties);
    }

    static void say(String what, Object... values) {
        StringBuilder line = new StringBuilder(what).append(":");
        for (Object value : values) line.append(' ').append(value);
        System.out.println(line);
    }

    /** All rows, of the first result. */
    static List<List<Object>> rows(ResultSet result) throws SQLException {
        List<List<Object>> rows = new ArrayList<>();
        int columns = result.getMetaData().getColumnCount();
        while (result.next()) {
            List<Object> row = new ArrayList<>();
            for (int i = 1; i <= columns; ++i) row.add(result.getObject(i));
            rows.add(row);
        }
        return rows;
    }

    static Object one(Connection connection, String query, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < values.length; ++i) statement.setObject(i + 1, values[i]);
            try (ResultSet result = statement.executeQuery()) {
                return result.next() ? result.getObject(1) : null;
            }
        }
    }

    static void run(Connection connection, String text) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    /** The error's fields, which there must be. */
    static String fails(Connection connection, String text) {
        try {
            run(connection, text);
        } catch (SQLException error) {
            return fields(error);
        }
        throw new AssertionError("no error from " + text);
    }

    static String fields(SQLException error) {
        ServerErrorMessage told = told(error);
        return String.join(" | ", Arrays.asList(error.getSQLState(), "" + told.getMessage(), "" + told.getDetail(),
            "" + told.getHint(), "" + told.getPosition(), "" + told.getWhere(), "" + told.getSchema(),
            "" + told.getTable(), "" + told.getColumn(), "" + told.getDatatype(), "" + told.getConstraint(),
            "" + told.getRoutine()));
    }

    static ServerErrorMessage told(SQLException error) {
        return ((PSQLException) error).getServerErrorMessage();
    }

    static void refused(SQLException error) {
        ServerErrorMessage told = told(error);
        System.out.println("refused: " + told.getSQLState() + " | " + told.getMessage() + " | " + told.getDetail()
            + " | " + told.getHint());
    }

    interface Condition { boolean holds() throws SQLException; }

    static void until(Condition condition) throws Exception {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) throw new AssertionError("it did not come to pass");
            Thread.sleep(10);
        }
    }

    static String digest(byte[] data) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(data);
        return HexFormat.of().formatHex(hash).substring(0, 16);
    }
}
