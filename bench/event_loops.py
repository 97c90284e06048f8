"""The bare relay on epoll, io_uring and Boost.Asio, side by side: is the event loop worth changing?

    /usr/bin/python3 bench/event_loops.py [--rounds 5] [--seconds 2] [--only 'Asio']

One core; prints CPU and system calls per transaction of `pgbench -S`.  Needs strace and the targets
pgmoat_relay and pgmoat_asio_relay; with liburing-dev also pgmoat_uring_relay and
pgmoat_asio_uring_relay.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys

import compare
import measure
import names
import servers
import targets
from results import spread, table

FLOOR = "epoll"  # relay.cc; the others are ratios to it
ASIO_WAYS = ("wait", "callbacks", "mixed", "coroutines")  # what they are: asio_relay.cc
LOOPS = {FLOOR: ["pgmoat_relay"],
         **{f"Asio, epoll, {way}": ["pgmoat_asio_relay", way] for way in ASIO_WAYS},
         "io_uring": ["pgmoat_uring_relay"],
         **{f"Asio, io_uring, {way}": ["pgmoat_asio_uring_relay", way] for way in ASIO_WAYS}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--only", default="", help="a regular expression: those rows, and epoll")
    parser.add_argument("--build-dir", default="build/release")
    options = parser.parse_args()
    with contextlib.ExitStack() as ends:
        place, server = servers.throwaway(ends)
        relays = {}
        for name, (program, *way) in LOOPS.items():
            if name != FLOOR and not re.search(options.only, name):
                continue
            path = os.path.join(options.build_dir, "bench", program)
            if "uring" in program and not os.path.exists(path):
                print(f"left out, as {path} is not built: {name}", file=sys.stderr)
                continue
            relays[name] = targets.Relay(place, server, path, *way)
            ends.callback(relays[name].stop)
        server.create(10, copy_rows=1000)
        compare.place_on(names.ONE_CORE, server)
        rows = [row for clients in options.clients for row in measured(server, relays, clients, options)]
        print(table(["", "CPU µs per transaction", "/ epoll", "transactions/s / epoll",
                     "system calls per transaction"], rows))


def measured(server, relays, clients, options):
    workload = measure.pgbench("simple", clients)
    samples = {name: [] for name in relays}
    for round_number in range(options.rounds):
        for name in measure.in_turn(list(relays), round_number):
            relays[name].start()
            samples[name].append(workload.sample(server, relays[name], options.seconds))
            relays[name].stop()
    for name, relay in relays.items():
        def over_epoll(field, name=name):
            return spread([ours[field] / theirs[field] for ours, theirs in zip(samples[name], samples[FLOOR])], 2)

        yield [f"{name}, {workload.name}", spread([sample["cpu_us"] for sample in samples[name]], 2),
               over_epoll("cpu_us"), over_epoll("rate"),
               f"{system_calls(server, relay, workload, options):.2f}"]


def system_calls(server, relay, workload, options):
    """In a run of its own: counting makes them dear."""
    relay.start()
    log = os.path.join(server.place.directory, "strace.log")
    strace = subprocess.Popen(["strace", "-c", "-f", "-p", str(relay.process.pid()), "-o", log],
                              stderr=subprocess.PIPE, text=True)
    strace.stderr.readline()  # "attached"
    units = workload.sample(server, relay, options.seconds)["units"]
    strace.terminate()
    strace.communicate()
    relay.stop()
    with open(log) as file:
        rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", file.read(), re.MULTILINE)
    return sum(int(count) for count, name in rows if name != "total") / units


if __name__ == "__main__":
    main()
