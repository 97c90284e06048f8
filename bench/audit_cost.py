"""What the audit trail costs: pgmoat with every statement in a file against pgmoat with none.

The same program twice, which differ in one line of their config: what the role records.  In turns,
with fresh processes each round; a difference is taken within a round.  CPU is that of the whole
process, shipper and sinks too, until it rests.

    python3 bench/audit_cost.py --program build/release/pgmoat [--rounds 10] [--seconds 3]

With --before OTHER, what OTHER costs more than the program with `record: none` is measured in the
same rounds.
"""

import argparse
import contextlib
import datetime
import glob
import statistics
import sys

import compare
import measure
import names
import servers
import targets
from results import spread

GOAL_US = 1.5
OFF, ALL = "none", "all"
BEFORE = "before"  # another program with `record: all`


class Audited(targets.Pgmoat):
    """Role `app` with `record: all` or `none`; all else is the same."""

    def __init__(self, place, server, options, label):
        super().__init__(place, server, options.before if label == BEFORE else options.program, options.clients,
                         options.threads, f"pgmoat-{label}", OFF if label == OFF else ALL, options.sync)
        self.label = label


def arguments():
    parser = argparse.ArgumentParser(
        formatter_class=argparse.ArgumentDefaultsHelpFormatter, description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/release/pgmoat")
    parser.add_argument("--before", default="", help="another program, to be compared with")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1, help="event loops")
    parser.add_argument("--modes", type=compare.names_of(names.MODES), default=",".join(names.MODES))
    parser.add_argument("--sync", default="", help="audit.sync: none, interval, each; default: the program's")
    parser.add_argument("--free", action="store_true", help="on all cores; else client, proxy and server share one")
    parser.add_argument("--scale", type=int, default=10, help="of pgbench's tables")
    parser.add_argument("--json", default="build/bench/audit_cost.json", help="where results go")
    parser.add_argument("--check", action="store_true", help="exit 1 when the goal is missed")
    return parser.parse_args()


def run(options):
    disturbance = measure.Disturbance()
    with contextlib.ExitStack() as cleanup:
        place, server = servers.throwaway(cleanup)
        labels = [OFF, ALL] + ([BEFORE] if options.before else [])
        moats = [Audited(place, server, options, label) for label in labels]
        for target in moats:
            cleanup.callback(target.stop)
        compare.progress("PostgreSQL and its tables")
        server.create(options.scale, copy_rows=10)
        compare.place_on(names.FREE if options.free else names.ONE_CORE, server)
        rounds = [one_round(options, server, moats[::-1] if number % 2 else moats, number)
                  for number in range(options.rounds)]
    others, stolen = disturbance.shares()
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": measure.machine(), "others": others, "stolen": stolen,
        "options": {name: value for name, value in vars(options).items() if name not in ("json", "check")},
        "rounds": rounds,
    }


def one_round(options, server, turn, number):
    """{mode: {label: sample}}."""
    compare.progress(f"round {number + 1} of {options.rounds}")
    samples = {mode: {} for mode in options.modes}
    expected = {}
    for target in turn:
        target.start()
        warm = measure.pgbench("simple", options.clients).sample(server, target, 1)
        expected[target.label] = warm["units"]
    for mode in options.modes:
        workload = measure.pgbench(mode, options.clients, percentiles=True)
        for target in turn:
            before = threads(target)
            sample = samples[mode][target.label] = workload.sample(server, target, options.seconds)
            sample["threads_us"] = {name: (spent - before.get(name, 0)) * 1e6 / sample["units"]
                                    for name, spent in threads(target).items()}
            expected[target.label] += sample["units"]
            compare.progress(f"  {mode:10} {target.label:6} {sample['rate']:8.0f}/s {sample['cpu_us']:7.2f} µs CPU "
                             f"{sample['p99_us']:8.0f} µs p99")
    for target in turn:
        target.stop()
        target.must_have_recorded(expected[target.label])
    return samples


def threads(target):
    """CPU seconds by the name of a thread: the trail's own begin with audit or sink."""
    seconds = {}
    for task in glob.glob(f"/proc/{target.process.pid()}/task/*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(f"{task}/comm") as name, open(f"{task}/schedstat") as spent:
                comm = name.read().strip()
                seconds[comm] = seconds.get(comm, 0) + int(spent.read().split()[0]) / 1e9
    return seconds


def report(document):
    """Lines for people, and whether the goal holds in every mode."""
    lines = [f"| {document['options']['clients']} clients | CPU off, µs | CPU all, µs | more, µs "
             "| p50 off → all, µs | p99 off, µs | p99 all, µs | p99, all / off |", "|---|---|---|---|---|---|---|---|"]
    before = []
    holds = True
    for mode in document["options"]["modes"]:
        samples = [found[mode] for found in document["rounds"]]

        def of(record, field, samples=samples):
            return [sample[record][field] for sample in samples]
        more = [a - b for a, b in zip(of(ALL, "cpu_us"), of(OFF, "cpu_us"))]
        ratio = [a / b for a, b in zip(of(ALL, "p99_us"), of(OFF, "p99_us"))]
        holds = holds and statistics.median(more) <= GOAL_US
        if document["options"]["before"]:
            other = [a - b for a, b in zip(of(BEFORE, "cpu_us"), of(OFF, "cpu_us"))]
            before.append(f"\n{mode}, more before, µs: {spread(other, 2)}")
        lines.append(f"| {mode} | {spread(of(OFF, 'cpu_us'), 2)} | {spread(of(ALL, 'cpu_us'), 2)} | {spread(more, 2)} "
                     f"| {statistics.median(of(OFF, 'p50_us')):.0f} → {statistics.median(of(ALL, 'p50_us')):.0f} "
                     f"| {spread(of(OFF, 'p99_us'), 2)} | {spread(of(ALL, 'p99_us'), 2)} | {spread(ratio, 2)} |")
    lines += before
    for mode in document["options"]["modes"]:
        names = {name for found in document["rounds"] for name in found[mode][ALL]["threads_us"]}
        shares = {name: statistics.median(found[mode][ALL]["threads_us"].get(name, 0)
                                          for found in document["rounds"]) for name in names}
        told = [f"{name} {share:.2f}" for name, share in sorted(shares.items(), key=lambda item: -item[1])]
        lines.append(f"\n{mode}, all, µs by thread: " + ", ".join(told))
    machine = document["machine"]
    lines.append(f"\nMedians [least – most] of {len(document['rounds'])} interleaved rounds of "
                 f"{document['options']['seconds']} s; {document['date'][:10]}, {machine['cpu']}, {machine['cores']} "
                 f"cores{' of a virtual machine' if machine['virtual'] else ''}, {machine['system']}; others used "
                 f"{document['others']:.0%} of it.  Goal: ≤ +{GOAL_US} µs: {'pass' if holds else 'short'}.")
    return "\n".join(lines), holds


def main():
    options = arguments()
    try:
        document = run(options)
    except servers.Unavailable as problem:
        sys.exit(f"audit_cost: {problem}")
    compare.write_json(options.json, document)
    text, holds = report(document)
    print(text)
    if options.check and not holds:
        sys.exit(1)


if __name__ == "__main__":
    main()
