"""The runs of the corpus see what they are there to see: proved on planted faults."""
import cases
from corpus import Attacks, Everyday


def named(path, *names):
    return [c for c in cases.read(path) if c.name in names]


def test_who_changed_the_database_is_found_though_all_looked_refused(pgmoat, arena, monkeypatch):
    monkeypatch.setattr(Attacks, "judge", lambda *_: [])
    monkeypatch.setattr(Attacks, "reached", lambda *_: False)
    found = named("everyday/writes.sql", "insert", "nextval", "pg_sleep", "select for share")
    failures = Attacks(pgmoat, arena, "app", "extended").run(found)
    assert [f.case.name for f in failures] == ["insert", "nextval"], failures
    assert not arena.changes()


def test_an_attack_that_got_through_is_named(pgmoat, arena):
    case = named("everyday/writes.sql", "insert")[0]._replace(expected={"app": {"42501"}})
    (failure,) = Attacks(pgmoat, arena, "app", "simple").run([case])
    assert "insert [app, simple]: expected 42501, got ok" in str(failure)
    assert not arena.changes()


def test_a_text_in_the_servers_log_is_found(pgmoat, arena, monkeypatch):
    monkeypatch.setattr(Attacks, "judge", lambda *_: [])
    for protocol in ("simple", "extended"):
        (failure,) = Attacks(pgmoat, arena, "app", protocol).run(named("everyday/writes.sql", "pg_sleep"))
        assert "not to reach the server" in str(failure)


def test_another_result_than_the_servers_is_found(pgmoat, arena):
    everyday = Everyday(pgmoat, arena, "readonly", "simple")
    through = everyday.clients[1]
    sent = through.text
    through.text = lambda case: sent(case).replace(b"SELECT 1", b"SELECT 2")
    failures = everyday.run(named("everyday/select.sql", "a constant", "a star"))
    assert [str(f).partition(": ")[2] for f in failures] == ["expected the server's 'DataRow 1', got 'DataRow 2'"]


def test_a_refused_everyday_statement_is_named(pgmoat, arena):
    case = named("attacks/where.sql", "delete without where")[0]._replace(expected={"app": {"ok"}})
    (failure,) = Everyday(pgmoat, arena, "app", "extended").run([case])
    assert "expected ok, got 42501" in str(failure)
