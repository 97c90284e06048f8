"""Runs the comparison that bench/README.md describes.  `compare.sh` is its front door.

Progress goes to standard error, the report to standard output.
"""

import argparse
import contextlib
import datetime
import json
import os
import shlex
import signal
import subprocess
import sys

import design
import measure
import names
import plan
import publish
import report
import scaling
import servers
import targets

# Rounds and seconds of each measurement.
FULL, SHORT, QUICK = (5, 3), (3, 1), (1, 1)
# What has rows in the table of design 6.
SHORT_TARGETS = (names.RELAY, names.PGBOUNCER, names.HAPROXY, names.PGMOAT, names.PGMOAT_OPTIMISED) + names.TLS
# Of bench/optimise.sh; compared where it was run.
OPTIMISED = "build/optimised/pgmoat"


def main():
    options = arguments()
    if options.show:
        with open(options.show) as file:
            document = json.load(file)
    else:
        # Every way out but SIGKILL passes through the clean-up.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(130))
        try:
            document = compare(options)
        except servers.Unavailable as problem:
            sys.exit(f"compare: {problem}")
        except KeyboardInterrupt:
            sys.exit(130)
        write_json(options.json, document)
    print((report.summary if options.markdown else report.full)(document), end="")
    if options.write:
        try:
            for path in publish.write(document):
                progress(f"written: {path}")
        except publish.NoMarks as problem:
            sys.exit(f"compare: {problem}")
    if options.check and design.short(document):
        sys.exit(1)


def arguments():
    parser = argparse.ArgumentParser(
        prog="compare.sh", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Compares direct, bare relay, PgBouncer, HAProxy and pgmoat, interleaved.")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--short", action="store_true",
                        help="3 rounds of 1 s of what has a row in the table of design 6")
    length.add_argument("--quick", action="store_true",
                        help="one round of 1 s, 100 idle sessions: does it work at all")
    parser.add_argument("--rounds", type=int, help=f"default: {FULL[0]}")
    parser.add_argument("--seconds", type=int, help=f"of each measurement; default: {FULL[1]}")
    parser.add_argument("--targets", type=names_of(names.TARGETS), help="default: all that are built")
    parser.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")],
                        help="how many at once, for the pgbench modes; default: 1,8,200")
    parser.add_argument("--placements", type=names_of(names.PLACEMENTS), default=",".join(names.PLACEMENTS),
                        help="where client, proxy and server run")
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only workloads whose name holds TEXT")
    parser.add_argument("--threads", type=int, default=1,
                        help="event loops of pgmoat and HAProxy; the relay and PgBouncer have one")
    parser.add_argument("--no-scaling", action="store_true", help="not one event loop against two")
    parser.add_argument("--idle-sessions", type=int, default=1000, help="up to 10000; 0: skip")
    parser.add_argument("--starts", type=int, default=5, help="how often start-up is timed; 0: skip")
    parser.add_argument("--scale", type=int, default=10, help="of pgbench's tables")
    parser.add_argument("--build-dir", default="build/release", help="where the programs are")
    parser.add_argument("--json", default="build/bench/compare.json", help="where results go")
    parser.add_argument("--markdown", action="store_true", help="print the part for the README")
    parser.add_argument("--write", action="store_true",
                        help="put the results between the marks of bench/README.md and README.md")
    parser.add_argument("--show", metavar="JSON", help="measure nothing, report these results")
    parser.add_argument("--check", action="store_true", help="exit 1 when a row of design 6 is short")
    options = parser.parse_args()
    rounds, seconds = QUICK if options.quick else SHORT if options.short else FULL
    options.rounds = rounds if options.rounds is None else options.rounds
    options.seconds = seconds if options.seconds is None else options.seconds
    if not options.targets:
        options.targets = [name for name in (SHORT_TARGETS if options.short else names.TARGETS)
                           if name != names.PGMOAT_OPTIMISED or os.path.exists(OPTIMISED)]
    options.clients = options.clients or ([1, 8] if options.short else [1, 8, 200])
    if options.quick:
        options.starts = 2
        options.idle_sessions = min(options.idle_sessions, 100)
    if not 0 <= options.idle_sessions <= 10_000 or 0 < options.idle_sessions < 20:
        parser.error("--idle-sessions is 0, or 20 to 10000")
    if options.rounds < 1 or options.seconds < 1 or min(options.clients) < 1:
        parser.error("--rounds, --seconds and --clients are at least 1")
    return options


def command():
    """As one would type it elsewhere: where this machine keeps its files says nothing."""
    kept, words = [], iter(sys.argv[1:])
    for word in words:
        if word in ("--build-dir", "--json"):
            next(words, None)
        elif not word.startswith(("--build-dir=", "--json=", "--write", "--markdown", "--check")):
            kept.append(word)
    return shlex.join(["bench/compare.sh", *kept])


def names_of(known):
    def parse(text):
        chosen = text.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(known)}")
        return chosen

    return parse


def progress(text):
    print(f"  {text}", file=sys.stderr, flush=True)


def compare(options):
    items = plan.items(options)
    disturbance = measure.Disturbance()
    with contextlib.ExitStack() as cleanup:
        place, server = servers.throwaway(cleanup)
        if options.idle_sessions > place.max_sessions:
            progress(f"open files are limited: {place.max_sessions} idle sessions at most")
            options.idle_sessions = place.max_sessions

        def make(name, threads=options.threads):
            return make_target(options, place, server, name, threads)

        turn = [make(name) for name in options.targets]
        for target in turn:
            cleanup.callback(target.stop)
        progress("PostgreSQL and its tables")
        # PgBouncer keeps its connections for a while, in session mode as many as it had clients.
        server.create(options.scale, copy_rows=200_000 if options.quick else 1_000_000,
                      max_connections=3 * max(options.clients) + 200)
        proxies = [target for target in turn if target.process_expected]
        idle_proxies = [target for target in proxies
                        if target.name not in (names.PGBOUNCER_TRANSACTION, names.PGMOAT_POLICY,
                                               names.PGMOAT_OPTIMISED)]
        document = {
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "command": command(),
            "machine": measure.machine(),
            "options": {name: getattr(options, name)
                        for name in ("rounds", "seconds", "threads", "scale", "idle_sessions")},
            "versions": {target.name: target.version() for target in turn},
            "workloads": [{"name": item.workload.name, "unit": item.workload.unit} for item in items],
            "judge_ns": judge(options) if names.PGMOAT in options.targets else {},
            "ciphers": {},
        }
        document["rounds"] = run_rounds(options, server, turn, items, document["ciphers"])
        place_on(names.FREE, server)
        if names.FREE in options.placements and not options.no_scaling:
            document["scaling"] = scaling.workers(options, server, make, progress)
        place_on(options.placements[0], server)
        document["start_up"] = {target.name: measure.start_up(target, options.starts)
                                for target in proxies if options.starts > 0}
        document["idle"] = {}
        if options.idle_sessions:
            document["idle"] = scaling.idle(options, server, idle_proxies, make, progress)
    document["others"], document["stolen"] = disturbance.shares()
    return document


def make_target(options, place, server, name, threads):
    # Some more than are counted on: one set of clients leaves while the next one comes.
    sessions = options.idle_sessions + max(options.clients) + 50

    def program(path):
        return os.path.join(options.build_dir, path)

    if name == names.DIRECT:
        return targets.Target(place, server, name)
    if name == names.RELAY:
        return targets.Relay(place, server, program("bench/pgmoat_relay"))
    if name in (names.PGBOUNCER, names.PGBOUNCER_TRANSACTION, names.PGBOUNCER_TLS):
        return targets.PgBouncer(place, server, "pgbouncer", sessions, name)
    if name in (names.HAPROXY, names.HAPROXY_TLS):
        return targets.HaProxy(place, server, "haproxy", sessions, threads, name)
    pgmoat = OPTIMISED if name == names.PGMOAT_OPTIMISED else program("pgmoat")
    return targets.Pgmoat(place, server, pgmoat, sessions, threads, name,
                          record="none" if name == names.PGMOAT_POLICY else "all")


EVERY_CORE = os.sched_getaffinity(0)


def place_on(placement, server):
    """For what starts from now on; the first core tends to have the interrupts."""
    cores = {max(EVERY_CORE)} if placement == names.ONE_CORE else EVERY_CORE
    server.move(cores)
    os.sched_setaffinity(0, cores)


def run_rounds(options, server, turn, items, ciphers):
    """A B C … A B C …: the targets take turns within each workload of each round, and begin
    with another one each round."""
    rounds = {placement: {item.workload.name: {target.name: [] for target in found}
                          for item in items if (found := item.in_placement(placement, turn))}
              for placement in options.placements}
    for number in range(options.rounds):
        for placement in options.placements:
            place_on(placement, server)
            progress(f"round {number + 1} of {options.rounds}, {placement}")
            one_round(options, server, placement, measure.in_turn(turn, number), items, rounds[placement], ciphers)
    return rounds


def one_round(options, server, placement, turn, items, samples, ciphers):
    """Has fresh processes, so that the luck of one memory layout is averaged like other noise."""
    taking_part = [target for target in turn if any(target.name in found for found in samples.values())]
    for target in taking_part:
        target.start()
        if target.tls:
            ciphers[target.name] = target.cipher()
        # Not counted: the first statements fill caches on all sides.
        measure.pgbench("simple", 1).sample(server, target, 1)
    statements = dict.fromkeys((target.name for target in taking_part), 0)
    for item in items:
        workload = item.workload
        for target in item.in_placement(placement, turn):
            sample = workload.sample(server, target, options.seconds)
            samples[workload.name][target.name].append(sample)
            cpu = f", {sample['cpu_us']:.2f} µs CPU" if "cpu_us" in sample else ""
            progress(f"  {workload.name:23} {target.name:21} {sample['rate']:9.0f}/s{cpu}")
            statements[target.name] += sample["units"] * workload.statements
        if workload.name == names.UPDATES and workload.name in samples:
            server.clean()
    for target in taking_part:
        target.stop()
        if isinstance(target, targets.Pgmoat):
            target.must_have_recorded(statements[target.name])


def judge(options):
    """Nanoseconds of CPU by benchmark name, from the Google Benchmark of this build: of what has a row."""
    program = os.path.join(options.build_dir, "bench", "pgmoat_bench_judge")
    if not os.path.exists(program):
        progress(f"{program} is not built: judging is not measured")
        return {}
    progress("judging")
    command = [program, "--benchmark_format=json", "--benchmark_filter=^(parse|facts.decision)/(pgbench_select|join)",
               f"--benchmark_min_time={0.05 if options.quick else 0.5}"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return {entry["name"]: entry["cpu_time"] for entry in json.loads(output.stdout)["benchmarks"]
            if not entry.get("error_occurred")}


def write_json(path, document):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    progress(f"results are in {path}")


if __name__ == "__main__":
    main()
