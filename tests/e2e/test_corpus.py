"""The corpus: cases/attacks and cases/everyday, each statement for each role by both protocols.

One test runs a whole file for one role by one protocol, and names every case that went wrong.
"""
import pytest

import cases
from corpus import Attacks, Everyday

PROTOCOLS = pytest.mark.parametrize("protocol", ["simple", "extended"])
FILES = {name: cases.read(name) for folder in ("attacks", "everyday") for name in cases.files(folder)}
EVERY_CASE = [case for found in FILES.values() for case in found]


def of_files(wanted, roles=cases.RESTRICTED):
    """A test for each file and role that has such cases."""
    found = [(role, name) for name in FILES for role in roles if any(wanted(c, role) for c in FILES[name])]
    return pytest.mark.parametrize("role, name", found, ids=[f"{role}-{name}" for role, name in found])


def expect_none(failures):
    assert not failures, "\n".join(["", *map(str, failures)])


@PROTOCOLS
@of_files(cases.Case.refused)
def test_refused(role, name, protocol, pgmoat, arena):
    found = [c for c in FILES[name] if c.refused(role) and c.runs_by(protocol)]
    expect_none(Attacks(pgmoat, arena, role, protocol).run(found))


def test_every_trap_springs(arena):
    """What stays in its box on account of pgmoat does harm without it, in a READ ONLY transaction."""
    harmless = [str(c) for c in EVERY_CASE if "springs" in c.flags and not arena.springs(c)]
    assert not harmless, "\n".join(["", *harmless])


@PROTOCOLS
@of_files(cases.Case.allowed)
def test_allowed(role, name, protocol, pgmoat, arena):
    found = [c for c in FILES[name] if c.allowed(role) and c.runs_by(protocol)]
    expect_none(Everyday(pgmoat, arena, role, protocol).run(found))


@PROTOCOLS
@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("everyday")])
def test_admin_runs_all_of_it(name, protocol, pgmoat, arena):
    expect_none(Everyday(pgmoat, arena, "admin", protocol).run([c for c in FILES[name] if c.runs_by(protocol)]))


@pytest.mark.parametrize("role", cases.RESTRICTED)
def test_the_corpus_does_not_shrink(role):
    refused = sum(c.refused(role) for c in EVERY_CASE)
    allowed = sum(c.allowed(role) for c in EVERY_CASE)
    print(f"{role}: {refused} refused, {allowed} allowed")
    assert refused >= 300 and allowed >= 400, f"{role}: {refused} refused, {allowed} allowed"
