"""The bare relay on epoll and on io_uring, side by side: is the event loop worth changing?

    /usr/bin/python3 bench/event_loops.py [--rounds 3] [--seconds 2]

One core; prints CPU and system calls per transaction of `pgbench -S`.  Needs the targets
pgmoat_relay and pgmoat_uring_relay (built where liburing-dev is), and strace.
"""

import argparse
import contextlib
import os
import re
import subprocess

import compare
import measure
import names
import servers
import targets
from results import spread, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    parser.add_argument("--build-dir", default="build/release")
    options = parser.parse_args()
    with contextlib.ExitStack() as ends:
        place, server = servers.throwaway(ends)
        relays = {name: targets.Relay(place, server, os.path.join(options.build_dir, "bench", program))
                  for name, program in (("epoll", "pgmoat_relay"), ("io_uring", "pgmoat_uring_relay"))}
        for relay in relays.values():
            ends.callback(relay.stop)
        server.create(10, copy_rows=1000)
        compare.place_on(names.ONE_CORE, server)
        rows = [row for clients in (1, 8) for row in measured(server, relays, clients, options)]
        print(table(["", "CPU µs per transaction", "/ epoll", "transactions/s / epoll",
                     "system calls per transaction"], rows))


def measured(server, relays, clients, options):
    workload = measure.pgbench("simple", clients)
    samples = {name: [] for name in relays}
    for _ in range(options.rounds):
        for name, relay in relays.items():
            relay.start()
            samples[name].append(workload.sample(server, relay, options.seconds))
            relay.stop()
    for name, relay in relays.items():
        def over_epoll(field, name=name):
            return spread([ours[field] / theirs[field] for ours, theirs in zip(samples[name], samples["epoll"])], 2)

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
