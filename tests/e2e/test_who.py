"""What the server is told of who came through: application_name and pgmoat.actor."""
import psycopg
import pytest

from servers import until
from wire import Refused

SUFFIX = " [{login}@127.0.0.1 via pgmoat]"


def shown(postgres, pid):
    """The name that the server shows to others."""
    with postgres.connect() as direct:
        return direct.execute("SELECT application_name FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()[0]


@pytest.mark.parametrize("login", ["dev_super", "app_super", "deploy_super", "postgres"])
def test_server_sees_who_the_client_sees_itself(login, pgmoat, postgres):
    suffix = SUFFIX.format(login=login)
    with pgmoat.connect(login, application_name="report") as connection:
        pid = connection.info.backend_pid
        assert connection.pgconn.parameter_status(b"application_name") == b"report"
        assert shown(postgres, pid) == "report" + suffix
        assert connection.execute("SHOW pgmoat.actor").fetchone() == (login,)
        assert connection.execute("SELECT current_setting('pgmoat.actor', true)").fetchone() == (login,)

        for change, name in (("SET application_name = 'it''s \\ new'", "it's \\ new"),
                             ("SELECT set_config('application_name', 'by function', false)", "by function"),
                             ("RESET application_name", "report"), ("DISCARD ALL", "report"),
                             ("SET application_name TO 'x'; SELECT 1", "x"), ("RESET ALL", "report")):
            connection.execute(change)
            assert connection.pgconn.parameter_status(b"application_name") == name.encode(), change
            until(lambda: shown(postgres, pid) == name + suffix, f"{name} after {change}")
        assert connection.execute("SHOW pgmoat.actor").fetchone() == (login,)


def test_name_in_a_transaction_is_put_right_behind_it(pgmoat, postgres):
    with pgmoat.connect("shop_app", application_name="job", autocommit=False) as connection:
        connection.execute("SET application_name = 'step 1'")
        assert shown(postgres, connection.info.backend_pid) == "step 1"
        connection.rollback()
        assert shown(postgres, connection.info.backend_pid) == "job [shop_app@127.0.0.1 via pgmoat]"
        connection.execute("SET application_name = 'step 2'")
        connection.commit()
        until(lambda: shown(postgres, connection.info.backend_pid) == "step 2 [shop_app@127.0.0.1 via pgmoat]")


def test_pipelined_changes_keep_the_clients_order(pgmoat):
    with pgmoat.connect("shop_app") as connection, connection.pipeline():
        for i in range(50):
            connection.execute(f"SET application_name = 'n{i}'")
            assert connection.execute("SELECT current_setting('application_name')").fetchone()[0].startswith(f"n{i}")


def test_audit_has_the_clients_own_name(pgmoat):
    with pgmoat.connect("shop_app", application_name="audited-a") as connection:
        connection.execute("SELECT 'before'")
        connection.execute("SET application_name = 'audited-b'")
        connection.execute("SELECT 'behind'")
    assert pgmoat.audited(statement="SELECT 'before'")["application_name"] == "audited-a"
    assert pgmoat.audited(statement="SELECT 'behind'")["application_name"] == "audited-b"
    assert not pgmoat.audit(statement="SET application_name = E'audited-b [shop_app@127.0.0.1 via pgmoat]'")


@pytest.mark.parametrize("login", ["dev_super", "app_super", "deploy_super", "postgres"])
@pytest.mark.parametrize("text", [
    "SET pgmoat.actor = 'x'", "SET SESSION \"pgmoat\".\"actor\" TO 'x'", "set LOCAL PgMoat.Actor = x",
    "SELECT set_config('pgmoat.actor', 'x', true)", "SELECT pg_catalog.set_config('PGMOAT.ACTOR', 'x', false)",
    "ALTER ROLE dev_super SET pgmoat.actor = 'x'", "ALTER DATABASE shop SET pgmoat.actor = 'x'",
    "CREATE FUNCTION actor_x() RETURNS text LANGUAGE sql SET pgmoat.actor = 'x' AS 'SELECT 1::text'"])
def test_nobody_else_sets_the_actor(text, login, pgmoat):
    with pgmoat.connect(login) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
            connection.execute(text)
        assert "any.actor" in refused.value.diag.message_detail or login != "postgres"
        assert connection.execute("SHOW pgmoat.actor").fetchone() == (login,)


@pytest.mark.parametrize("login", ["dev_super", "postgres"])
@pytest.mark.parametrize("parameters", [{"pgmoat.actor": "x"}, {"PgMoat.Actor": "x"},
                                        {"options": "-c pgmoat.actor=x"}, {"options": "--pgmoat.actor=x"}])
def test_nor_at_the_login(parameters, login, pgmoat):
    with pytest.raises(Refused) as refused:
        pgmoat.wire(login, **parameters)
    assert refused.value.fields["C"] == "42501" and "any.actor" in refused.value.fields["D"]


def test_row_level_security_can_use_the_actor(pgmoat, postgres):
    with postgres.connect() as direct:
        direct.execute("""
            CREATE TABLE diary (who text DEFAULT current_setting('pgmoat.actor', true), entry text);
            ALTER TABLE diary ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON diary USING (who = current_setting('pgmoat.actor', true));
            GRANT SELECT, INSERT ON diary TO shop_app, dev_ro;""")
        try:
            with pgmoat.connect("shop_app") as app, pgmoat.connect("dev_ro") as reader:
                app.execute("INSERT INTO diary (entry) VALUES ('mine')")
                assert app.execute("SELECT who, entry FROM diary").fetchall() == [("shop_app", "mine")]
                assert reader.execute("SELECT who, entry FROM diary").fetchall() == []
        finally:
            direct.execute("DROP TABLE diary")


def test_both_can_be_turned_off(start_pgmoat, postgres):
    moat = start_pgmoat(start=False)
    moat.tree["environments"]["production"].update(application_name="none", actor_setting=False)
    moat.write_config(moat.tree)
    moat.start()
    with moat.connect("shop_app", application_name="plain") as connection:
        assert connection.execute("SHOW application_name").fetchone() == ("plain",)
        assert shown(postgres, connection.info.backend_pid) == "plain"
        assert connection.execute("SELECT current_setting('pgmoat.actor', true)").fetchone() == (None,)


def test_own_format(start_pgmoat, postgres):
    moat = start_pgmoat(start=False)
    moat.tree["environments"]["production"]["application_name"] = "{environment}:{login}:{name}"
    moat.write_config(moat.tree)
    moat.start()
    with moat.connect("shop_app", application_name="plain") as connection:
        assert shown(postgres, connection.info.backend_pid) == "production:shop_app:plain"
