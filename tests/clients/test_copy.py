r"""psql's \copy, both ways, in every format: the same bytes as on a direct connection."""
import pytest

import programs

ROWS = 20_000
FORMATS = {"text": "", "csv": "(FORMAT csv, HEADER, FORCE_QUOTE (t))", "binary": "(FORMAT binary)",
           "another encoding": "(ENCODING 'LATIN1', DELIMITER '|', NULL 'nothing')"}


@pytest.fixture
def table(pair):
    pair.server.psql("-c", f"""
        DROP TABLE IF EXISTS copied, copied_back;
        CREATE TABLE copied (i int, t text, b bytea, n numeric, a int[], j jsonb);
        INSERT INTO copied SELECT i,
          CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN E'\\t\\n\\\\."é' ELSE repeat('x', i % 300) END,
          decode(lpad(to_hex(i), 8, '0'), 'hex'), i / 7.0, ARRAY[i, NULL], jsonb_build_object('i', i)
          FROM generate_series(1, {ROWS}) i;
        CREATE TABLE copied_back (LIKE copied);
        GRANT SELECT ON copied TO pgmoat_readonly, pgmoat_app; GRANT SELECT, INSERT ON copied_back TO pgmoat_app""")
    yield
    pair.server.psql("-c", "DROP TABLE copied, copied_back")


@pytest.mark.parametrize("login", ["postgres", "shop_app", "dev_ro"])
@pytest.mark.parametrize("options", FORMATS.values(), ids=list(FORMATS))
def test_out(options, login, pair, table):
    script = f"\\copy copied TO pstdout {options}\n\\copy (SELECT * FROM copied WHERE i % 2 = 0) TO pstdout {options}\n"
    direct = programs.psql(pair.server.port, script, user=login)
    assert programs.psql(pair.pgmoat.port, script, user=login) == direct
    assert len(direct) > ROWS * 10


@pytest.mark.parametrize("login", ["postgres", "shop_app"])
@pytest.mark.parametrize("options", FORMATS.values(), ids=list(FORMATS))
def test_in(options, login, pair, table, workspace):
    file = workspace / "copied"
    file.write_bytes(programs.psql(pair.server.port, f"\\copy copied TO pstdout {options}\n"))
    options = options.replace(", FORCE_QUOTE (t)", "")
    programs.psql(pair.pgmoat.port, f"\\copy copied_back FROM '{file}' {options}\n", user=login)
    count = "SELECT count(*), (SELECT count(*) FROM (TABLE copied EXCEPT ALL TABLE copied_back) d) FROM copied_back"
    assert programs.psql(pair.server.port, count) == f"{ROWS}|0\n".encode()
