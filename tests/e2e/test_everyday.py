"""The tools a developer uses work unchanged for `readonly`: psql and pg_dump, as the
least-privileged login of the least-privilege SQL."""
import subprocess

import pytest

from servers import PATIENCE, PG_BIN

COMMANDS = ["\\d", "\\d customers", "\\d+ orders", "\\dt+", "\\dv", "\\di", "\\ds", "\\df", "\\df+ restock",
            "\\dn+", "\\dT+", "\\du", "\\l+", "\\dp", "\\dx", "\\ddp", "\\drds", "\\do", "\\dC", "\\db", "\\dy",
            "\\dRp", "\\des", "\\dF", "\\dO", "\\dL", "\\dconfig", "\\sv order_totals", "\\sf discount",
            "\\conninfo", "\\encoding", "\\timing on\nSELECT 1;", "\\x\nSELECT * FROM customers LIMIT 1;",
            "\\set FETCH_COUNT 10\nSELECT * FROM orders;", "\\copy customers TO '/dev/null'",
            "SELECT 1 \\gset\n\\echo :?column?", "SELECT 1 AS a \\gdesc", "SELECT 1 \\watch i=0 c=1",
            "SELECT 'SELECT 2' \\gexec", "SELECT status, city, count(*) FROM orders JOIN customers ON true "
            "GROUP BY 1, 2 \\crosstabview", "\\lo_list", "\\errverbose"]


@pytest.mark.parametrize("command", [c for c in COMMANDS if "watch" not in c])
def test_psql(command, pgmoat):
    out, err = pgmoat.psql("dev_ro", command + "\n")
    assert "ERROR" not in err and "FATAL" not in err, err


@pytest.mark.parametrize("login", ["dev_ro", "shop_app", "migrator", "postgres"])
def test_psql_completion_and_prompt_preamble(login, pgmoat):
    out, err = pgmoat.psql(login, "SELECT current_user <> '', pg_is_in_recovery();\n")
    assert out == "t|f\n" and not err


def test_psql_gets_error_fields_and_goes_on(pgmoat, unchanged):
    out, err = pgmoat.psql("dev_ro", "DROP TABLE orders;\nSELECT 'still here';\n")
    assert "still here" in out
    assert err.startswith(("ERROR:  25006: ", "ERROR:  42501: ")), err
    assert "\nDETAIL:  Rule " in err and "\nHINT:  " in err, err


def test_psql_single_transaction_of_a_refused_script(pgmoat, unchanged):
    script = "UPDATE products SET stock = 0 WHERE id = 1;\nDELETE FROM order_items;\n"
    out, err = pgmoat.psql("shop_app", script, arguments=("-1",))
    assert "ERROR:  42501" in err


@pytest.mark.parametrize("arguments", [
    ["--schema-only"], ["--data-only", "--table=customers"], ["--format=custom", "--no-owner"]])
def test_pg_dump(arguments, pgmoat, postgres):
    """As superuser in role readonly: pg_dump's SET, LOCK TABLE … IN ACCESS SHARE MODE and COPY."""
    done = subprocess.run([PG_BIN / "pg_dump", "-h", "127.0.0.1", "-p", str(pgmoat.port), "-U", "dev_super",
                           "-d", "shop", *arguments], capture_output=True, timeout=PATIENCE * 3)
    assert done.returncode == 0, done.stderr.decode()
    assert b"customers" in done.stdout


def test_pgbench(pgmoat, postgres):
    """Its standard script as the app, in each query mode."""
    def pgbench(*arguments):
        return subprocess.run([PG_BIN / "pgbench", "-h", "127.0.0.1", *arguments, "shop"],
                              capture_output=True, text=True, timeout=PATIENCE * 3)
    made = pgbench("-p", str(postgres.port), "-U", "app_super", "-i", "-q")
    assert made.returncode == 0, made.stderr
    try:
        for mode in ("simple", "extended", "prepared"):
            done = pgbench("-p", str(pgmoat.port), "-U", "app_super", "-n", "-M", mode, "-c", "4", "-t", "50")
            assert "number of failed transactions: 0" in done.stdout, done.stderr
    finally:
        postgres.psql("-c", "DROP TABLE pgbench_accounts, pgbench_branches, pgbench_tellers, pgbench_history")
