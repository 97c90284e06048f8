"""Runs the comparison that bench/README.md describes.  `compare.sh` is its front door.

Progress goes to standard error, the report to standard output.
"""

import argparse
import contextlib
import datetime
import json
import os
import signal
import subprocess
import sys

import measure
import report
import servers

# Where client, proxy and server may run.  Left to the scheduler, a wake-up on a small
# virtual machine is cheap or dear by an order of magnitude, depending on whether the other
# core had gone to sleep, and CPU per transaction spreads by half.  All on one core, it
# repeats within two percent, and differences of some microseconds can be seen.
ONE_CORE, FREE = PLACEMENTS = ("one core", "free placement")

TARGETS = (report.DIRECT, report.RELAY, report.PGBOUNCER, report.HAPROXY, report.PGMOAT)


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
    if options.check and report.short_rows(document):
        sys.exit(1)


def arguments():
    parser = argparse.ArgumentParser(
        prog="compare.sh", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Compares direct, bare relay, PgBouncer, HAProxy and pgmoat, interleaved.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--quick", action="store_true",
                        help="one round of 1 s, 100 idle sessions: does it work at all")
    parser.add_argument("--targets", type=names_of(TARGETS), default=",".join(TARGETS))
    parser.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")],
                        default="1,8", help="how many at once, for each pgbench mode")
    parser.add_argument("--placements", type=names_of(PLACEMENTS), default=",".join(PLACEMENTS),
                        help="where client, proxy and server run")
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only workloads whose name holds TEXT")
    parser.add_argument("--threads", type=int, default=1,
                        help="event loops of pgmoat and HAProxy; the relay and PgBouncer have one")
    parser.add_argument("--idle-sessions", type=int, default=1000, help="up to 10000; 0: skip")
    parser.add_argument("--starts", type=int, default=5, help="how often start-up is timed; 0: skip")
    parser.add_argument("--scale", type=int, default=10, help="of pgbench's tables")
    parser.add_argument("--build-dir", default="build/release", help="where the programs are")
    parser.add_argument("--json", default="build/bench/compare.json", help="where results go")
    parser.add_argument("--markdown", action="store_true", help="print the part for the README")
    parser.add_argument("--show", metavar="JSON", help="measure nothing, report these results")
    parser.add_argument("--check", action="store_true", help="exit 1 when a row of design 6 is short")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.starts = 1, 1, 2
        options.idle_sessions = min(options.idle_sessions, 100)
    if not 0 <= options.idle_sessions <= 10_000 or 0 < options.idle_sessions < 20:
        parser.error("--idle-sessions is 0, or 20 to 10000")
    if options.rounds < 1 or options.seconds < 1:
        parser.error("--rounds and --seconds are at least 1")
    return options


def names_of(known):
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(known)}")
        return names

    return parse


def progress(text):
    print(f"  {text}", file=sys.stderr, flush=True)


def compare(options):
    workloads = [measure.pgbench(mode, clients) for clients in options.clients
                 for mode in report.MODES]
    workloads += [measure.copy_out(), measure.connect()]
    workloads = [workload for workload in workloads if options.only in workload.name]
    disturbance = measure.Disturbance()
    with contextlib.ExitStack() as cleanup:
        place = servers.Place()
        cleanup.callback(place.remove)
        if options.idle_sessions > place.max_sessions:
            progress(f"open files are limited: {place.max_sessions} idle sessions at most")
            options.idle_sessions = place.max_sessions
        server = servers.Postgres(place, servers.postgres_bin_directory())
        cleanup.callback(server.stop)
        targets = make_targets(options, place, server)
        for target in targets:
            cleanup.callback(target.stop)
        progress("PostgreSQL and its tables")
        server.create(options.scale, copy_rows=200_000 if options.quick else 1_000_000)
        proxies = [target for target in targets if target.name != report.DIRECT]
        document = {
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "machine": measure.machine(),
            "options": {name: getattr(options, name)
                        for name in ("rounds", "seconds", "threads", "scale", "idle_sessions")},
            "versions": {target.name: target.version() for target in targets},
            "workloads": [{"name": w.name, "unit": w.unit} for w in workloads],
            "judge_ns": judge(options) if report.PGMOAT in options.targets else {},
            "rounds": run_rounds(options, server, targets, workloads),
            "start_up": {target.name: measure.start_up(target, options.starts)
                         for target in proxies if options.starts > 0},
            "idle": idle(options, server, proxies) if options.idle_sessions else {},
        }
    document["others"], document["stolen"] = disturbance.shares()
    return document


def make_targets(options, place, server):
    sessions = max(options.idle_sessions, *options.clients)

    def program(name):
        return os.path.join(options.build_dir, name)

    make = {
        report.DIRECT: lambda: servers.Target(place, server),
        report.RELAY: lambda: servers.Relay(place, server, program("bench/pgmoat_relay")),
        report.PGBOUNCER: lambda: servers.PgBouncer(place, server, "pgbouncer", sessions),
        report.HAPROXY: lambda: servers.HaProxy(place, server, "haproxy", sessions, options.threads),
        report.PGMOAT: lambda: servers.Pgmoat(place, server, program("pgmoat"), sessions,
                                              options.threads),
    }
    return [make[name]() for name in options.targets]


def run_rounds(options, server, targets, workloads):
    """A B C … A B C …: the targets take turns within each workload of each round, and begin
    with another one each round."""
    rounds = {placement: {workload.name: {target.name: [] for target in targets}
                          for workload in workloads} for placement in options.placements}
    every_core = os.sched_getaffinity(0)
    for number in range(options.rounds):
        turn = [*targets[number % len(targets):], *targets[:number % len(targets)]]
        for placement in options.placements:
            # The first core tends to have the interrupts.
            cores = {max(every_core)} if placement == ONE_CORE else every_core
            server.move(cores)
            os.sched_setaffinity(0, cores)
            progress(f"round {number + 1} of {options.rounds}, {placement}")
            one_round(options, server, turn, workloads, rounds[placement])
    return rounds


def one_round(options, server, turn, workloads, samples):
    """Has fresh processes, so that the luck of one memory layout is averaged like other noise."""
    for target in turn:
        target.start()
        # Not counted: the first statements fill caches on all sides.
        measure.pgbench("simple", 1).sample(server, target, 1)
    statements = 0
    for workload in workloads:
        for target in turn:
            sample = workload.sample(server, target, options.seconds)
            samples[workload.name][target.name].append(sample)
            cpu = f", {sample['cpu_us']:.2f} µs CPU" if "cpu_us" in sample else ""
            progress(f"  {workload.name:22} {target.name:10} {sample['rate']:9.0f}/s{cpu}")
            if target.name == report.PGMOAT and workload.unit != "MB":
                statements += sample["units"]
    for target in turn:
        target.stop()
        if target.name == report.PGMOAT and (lines := target.audited_lines()) < statements:
            raise servers.Unavailable(f"pgmoat ran {statements} statements and audited {lines}: "
                                      "its numbers are not those of a full audit")


def idle(options, server, proxies):
    """Needs a server with room for the sessions; each proxy starts fresh."""
    server.stop()
    server.start(max_connections=options.idle_sessions + 50, shared_buffers="128MB")
    results = {}
    for proxy in proxies:
        progress(f"{options.idle_sessions} idle sessions through {proxy.name}")
        proxy.start()
        results[proxy.name] = measure.idle_sessions(proxy, options.idle_sessions, progress)
        proxy.stop()
    return results


def judge(options):
    """Nanoseconds of CPU by benchmark name, from the Google Benchmark of this build."""
    program = os.path.join(options.build_dir, "bench", "pgmoat_bench_judge")
    if not os.path.exists(program):
        progress(f"{program} is not built: judging is not measured")
        return {}
    progress("judging")
    command = [program, "--benchmark_format=json", "--benchmark_filter=^(facts|decision)",
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
