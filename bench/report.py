"""From samples to text: all tables, the part for bench/README.md, the short part for README.md.
"""

import statistics

import design
from names import (DIRECT, HAPROXY, HAPROXY_TLS, ONE_CORE, PGBOUNCER, PGBOUNCER_TLS, PLAIN, RELAY, TITLES, TLS)
from results import placements, rate_ratios, spread, table


def full(document):
    """Everything: one table per workload, then starts and memory, then the numbers to hold."""
    parts = [_caption(document)]
    for results in placements(document):
        parts += [f"### {workload['name']}, {results.placement}\n\n{_workload_table(results, workload)}"
                  for workload in results.workloads]
    return _joined([*parts, *_others(document), _design_table(document)])


def summary(document):
    """What bench/README.md shows."""
    parts = [_caption(document), _design_table(document)]
    for results in placements(document):
        # CPU spreads by half where the scheduler decides.
        fields = ("rate", "cpu_us") if results.placement == ONE_CORE else ("rate",)
        parts += [_ratio_table(results, field, PLAIN, RELAY) for field in fields]
        parts += [_ratio_table(results, field, TLS, HAPROXY_TLS) for field in fields]
    return _joined([*parts, *_others(document)])


def brief(document):
    """What README.md shows: how pgmoat stands beside the others, and what is short."""
    verdicts = design.counted(document)
    results = placements(document)[0]
    missed = list(dict.fromkeys(
        f"{row.what}{f' ({row.where})' if row.where else ''}: {row.measured}, {row.limit}"
        for row in design.rows(document) if row.verdict == design.SHORT))
    told = (f"{verdicts[design.PASS]} of the {sum(verdicts.values())} numbers to hold are held, "
            f"{verdicts[design.SHORT]} are short, {verdicts[design.NOT_MEASURED]} not measured "
            "([all of them](bench/README.md#what-was-measured)).")
    if missed:
        told += "  Short:\n\n" + "\n".join(f"- {row}" for row in missed)
    proxies = [name for name in PLAIN if name != DIRECT]
    return _joined([_caption(document), _ratio_table(results, "cpu_us", proxies, RELAY),
                    _ratio_table(results, "rate", proxies, RELAY), told])


def _joined(parts):
    return "\n\n".join(part for part in parts if part) + "\n"


# --- tables


def _caption(document):
    machine, options = document["machine"], document["options"]
    # Older results do not know how they came about.
    command = f"`{document['command']}`.  " if "command" in document else ""
    ciphers = "; ".join(f"{TITLES[name]}: {cipher}" for name, cipher in document.get("ciphers", {}).items())
    lines = [f"{command}Measured {document['date'][:10]}, {machine['cpu']}, {machine['cores']} cores"
             f"{' of a virtual machine' if machine['virtual'] else ''}, {machine['memory_gib']} GiB, "
             f"{machine['system']}, Linux {machine['kernel']}; "
             f"{options['rounds']} interleaved rounds of {options['seconds']} s, medians "
             "[least – most].  " + "; ".join(dict.fromkeys(document["versions"].values())) + "."
             + (f"  {ciphers}." if ciphers else "")]
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
        tls = target in TLS

        def value(field, digits, target=target):
            return spread(results.values(name, target, field), digits)

        def ratio(field, plain, with_tls, target=target, tls=tls):
            other = with_tls if tls else plain
            return spread(results.ratios(name, field, target, other), 3) if other else ""

        ratios = [[ratio(field, RELAY, None), ratio(field, PGBOUNCER, PGBOUNCER_TLS),
                   ratio(field, HAPROXY, HAPROXY_TLS)] for field in ("rate", "cpu_us")]
        rows.append([TITLES[target], value("rate", 0), *ratios[0],
                     value("latency_us", 0), value("p50_us", 1), value("p99_us", 1),
                     value("cpu_us", 2), *ratios[1]])
    # With TLS beside TLS.
    against = ["/ relay", "/ PgBouncer", "/ HAProxy"]
    return table(["", rate_title, *against, "latency µs", "p50 µs", "p99 µs",
                  f"proxy CPU µs per {unit}", *against], rows)


def _ratio_table(results, field, targets, base):
    """One line per workload: what `base` took, and the others as ratios to it."""
    def median(values, digits):
        return f"{statistics.median(values):.{digits}f}" if values else ""

    others = [name for name in targets if name != base]
    rows = []
    for workload in results.workloads:
        name = workload["name"]
        row = [name, median(results.values(name, base, field), 0 if field == "rate" else 1),
               *(median(results.ratios(name, field, other, base), 2) for other in others)]
        if any(row[2:]):
            rows.append(row)
    if not rows:
        return ""
    what, unit = {"rate": ("Throughput", "per s"), "cpu_us": ("Proxy CPU", "µs")}[field]
    return (f"{what}, {results.placement}; {TITLES[base]} {unit} (COPY: {'MB' if field == 'rate' else 'µs per MB'}), "
            "the others as ratios to it:\n\n" + table(["", TITLES[base], *(TITLES[name] for name in others)], rows))


def _others(document):
    return [_scaling_table(document), _footprint_table(document)]


def _scaling_table(document):
    rows = [[name, TITLES[target], *(spread([sample["rate"] for sample in loops[count]], 0) for count in ("1", "2")),
             spread(rate_ratios(loops["2"], loops["1"]), 3)]
            for name, found in document.get("scaling", {}).items() for target, loops in found.items()]
    return rows and ("### Two event loops against one, free placement\n\n" +
                     table(["", "", "1: transactions/s", "2: transactions/s", "2 / 1"], rows))


def _footprint_table(document):
    rows = []
    for target in dict.fromkeys([*document["start_up"], *document["idle"]]):
        start, idle = document["start_up"].get(target), document["idle"].get(target)
        beside = rate_ratios(idle.get("beside", []), idle.get("alone", [])) if idle else []
        rows.append([TITLES[target], spread(start["samples_ms"], 1) if start else "",
                     f"{idle['pss_kib']:.1f}" if idle else "", f"{idle['rss_kib']:.1f}" if idle else "",
                     str(idle["sessions"]) if idle else "",
                     f"{idle['cpu_share']:.3%}" if idle else "", spread(beside, 3)])
    return rows and ("### Start-up and idle sessions\n\n" +
                     table(["", "ready after ms", "PSS KiB per session", "RSS KiB per session",
                            "sessions", "CPU while idle", "8 busy clients beside / without"], rows))


def _design_table(document):
    return "### Numbers to hold\n\n" + table(design.HEADINGS, [row.cells() for row in design.rows(document)])
