"""What more of something does: event loops, and idle sessions beside busy ones.
"""

import contextlib
import time

import measure
import names
import servers

WORKERS = (1, 2)
CLIENTS = (8, 32)
BUSY = ("simple", 8)
WARM = 10  # sessions before memory is counted: the first ones fill pools


def workers(options, server, make, progress):
    """{workload: {target: {number of event loops: samples}}}, in turns within each round.

    Where client and server have no core of their own, two event loops cannot be twice one:
    they must not be worse."""
    chosen = [name for name in (names.PGMOAT, names.HAPROXY) if name in options.targets]
    pairs = [(name, number, make(name, threads=number)) for name in chosen for number in WORKERS]
    workloads = [measure.pgbench("simple", clients) for clients in CLIENTS]
    samples = {workload.name: {name: {str(number): [] for number in WORKERS} for name in chosen}
               for workload in workloads}
    with contextlib.ExitStack() as cleanup:
        for _, _, target in pairs:
            cleanup.callback(target.stop)
        for number in range(options.rounds):
            progress(f"event loops, round {number + 1} of {options.rounds}")
            turn = measure.in_turn(pairs, number)
            for _, _, target in turn:
                target.start()
                measure.pgbench(*BUSY).sample(server, target, 1)
            for workload in workloads:
                for name, loops, target in turn:
                    sample = workload.sample(server, target, options.seconds)
                    samples[workload.name][name][str(loops)].append(sample)
                    progress(f"  {workload.name:22} {name:10} {loops} {sample['rate']:9.0f}/s")
            for _, _, target in turn:
                target.stop()
    return samples


def idle(options, server, proxies, make, progress):
    """{target: what `count` idle sessions cost}; for pgmoat and HAProxy also "beside" and
    "alone", rates of 8 busy clients.

    The ones beside go through the process that holds the idle sessions, the ones alone through
    a second process of the same kind that holds none.  The server has the idle sessions in both
    cases: what they cost it is no proxy's doing."""
    server.stop()
    server.start(max_connections=options.idle_sessions + 100, shared_buffers="128MB")
    results = {}
    for proxy in proxies:
        progress(f"{options.idle_sessions} idle sessions through {proxy.name}")
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(proxy.stop)
            proxy.start()
            results[proxy.name] = result = _hold(proxy, options.idle_sessions, cleanup, progress)
            if proxy.name in (names.PGMOAT, names.HAPROXY):
                twin = make(proxy.name)
                cleanup.callback(twin.stop)
                twin.start()
                result.update(_busy(options, server, proxy, twin, progress))
        server.await_no_sessions()
    return results


def _hold(target, count, cleanup, progress):
    """Opens the sessions, each of which runs one statement, until `cleanup`.  Memory is the growth
    of RSS and PSS between the first 10 and all.  Stops early when the server's own processes have
    nearly filled the machine, and says over how many it measured."""
    def open_until(wanted, opened):
        while opened < wanted:
            if opened % 100 == 0 and _available_bytes() < 2 << 30:
                progress(f"memory is short: {opened} sessions instead of {wanted}")
                break
            session = target.session()
            cleanup.callback(session.close)
            session.query("SELECT 1")
            opened += 1
        return opened

    opened = open_until(WARM, 0)
    time.sleep(0.5)
    rss_before, pss_before = target.process.memory_bytes()
    opened = open_until(count, opened)
    time.sleep(1.0)
    cpu_before, began = target.process.cpu_seconds(), time.monotonic()
    time.sleep(5.0)
    cpu_share = (target.process.cpu_seconds() - cpu_before) / (time.monotonic() - began)
    rss, pss = target.process.memory_bytes()
    more = opened - WARM
    return {"sessions": opened, "rss_kib": (rss - rss_before) / more / 1024,
            "pss_kib": (pss - pss_before) / more / 1024, "cpu_share": cpu_share}


def _busy(options, server, holder, twin, progress):
    workload = measure.pgbench(*BUSY)
    for target in (holder, twin):
        workload.sample(server, target, 1)
    samples = {"beside": [], "alone": []}
    for number in range(options.rounds):
        turn = [("beside", holder), ("alone", twin)]
        for where, target in turn[::-1] if number % 2 else turn:
            samples[where].append(workload.sample(server, target, options.seconds))
            progress(f"  {where:7} {holder.name:10} {samples[where][-1]['rate']:9.0f}/s")
    return samples


def _available_bytes():
    with open("/proc/meminfo") as file:
        for line in file:
            if line.startswith("MemAvailable"):
                return int(line.split()[1]) * 1024
    raise servers.Unavailable("/proc/meminfo has no MemAvailable")
