"""The numbers to hold, design 6 and what scaling, logins and TLS add to it, each with pass, short
or not measured.

A row is judged by the median over the rounds.  CPU and latency are those of one core, which
repeats; throughput and bulk are shown for both placements, and those of free placement, which
spreads, are told but not counted by `--check`.  Two event loops need more than one core.
"""

import statistics

from names import (COPY, FREE, HAPROXY, HAPROXY_TLS, MODES, ONE_CORE, PGBOUNCER, PGMOAT, PGMOAT_OPTIMISED, PGMOAT_TLS,
                   RELAY, SET_UP, TITLES, pgbench)
from results import Results, rate_ratios, spread

PASS, SHORT, NOT_MEASURED = "pass", "short", "not measured"


class Row:
    def __init__(self, what, limit, holds, values, digits=2, unit="", where="", counts=True):
        self.what = what
        self.limit = limit
        self.where = where
        self.measured = spread(values, digits) + (unit if values else "")
        self.verdict = NOT_MEASURED if not values else PASS if holds(statistics.median(values)) else SHORT
        # Whether a short one is an error with --check.
        self.counts = counts

    def cells(self):
        return [self.what, self.where, self.limit, self.measured, self.verdict]


HEADINGS = ["what", "placement", "number to hold", "measured", "holds"]


def rows(document):
    one_core = Results(document, ONE_CORE)
    found = [*_judging(document), *_cpu(one_core)]
    throughput = [_throughput, _bulk_rate]
    for one in throughput:
        found += one(one_core, counts=True)
        # What was not to be measured there is not missed there.
        if FREE in document["rounds"]:
            found += one(Results(document, FREE), counts=False)
    found += [*_bulk_cpu(one_core), *_latency(one_core), *_logins(one_core), *_tls(one_core)]
    return found + [*_compiler(one_core), *_scaling(document), *_idle(document), *_start_up(document)]


def short(document):
    return [row for row in rows(document) if row.verdict == SHORT and row.counts]


def counted(document):
    """{verdict: how many}"""
    verdicts = [row.verdict for row in rows(document)]
    return {verdict: verdicts.count(verdict) for verdict in (PASS, SHORT, NOT_MEASURED)}


def at_most(limit):
    return lambda value: value <= limit


def at_least(limit):
    return lambda value: value >= limit


def _judging(document):
    """Design 6 has microseconds of a machine, and those of the raw parse on it: a ratio, anywhere."""
    for statement, title, limit, raw in (("pgbench_select", "pgbench -S statement", 1.5, 0.64),
                                         ("join", "3-table join", 7.0, 3.9)):
        judged = document["judge_ns"].get(f"facts+decision/{statement}/app")
        parsed = document["judge_ns"].get(f"parse/{statement}")
        ratios = [judged / parsed] if judged and parsed else []
        yield Row(f"judging, {title}", f"≤ {limit / raw:.2f} × raw parse", at_most(limit / raw), ratios)
        yield Row(f"judging without the parse, {title}", "≤ 1 × raw parse", at_most(1.0), [r - 1 for r in ratios])


def _cpu(results):
    for mode in MODES:
        name = pgbench(mode, 8)
        yield Row(f"CPU per transaction, {name}", "≤ 1.10 × relay", at_most(1.10),
                  results.ratios(name, "cpu_us", PGMOAT, RELAY), 3, where=results.placement)
        yield Row(f"CPU per transaction, {name}", "< 1 × PgBouncer", lambda value: value < 1.0,
                  results.ratios(name, "cpu_us", PGMOAT, PGBOUNCER), 3, where=results.placement)


def _throughput(results, counts):
    for mode in MODES:
        name = pgbench(mode, 8)
        for other in (PGBOUNCER, HAPROXY):
            yield Row(f"throughput, {name}", f"≥ 1 × {TITLES[other]}", at_least(1.0),
                      results.ratios(name, "rate", PGMOAT, other), 3, where=results.placement, counts=counts)


def _bulk_rate(results, counts):
    yield Row(f"{COPY}, MB/s", "≥ 0.97 × relay", at_least(0.97), results.ratios(COPY, "rate", PGMOAT, RELAY), 3,
              where=results.placement, counts=counts)


def _bulk_cpu(results):
    yield Row(f"{COPY}, CPU per MB", "≤ 1 × relay", at_most(1.0), results.ratios(COPY, "cpu_us", PGMOAT, RELAY), 3,
              where=results.placement)


def _latency(results):
    for mode in MODES:
        name = pgbench(mode, 1)
        yield Row(f"added p50, {name}", "≤ 3 µs over relay", at_most(3.0),
                  results.paired(name, "p50_us", PGMOAT, RELAY, lambda a, b: a - b), 1, " µs",
                  where=results.placement)
        yield Row(f"p99, {name}", "≤ 1.10 × relay", at_most(1.10), results.ratios(name, "p99_us", PGMOAT, RELAY),
                  where=results.placement)


def _logins(results):
    yield Row("logins per second", "≥ 0.9 × relay", at_least(0.9), results.ratios(SET_UP, "rate", PGMOAT, RELAY), 3,
              where=results.placement)


def _tls(results):
    for mode in MODES:
        name = pgbench(mode, 8)
        yield Row(f"TLS, CPU per transaction, {name}", "≤ 1 × HAProxy TLS", at_most(1.0),
                  results.ratios(name, "cpu_us", PGMOAT_TLS, HAPROXY_TLS), 3, where=results.placement)
    yield Row(f"TLS, {COPY}, CPU per MB", "≤ 1 × HAProxy TLS", at_most(1.0),
              results.ratios(COPY, "cpu_us", PGMOAT_TLS, HAPROXY_TLS), 3, where=results.placement)
    yield Row("TLS, logins per second", "≥ 0.9 × HAProxy TLS", at_least(0.9),
              results.ratios(SET_UP, "rate", PGMOAT_TLS, HAPROXY_TLS), 3, where=results.placement)


def _compiler(results):
    """A profile is worth its build."""
    for mode in MODES:
        name = pgbench(mode, 8)
        yield Row(f"optimised by a profile, CPU, {name}", "< 1 × release", lambda value: value < 1.0,
                  results.ratios(name, "cpu_us", PGMOAT_OPTIMISED, PGMOAT), 3, where=results.placement, counts=False)


def _scaling(document):
    measured = document.get("scaling", {})
    for name in (pgbench("simple", 8), pgbench("simple", 32)):
        loops = measured.get(name, {}).get(PGMOAT, {})
        yield Row(f"2 workers, {name}", "≥ 1 × 1 worker", at_least(1.0),
                  rate_ratios(loops.get("2", []), loops.get("1", [])), 3, where=FREE)


def _idle(document):
    placement = next(iter(document["rounds"]))
    held = document["idle"].get(PGMOAT, {})
    over = f" over {held['sessions']}" if held else ""
    beside = f"beside {held['sessions']} idle sessions" if held else "beside idle sessions"
    yield Row(f"8 busy clients {beside}", "≥ 0.97 × without", at_least(0.97),
              rate_ratios(held.get("beside", []), held.get("alone", [])), 3, where=placement)
    yield Row(f"CPU while idle{over}", "< 0.1 %", lambda value: value < 0.1,
              [held["cpu_share"] * 100] if held else [], 3, " %")
    for target, kind, limit in ((PGMOAT, "plaintext", 16), (PGMOAT_TLS, "TLS", 64)):
        held = document["idle"].get(target, {})
        over = f" over {held['sessions']}" if held else ""
        yield Row(f"memory of an idle session, {kind}{over}", f"≤ {limit} KiB", at_most(limit),
                  [held["pss_kib"]] if held else [], 1, " KiB")


def _start_up(document):
    start = document["start_up"].get(PGMOAT)
    yield Row("start-up to ready", "≤ 100 ms", at_most(100), start["samples_ms"] if start else [], 1, " ms")
