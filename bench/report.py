"""From samples to tables: medians over rounds, ratios, and design 6 with pass or short.

A ratio is taken within a round, where both sides ran within seconds of each other,
and then the median over the rounds: what the machine did in another minute drops out.
Pure functions of the results that compare.py writes as JSON.
"""

import statistics

DIRECT, RELAY, PGBOUNCER, HAPROXY, PGMOAT = "direct", "relay", "pgbouncer", "haproxy", "pgmoat"
MODES = ("simple", "extended", "prepared")


class Results:
    """One placement of the JSON document, in which rounds[placement][workload][target] is a
    list of samples, one per round."""

    def __init__(self, document, placement):
        self.document = document
        self.placement = placement
        self.workloads = document["workloads"]
        self._rounds = document["rounds"][placement]

    def targets(self, workload):
        return list(self._rounds.get(workload, {}))

    def values(self, workload, target, field):
        samples = self._rounds.get(workload, {}).get(target, [])
        return [sample[field] for sample in samples if field in sample]

    def paired(self, workload, field, one, other, combine):
        pairs = zip(self.values(workload, one, field), self.values(workload, other, field))
        return [combine(a, b) for a, b in pairs]

    def ratios(self, workload, field, one, other):
        return self.paired(workload, field, one, other, lambda a, b: a / b)


def full(document):
    """Everything: one table per workload, then starts and memory, then design 6."""
    parts = [_caption(document)]
    for results in _placements(document):
        parts += [f"### {workload['name']}, {results.placement}\n\n{_workload_table(results, workload)}"
                  for workload in results.workloads]
    parts += [_footprint_table(document), _design_table(document)]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(document):
    """What a README shows."""
    parts = [_caption(document), _design_table(document)]
    parts += [_ratio_table(results) for results in _placements(document)]
    return "\n\n".join(part for part in parts if part) + "\n"


def short_rows(document):
    """By the first placement, which is the repeatable one unless options said otherwise."""
    return [row for row in _design_rows(_placements(document)[0]) if row[3] == "short"]


def _placements(document):
    return [Results(document, placement) for placement in document["rounds"]]


# --- tables


def _caption(document):
    machine, options = document["machine"], document["options"]
    lines = [f"Measured {document['date'][:10]}, {machine['cpu']}, {machine['cores']} cores"
             f"{' of a virtual machine' if machine['virtual'] else ''}, {machine['memory_gib']} GiB, "
             f"{machine['system']}, Linux {machine['kernel']}; "
             f"{options['rounds']} interleaved rounds of {options['seconds']} s, medians "
             "[least – most].  " + "; ".join(document["versions"].values()) + "."]
    if document["others"] > 0.05 or document["stolen"] > 0.02 or options["rounds"] < 3:
        lines.append(f"**Not for publishing**: rounds: {options['rounds']}; other programs took "
                     f"{document['others']:.0%} of the machine meanwhile, its host "
                     f"{document['stolen']:.1%}.")
    return "\n\n".join(lines)


def _workload_table(results, workload):
    name, unit = workload["name"], workload["unit"]
    rate_title = "MB/s" if unit == "MB" else f"{unit}s/s"
    rows = []
    for target in results.targets(name):
        def value(field, digits, target=target):
            return _spread(results.values(name, target, field), digits)

        def ratio(field, other, target=target):
            return _spread(results.ratios(name, field, target, other), 3)

        rows.append([target, value("rate", 0), ratio("rate", RELAY), ratio("rate", PGBOUNCER),
                     value("latency_us", 0), value("p50_us", 1), value("p99_us", 1),
                     value("cpu_us", 2), ratio("cpu_us", RELAY), ratio("cpu_us", PGBOUNCER)])
    return _table(["", rate_title, "/ relay", "/ PgBouncer", "latency µs", "p50 µs", "p99 µs",
                   f"proxy CPU µs per {unit}", "/ relay", "/ PgBouncer"], rows)


def _ratio_table(results):
    """Throughput and CPU against the relay, one line per workload."""
    titles = {PGBOUNCER: "PgBouncer", HAPROXY: "HAProxy", PGMOAT: "pgmoat"}
    proxies = [name for name in titles
               if any(name in results.targets(w["name"]) for w in results.workloads)]
    rows = []
    for workload in results.workloads:
        row = [workload["name"]]
        for field in ("rate", "cpu_us"):
            for proxy in proxies:
                ratios = results.ratios(workload["name"], field, proxy, RELAY)
                row.append(f"{statistics.median(ratios):.2f}" if ratios else "")
        rows.append(row)
    return (f"As ratios to the bare relay, {results.placement}:\n\n" +
            _table(["", *(f"throughput, {titles[p]}" for p in proxies),
                    *(f"CPU, {titles[p]}" for p in proxies)], rows))


def _footprint_table(document):
    rows = []
    for target in dict.fromkeys([*document["start_up"], *document["idle"]]):
        start, idle = document["start_up"].get(target), document["idle"].get(target)
        rows.append([target, _spread(start["samples_ms"], 1) if start else "",
                     f"{idle['pss_kib']:.1f}" if idle else "", f"{idle['rss_kib']:.1f}" if idle else "",
                     str(idle["sessions"]) if idle else "",
                     f"{idle['cpu_share']:.2%}" if idle else ""])
    return rows and ("### Start-up and idle sessions\n\n" +
                     _table(["", "ready after ms", "PSS KiB per session", "RSS KiB per session",
                             "sessions", "CPU while idle"], rows))


def _design_table(document):
    """Design 6, with a pair of columns for each placement."""
    placements = _placements(document)
    columns = [_design_rows(results) for results in placements]
    titles = ["what", "number to hold"]
    for results in placements:
        titles += [results.placement, "holds"]
    rows = [same[0][:2] + [cell for row in same for cell in row[2:]] for same in zip(*columns)]
    return "### Design §6\n\n" + _table(titles, rows)


def _design_rows(results):
    """[what, limit, measured, verdict], in the order of design 6."""
    document, rows = results.document, []

    def add(what, limit, values, holds, digits=2, unit=""):
        if not values:
            rows.append([what, limit, "", "not measured"])
            return
        verdict = "pass" if holds(statistics.median(values)) else "short"
        rows.append([what, limit, _spread(values, digits) + unit, verdict])

    for statement, title, limit in (("pgbench_select", "pgbench -S statement", 1.5),
                                    ("join", "3-table join", 7.0)):
        nanoseconds = document["judge_ns"].get(f"facts+decision/{statement}/app")
        add(f"judging, {title}", f"≤ {limit} µs", [nanoseconds / 1000] if nanoseconds else [],
            lambda x, limit=limit: x <= limit, unit=" µs")
    for mode in MODES:
        name = f"{mode}, 8 clients"
        add(f"CPU per transaction, {name}", "≤ 1.10 × relay",
            results.ratios(name, "cpu_us", PGMOAT, RELAY), lambda x: x <= 1.10, 3)
        add(f"CPU per transaction, {name}", "< 1 × PgBouncer",
            results.ratios(name, "cpu_us", PGMOAT, PGBOUNCER), lambda x: x < 1.0, 3)
    for mode in MODES:
        name = f"{mode}, 8 clients"
        for other, title in ((PGBOUNCER, "PgBouncer"), (HAPROXY, "HAProxy")):
            add(f"throughput, {name}", f"≥ 1 × {title}",
                results.ratios(name, "rate", PGMOAT, other), lambda x: x >= 1.0, 3)
    for mode in MODES:
        name = f"{mode}, 1 client"
        add(f"added p50, {name}", "≤ 3 µs over relay",
            results.paired(name, "p50_us", PGMOAT, RELAY, lambda a, b: a - b),
            lambda x: x <= 3.0, 1, " µs")
        add(f"p99, {name}", "≤ 1.10 × relay",
            results.ratios(name, "p99_us", PGMOAT, RELAY), lambda x: x <= 1.10)
    add("COPY TO STDOUT, MB/s", "≥ 0.97 × relay",
        results.ratios("COPY TO STDOUT", "rate", PGMOAT, RELAY), lambda x: x >= 0.97, 3)
    add("COPY TO STDOUT, CPU per MB", "≤ 1 × relay",
        results.ratios("COPY TO STDOUT", "cpu_us", PGMOAT, RELAY), lambda x: x <= 1.0, 3)
    idle = document["idle"].get(PGMOAT)
    over = f" over {idle['sessions']}" if idle else ""
    add(f"memory of an idle session, plaintext{over}", "≤ 16 KiB",
        [idle["pss_kib"]] if idle else [], lambda x: x <= 16, 1, " KiB")
    add("memory of an idle session, TLS", "≤ 64 KiB", [], None)
    start = document["start_up"].get(PGMOAT)
    add("start-up to ready", "≤ 100 ms", start["samples_ms"] if start else [],
        lambda x: x <= 100, 1, " ms")
    return rows


# --- formatting


def _spread(values, digits):
    """Median [least – most]."""
    if not values:
        return ""
    median = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return median
    return f"{median} [{min(values):.{digits}f} – {max(values):.{digits}f}]"


def _table(titles, rows):
    """Markdown whose columns also line up on a terminal; empty columns are left out."""
    kept = [i for i in range(len(titles)) if i == 0 or any(row[i] for row in rows)]
    cells = [[row[i] for i in kept] for row in [titles, *rows]]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(kept))]
    lines = ["| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |"
             for row in cells]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)
