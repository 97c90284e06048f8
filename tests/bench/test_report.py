"""What bench/ makes of samples: pairs of a round, verdicts, and what it writes where.

Measures nothing: the samples are made here.
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "bench"))

# pylint: disable=wrong-import-position
import compare
import design
import measure
import names
import plan
import publish
import report


def document(rounds=None, **others):
    rounds = rounds or {names.ONE_CORE: {}}
    workloads = dict.fromkeys(name for found in rounds.values() for name in found)
    return {
        "date": "2026-01-02T00:00:00", "command": "bench/compare.sh",
        "machine": {"cpu": "a CPU", "cores": 2, "virtual": False, "memory_gib": 8, "system": "Debian", "kernel": "6"},
        "options": {"rounds": 3, "seconds": 1}, "versions": {}, "others": 0.0, "stolen": 0.0, "judge_ns": {},
        "workloads": [{"name": name, "unit": "transaction"} for name in workloads],
        "rounds": rounds, "start_up": {}, "idle": {}, **others,
    }


def samples(*rates, **more):
    return [{"rate": rate, **more} for rate in rates]


def verdicts(doc, what):
    return [(row.verdict, row.measured) for row in design.rows(doc) if row.what.startswith(what)]


def test_nothing_measured_is_neither_held_nor_short():
    counted = design.counted(document())
    assert counted[design.PASS] == counted[design.SHORT] == 0
    assert counted[design.NOT_MEASURED] == len(design.rows(document())) > 30


def test_a_ratio_is_of_one_round_and_the_verdict_of_the_median():
    # The rounds' ratios are 0.5, 0.95 and 1.0; the ratio of the medians would be 0.5.
    doc = document({names.ONE_CORE: {names.SET_UP: {
        names.PGMOAT: samples(50, 95, 1000), names.RELAY: samples(100, 100, 1000)}}})
    assert verdicts(doc, "logins") == [(design.PASS, "0.950 [0.500 – 1.000]")]
    doc["rounds"][names.ONE_CORE][names.SET_UP][names.PGMOAT] = samples(50, 89, 1000)
    assert verdicts(doc, "logins") == [(design.SHORT, "0.890 [0.500 – 1.000]")]


def test_tls_is_compared_with_haproxy_that_terminates_tls():
    doc = document({names.ONE_CORE: {names.pgbench("simple", 8): {
        names.PGMOAT_TLS: samples(1, cpu_us=19.0), names.HAPROXY_TLS: samples(1, cpu_us=20.0),
        names.HAPROXY: samples(1, cpu_us=10.0)}}})
    assert verdicts(doc, "TLS, CPU per transaction, simple") == [(design.PASS, "0.950")]
    assert verdicts(doc, "TLS, CPU per transaction, prepared") == [(design.NOT_MEASURED, "")]


def test_judging_is_held_against_the_raw_parse_of_the_same_machine():
    doc = document({names.ONE_CORE: {}})
    doc["judge_ns"] = {"parse/join": 4000.0, "facts+decision/join/app": 8400.0}
    assert verdicts(doc, "judging, 3-table join") == [(design.SHORT, "2.10")]
    assert verdicts(doc, "judging without the parse, 3-table join") == [(design.SHORT, "1.10")]
    doc["judge_ns"]["facts+decision/join/app"] = 5000.0
    assert verdicts(doc, "judging, 3-table join") == [(design.PASS, "1.25")]
    assert verdicts(doc, "judging, pgbench -S statement") == [(design.NOT_MEASURED, "")]


def test_free_placement_is_told_but_only_one_core_is_an_error():
    slow = {names.PGMOAT: samples(9), names.HAPROXY: samples(10)}
    name = names.pgbench("simple", 8)
    doc = document({names.ONE_CORE: {}, names.FREE: {name: slow}})
    assert (design.SHORT, "0.900") in verdicts(doc, f"throughput, {name}")
    assert design.short(doc) == []
    doc["rounds"][names.ONE_CORE][name] = slow
    assert [row.where for row in design.short(doc)] == [names.ONE_CORE]


def test_two_workers_against_one_and_busy_beside_idle():
    doc = document(
        scaling={names.pgbench("simple", clients): {names.PGMOAT: {"1": samples(100), "2": samples(rate)}}
                 for clients, rate in ((8, 120), (32, 99))},
        idle={names.PGMOAT: {"sessions": 1000, "pss_kib": 16.5, "rss_kib": 17.0, "cpu_share": 0.0011,
                             "beside": samples(97, 90), "alone": samples(100, 100)},
              names.PGMOAT_TLS: {"sessions": 900, "pss_kib": 60.0, "rss_kib": 61.0, "cpu_share": 0.0}})
    assert verdicts(doc, "2 workers") == [(design.PASS, "1.200"), (design.SHORT, "0.990")]
    assert verdicts(doc, "8 busy clients beside 1000") == [(design.SHORT, "0.935 [0.900 – 0.970]")]
    # A share of 0.0011 is 0.11 %.
    assert verdicts(doc, "CPU while idle") == [(design.SHORT, "0.110 %")]
    assert verdicts(doc, "memory of an idle session, plaintext") == [(design.SHORT, "16.5 KiB")]
    assert verdicts(doc, "memory of an idle session, TLS over 900") == [(design.PASS, "60.0 KiB")]


def test_every_way_to_report_takes_what_is_half_measured():
    doc = document({names.ONE_CORE: {names.pgbench("simple", 8): {
        names.PGMOAT: samples(90, cpu_us=12.0), names.RELAY: samples(100, cpu_us=10.0)}}})
    for render in (report.full, report.summary, report.brief):
        assert "bench/compare.sh" in render(doc) and "2026-01-02" in render(doc) and "a CPU" in render(doc)
    assert "| simple, 8 clients | 10.0       | 1.20   |" in report.brief(doc)
    assert "Short:\n\n- CPU per transaction, simple, 8 clients (one core): 1.200, ≤ 1.10 × relay" in report.brief(doc)


def test_only_what_is_between_the_marks_is_replaced():
    text = "a\n<!-- begin -->\nold\n<!-- end -->\n`<!-- begin -->` is a mark\n"
    assert publish.between(text, "begin", "end", "new\n") == text.replace("old", "new")


@pytest.mark.parametrize("text", [
    "", "<!-- begin -->\n", "<!-- end -->\n<!-- begin -->\n",
    "<!-- begin -->\n<!-- begin -->\n<!-- end -->\n"])
def test_marks_that_are_lost_or_twice_are_an_error(text):
    with pytest.raises(publish.NoMarks):
        publish.between(text, "begin", "end", "new\n")


def test_the_readmes_have_their_marks():
    for path, begin, end, _ in publish.PARTS:
        with open(os.path.join(publish.ROOT, path)) as file:
            assert publish.between(file.read(), begin, end, "new\n")


@pytest.mark.parametrize("arguments", [[], ["--short"], ["--quick"]])
def test_every_row_that_compares_targets_is_in_the_plan(arguments, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["compare.sh", *arguments])
    monkeypatch.setattr(compare, "OPTIMISED", __file__)
    options = compare.arguments()
    rounds = {placement: {item.workload.name: {
        name: samples(1, 1, cpu_us=1.0, p50_us=1.0, p99_us=1.0) for name in options.targets
        if name in item.chosen(placement)} for item in plan.items(options) if item.chosen(placement)}
        for placement in options.placements}
    missing = [row.what for row in design.rows(document(rounds)) if row.verdict == design.NOT_MEASURED]
    elsewhere = ("judging", "2 workers", "8 busy clients", "CPU while idle", "memory", "start-up")
    assert [what for what in missing if not what.startswith(elsewhere)] == []


def test_the_optimised_build_is_compared_where_there_is_one(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["compare.sh"])
    monkeypatch.setattr(compare, "OPTIMISED", str(tmp_path / "pgmoat"))
    assert names.PGMOAT_OPTIMISED not in compare.arguments().targets
    (tmp_path / "pgmoat").touch()
    assert names.PGMOAT_OPTIMISED in compare.arguments().targets


def test_pgbouncer_pools_no_prepared_statements(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["compare.sh"])
    items = plan.items(compare.arguments())
    prepared = [item for item in items if item.workload.name.startswith("prepared")]
    assert prepared and not any(names.PGBOUNCER_TRANSACTION in item.chosen(names.ONE_CORE) for item in prepared)


def test_the_command_names_no_path_of_the_machine(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["compare.sh", "--build-dir", "/home/me/b", "--json=/tmp/x", "--write", "--short",
                                      "--only", "simple, 8"])
    assert compare.command() == "bench/compare.sh --short --only 'simple, 8'"


def test_what_it_took_to_connect_is_not_in_the_cpu_of_a_transaction(monkeypatch):
    class Target:
        process = object()
        spent = 0.0

    def costs(seconds, units):
        def run(_, target, *__):
            target.spent += seconds
            return {"units": units, "seconds": 1.0}
        return run

    monkeypatch.setattr(measure, "_settled_cpu", lambda target: target.spent)
    # 0.05 s to connect and 20 µs for each transaction.
    workload = measure.Workload("", "transaction", costs(0.05 + 0.2, 10_000), few=costs(0.05 + 0.008, 400))
    assert workload.sample(None, Target(), 1)["cpu_us"] == pytest.approx(20.0)
    workload = measure.Workload("", "transaction", costs(0.2, 10_000))
    assert workload.sample(None, Target(), 1)["cpu_us"] == pytest.approx(20.0)
