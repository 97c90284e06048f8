"""The bare relay on epoll and on io_uring, side by side: is the event loop worth changing?

    /usr/bin/python3 bench/event_loops.py [--rounds 3] [--seconds 2]

One core; prints CPU and system calls per transaction of `pgbench -S`.  Needs the targets
pgmoat_relay and pgmoat_uring_relay (built where liburing-dev is), and strace.
"""

import argparse
import contextlib
import os
import re
import statistics
import subprocess

import measure
import servers
import targets


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    parser.add_argument("--build-dir", default="build/release")
    options = parser.parse_args()
    with contextlib.ExitStack() as ends:
        place = servers.Place()
        ends.callback(place.remove)
        server = servers.Postgres(place, servers.postgres_bin_directory())
        ends.callback(server.stop)
        relays = {name: targets.Relay(place, server, os.path.join(options.build_dir, "bench", program))
                  for name, program in (("epoll", "pgmoat_relay"), ("io_uring", "pgmoat_uring_relay"))}
        for relay in relays.values():
            ends.callback(relay.stop)
        server.create(10, copy_rows=1000)
        core = {max(os.sched_getaffinity(0))}
        server.move(core)
        os.sched_setaffinity(0, core)
        print("| | CPU µs per transaction | / epoll | transactions/s / epoll | system calls per transaction |")
        print("|---|---|---|---|---|")
        for clients in (1, 8):
            table(server, relays, clients, options)


def table(server, relays, clients, options):
    workload = measure.pgbench("simple", clients)
    samples = {name: [] for name in relays}
    for _ in range(options.rounds):
        for name, relay in relays.items():
            relay.start()
            samples[name].append(workload.sample(server, relay, options.seconds))
            relay.stop()
    for name, relay in relays.items():
        def over_epoll(field, name=name):
            return statistics.median(ours[field] / theirs[field]
                                     for ours, theirs in zip(samples[name], samples["epoll"]))

        cpu = [sample["cpu_us"] for sample in samples[name]]
        print(f"| {name}, {clients} client{'s'[:clients != 1]} "
              f"| {statistics.median(cpu):.2f} [{min(cpu):.2f} – {max(cpu):.2f}] | {over_epoll('cpu_us'):.2f} "
              f"| {over_epoll('rate'):.2f} | {system_calls(server, relay, workload, options):.2f} |", flush=True)


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
