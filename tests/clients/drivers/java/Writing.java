import java.io.*;
import java.nio.charset.StandardCharsets;
import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.*;
import org.postgresql.largeobject.*;

/** What a role may do that writes. */
class Writing extends Telling {
    static void all(Connection connection) throws Exception {
        batches("false");
        batches("true");
        copyIn(connection);
        largeObjects(connection);
        generated(connection);
        twoPhases();
    }

    static void batches(String rewrite) throws SQLException {
        try (Connection connection = connect("reWriteBatchedInserts", rewrite)) {
            run(connection, "DELETE FROM notes WHERE id > 0");
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO notes (slug, weight) VALUES (?, ?)")) {
                for (int i = 0; i < 3000; ++i) {
                    statement.setString(1, "batch " + i);
                    statement.setInt(2, i);
                    statement.addBatch();
                }
                int[] counts = statement.executeBatch();
                say("batch", rewrite, counts.length, counts[0], rows(connection.createStatement().executeQuery(
                    "SELECT count(*), sum(weight) FROM notes")));
                for (int i = 0; i < 500; ++i) {  // one of them a duplicate: nothing of the batch stays
                    statement.setString(1, i == 400 ? "batch 7" : "more " + i);
                    statement.setInt(2, i);
                    statement.addBatch();
                }
                statement.executeBatch();
            } catch (BatchUpdateException error) {
                say("batch fails", error.getUpdateCounts().length, fields((SQLException) error.getNextException()),
                    one(connection, "SELECT count(*) FROM notes"));
            }
            try (Statement statement = connection.createStatement()) {
                statement.addBatch("UPDATE notes SET weight = 1 WHERE slug = 'batch 1'");
                statement.addBatch("INSERT INTO notes (slug) VALUES ('mixed " + rewrite + "')");
                statement.addBatch("DELETE FROM notes WHERE slug LIKE 'batch 2%'");
                say("mixed", Arrays.toString(statement.executeBatch()));
            }
        }
    }

    static void copyIn(Connection connection) throws Exception {
        CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 20000; ++i) rows.append("copied ").append(i).append('\t').append(i).append('\n');
        say("copy in", copy.copyIn("COPY notes (slug, weight) FROM STDIN", new StringReader(rows.toString())));
        try {
            copy.copyIn("COPY notes (slug, weight) FROM STDIN", new StringReader("bad\tnumber\n" + rows));
        } catch (SQLException error) {
            say("copy in fails", fields(error));
        }
        CopyIn given = copy.copyIn("COPY notes (slug) FROM STDIN");
        byte[] line = "never\n".getBytes(StandardCharsets.UTF_8);
        given.writeToCopy(line, 0, line.length);
        given.cancelCopy();
        say("copy in given up", one(connection, "SELECT count(*) FROM notes WHERE slug = 'never'"));
        try (Connection copying = connect()) {  // one COPY out feeds one in on another connection
            say("piped", copy.copyIn("COPY replies (note_id, body) FROM STDIN", new ByteArrayInputStream(copied(copying))));
        }
    }

    static byte[] copied(Connection connection) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        connection.unwrap(PGConnection.class).getCopyAPI().copyOut(
            "COPY (SELECT id, slug FROM notes ORDER BY id LIMIT 1000) TO STDOUT", out);
        return out.toByteArray();
    }

    /** By FunctionCalls of lo_open, lowrite and the rest. */
    static void largeObjects(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        LargeObjectManager manager = connection.unwrap(PGConnection.class).getLargeObjectAPI();
        long oid = manager.createLO(LargeObjectManager.READ | LargeObjectManager.WRITE);
        byte[] chunk = new byte[1 << 20];
        for (int i = 0; i < chunk.length; ++i) chunk[i] = (byte) (i * 7);
        LargeObject object = manager.open(oid, LargeObjectManager.WRITE);
        for (int i = 0; i < 5; ++i) object.write(chunk);
        object.truncate64(5_000_000);
        object.close();
        object = manager.open(oid, LargeObjectManager.READ);
        object.seek64(1 << 20, LargeObject.SEEK_SET);
        say("large object", object.size64(), object.tell64(), digest(object.read(chunk.length)), Arrays.equals(chunk, object.read(10)));
        InputStream stream = object.getInputStream(1000);
        say("streamed", stream.readAllBytes().length);
        object.close();
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO attachments VALUES ('a', ?)")) {
            statement.setBlob(1, new ByteArrayInputStream("a blob".getBytes()), 6);
            statement.executeUpdate();
        }
        try (ResultSet result = connection.createStatement().executeQuery("SELECT content FROM attachments")) {
            result.next();
            Blob blob = result.getBlob(1);
            say("blob", blob.length(), new String(blob.getBytes(3, 4)));
        }
        manager.unlink(oid);
        connection.commit();
        try {
            manager.open(oid, LargeObjectManager.READ);
        } catch (SQLException error) {
            say("gone", error.getSQLState(), told(error).getMessage().replace("" + oid, "OID"));
        }
        connection.rollback();
        try {  // a FunctionCall that the server has fail, in the middle of a transaction
            one(connection, "SELECT 1");
            manager.delete(oid);
        } catch (SQLException error) {
            say("cannot be deleted", error.getSQLState(), fails(connection, "SELECT 1").substring(0, 5));
        }
        connection.rollback();
        connection.setAutoCommit(true);
    }

    static void generated(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO notes (slug) VALUES (?)",
                                                                       Statement.RETURN_GENERATED_KEYS)) {
            for (int i = 0; i < 3; ++i) {
                statement.setString(1, "generated " + i);
                statement.addBatch();
            }
            statement.executeBatch();
            say("generated", rows(statement.getGeneratedKeys()).size());
        }
        say("unique", fails(connection, "INSERT INTO notes (slug) VALUES ('generated 1')").split(" \\| ")[10]);
        try (CallableStatement call = connection.prepareCall("{? = call upper(?)}")) {
            call.registerOutParameter(1, Types.VARCHAR);
            call.setString(2, "up");
            call.execute();
            say("function", call.getString(1));
        }
        try (PreparedStatement call = connection.prepareStatement("CALL double(?)")) {
            call.setInt(1, 21);
            say("call", rows(call.executeQuery()));
        }
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_SENSITIVE, ResultSet.CONCUR_UPDATABLE);
             ResultSet result = statement.executeQuery("SELECT id, slug, body FROM notes WHERE slug LIKE 'generated %' ORDER BY id")) {
            result.next();
            result.updateString("body", "updated in place");
            result.updateRow();
            result.next();
            result.deleteRow();
        }
        say("updatable", one(connection, "SELECT string_agg(slug || coalesce(body, ''), ',' ORDER BY slug) FROM notes WHERE slug LIKE 'generated %'"));
        connection.setAutoCommit(false);
        run(connection, "INSERT INTO replies (note_id, body) VALUES (-1, '')");
        try {
            connection.commit();
        } catch (SQLException error) {
            say("error at COMMIT", error.getSQLState(), told(error).getConstraint());
        }
        connection.setAutoCommit(true);
    }

    static void twoPhases() throws Exception {
        org.postgresql.xa.PGXADataSource source = new org.postgresql.xa.PGXADataSource();
        source.setUrl("jdbc:postgresql://localhost:" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE") + "?sslmode=disable");
        source.setUser(System.getenv("PGUSER"));
        javax.sql.XAConnection xa = source.getXAConnection();
        javax.transaction.xa.Xid xid = new javax.transaction.xa.Xid() {
            public int getFormatId() { return 1; }
            public byte[] getGlobalTransactionId() { return (System.getenv("DRIVER_THROUGH") + System.getenv("PGDATABASE")).getBytes(); }
            public byte[] getBranchQualifier() { return new byte[]{1}; }
        };
        xa.getXAResource().start(xid, javax.transaction.xa.XAResource.TMNOFLAGS);
        run(xa.getConnection(), "INSERT INTO notes (slug) VALUES ('two phases')");
        xa.getXAResource().end(xid, javax.transaction.xa.XAResource.TMSUCCESS);
        xa.getXAResource().prepare(xid);
        xa.getXAResource().commit(xid, false);
        say("two phases", one(xa.getConnection(), "SELECT count(*) FROM notes WHERE slug = 'two phases'"));
        xa.close();
    }
}
