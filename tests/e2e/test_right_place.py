"""One is where one believes to be: expect_environment, greeting, never_upstream."""
import subprocess

import psycopg
import pytest

from servers import BINARY, LOGINS, PG_BIN
from wire import Refused, query


@pytest.fixture
def moat(start_pgmoat):
    """staging and production behind one listener, told apart by the database's name."""
    moat = start_pgmoat(start=False)
    production = moat.tree["environments"]["production"]
    production["match"] = {"databases": ["shop"]}
    moat.tree["environments"]["staging"] = {"upstream": production["upstream"], "logins": dict(LOGINS),
                                            "greeting": "This is staging: break what you like."}
    production["greeting"] = True
    moat.write_config(moat.tree)
    moat.start()
    return moat


def test_a_match_passes_and_the_server_hears_nothing_of_it(moat):
    for database, environment in (("shop", "production"), ("postgres", "staging")):
        with moat.connect("postgres", dbname=database,
                          options=f"-c pgmoat.expect_environment={environment} -c work_mem=5MB") as connection:
            assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)
            assert connection.execute("SELECT current_setting('pgmoat.expect_environment', true)").fetchone() == (None,)
        with moat.wire("postgres", database=database, **{"pgmoat.expect_environment": environment}) as wire:
            assert wire.rows("SELECT 1") == [("1",)]


@pytest.mark.parametrize("login", ["postgres", "app_super", "dev_ro"])
def test_a_mismatch_is_refused_with_both_names(login, moat):
    with pytest.raises(psycopg.OperationalError) as refused:
        moat.connect(login, options="-c pgmoat.expect_environment=staging")
    assert "environment production" in str(refused.value) and '"staging"' in str(refused.value), refused.value
    with pytest.raises(Refused) as refused:
        moat.wire(login, database="postgres", **{"pgmoat.expect_environment": "production"})
    assert (refused.value.fields["C"], refused.value.fields["S"]) == ("28000", "FATAL")
    record = moat.audited(event="login", rule="login.wrong-environment", database="shop", login=login)
    assert (record["environment"], record["outcome"]) == ("production", "denied")
    assert moat.metrics_sum("pgmoat_logins_total", rule="login.wrong-environment") == 2


def test_in_a_url_and_in_pgoptions(moat):
    url = f"postgresql://postgres@127.0.0.1:{moat.port}/shop?sslmode=disable&options=-c%20pgmoat.expect_environment%3D"
    with psycopg.connect(url + "production"):
        pass
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url + "staging")
    _, err = moat.psql("postgres", "SELECT 1;", PGOPTIONS="-c pgmoat.expect_environment=staging")
    assert "login.wrong-environment" in err and "HINT:" in err, err


def test_greeting(moat):
    with moat.wire("shop_app") as wire:
        (notice,) = wire.notices
    assert notice["S"] == "NOTICE"
    assert notice["M"] == ("you are in environment production, as login shop_app with role app: "
                           "every statement is on record")
    with moat.wire("postgres", database="postgres") as wire:
        (notice,) = wire.notices
    assert notice["M"] == "This is staging: break what you like."
    assert "environment staging" in notice["D"]
    # As libpq shows it.
    done = subprocess.run([PG_BIN / "psql", "-X", "-Atc", "SELECT 1", "-h", "127.0.0.1", "-p", str(moat.port),
                           "-U", "shop_app", "-d", "shop"], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n" and "NOTICE:  you are in environment production" in done.stderr, done


def test_a_name_that_is_none_is_refused(moat):
    """A slip of the finger must not pass for a check that was made."""
    with pytest.raises(Refused) as refused:
        moat.wire("postgres", options="-c pgmoat.expect_enviroment=staging")
    assert refused.value.fields["C"] == "42501"


def test_never_upstream(start_pgmoat):
    moat = start_pgmoat(start=False)
    moat.tree["environments"]["production"]["never_upstream"] = ["*.dev.example", "localhost"]
    moat.write_config(moat.tree)
    done = subprocess.run([BINARY, "run", "--config", moat.file], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert f"{moat.file}:" in done.stderr and "127.0.0.1" in done.stderr and "localhost" in done.stderr, done.stderr
    assert "never_upstream" in done.stderr
    checked = subprocess.run([BINARY, "check-config", "--config", moat.file], capture_output=True, text=True)
    assert checked.returncode != 0

    moat.tree["environments"]["production"]["never_upstream"] = ["*.dev.example", "10.0.0.0/8"]
    moat.write_config(moat.tree)
    moat.start()
    with moat.wire("postgres") as wire:
        assert wire.rows("SELECT 1") == [("1",)]
    # A reload is refused as a whole, and the old config stays.
    moat.tree["environments"]["production"]["never_upstream"] = ["127.0.0.0/8"]
    moat.reload(moat.tree)
    assert moat.metrics_sum("pgmoat_config_reloads_total", result="failure") == 1
    with moat.wire("postgres") as wire:
        wire.ask(query("SELECT 1"))
        assert not wire.errors
