"""One measurement each: a run of pgbench, a COPY, a start.

A sample is a dict of numbers whose unit is in the name.  Comparing samples is
report.py's business.
"""

import contextlib
import glob
import os
import re
import resource
import statistics
import time

import names
import servers


def in_turn(things, number):
    """All of them in the order of round `number`: each round begins with another."""
    start = number % len(things) if things else 0
    return things[start:] + things[:start]


class Workload:
    """What is run against each target.  `unit` is what CPU is counted per; each has
    `statements`, at least.  With `few`, which does the same with as many sessions and only a few
    units, CPU is that of the difference: to connect 200 clients is not a part of a transaction."""

    def __init__(self, name, unit, run, statements=1, few=None):
        self.name = name
        self.unit = unit
        self.statements = statements
        self._run = run
        self._few = few

    def sample(self, server, target, seconds):
        few, few_cpu = {"units": 0}, 0.0
        if self._few is not None and target.process is not None:
            few, few_cpu = self._with_cpu(target, lambda: self._few(server, target))
        sample, cpu = self._with_cpu(target, lambda: self._run(server, target, seconds))
        if target.process is not None:
            if (units := sample["units"] - few["units"]) > 0:
                sample["cpu_us"] = (cpu - few_cpu) * 1e6 / units
            sample["cpu_share"] = cpu / sample["seconds"]
        return sample

    @staticmethod
    def _with_cpu(target, run):
        before = _settled_cpu(target)
        sample = run()
        # What the proxy still does for this run, such as writing its audit trail, counts.
        return sample, _settled_cpu(target) - before


def pgbench(mode, clients, percentiles=False):
    options = ["-S", "-M", mode, "-c", str(clients)]

    def run(server, target, seconds):
        # To pgbench 15 the time begins before it connects.
        connecting = (clients + 99) // 100 if clients > 8 else 0
        return _pgbench(server, target, ["-T", str(seconds + connecting), *options],
                        percentiles=percentiles or clients == 1)

    def few(server, target):
        return _pgbench(server, target, ["-t", "2", *options], percentiles=False)

    return Workload(names.pgbench(mode, clients), "transaction", run, few=few if clients > 8 else None)


def updates():
    """BEGIN, UPDATE, SELECT, INSERT, END."""
    def run(server, target, seconds):
        return _pgbench(server, target, ["-T", str(seconds), "-N", "-M", "simple", "-c", "8"], percentiles=False)

    return Workload(names.UPDATES, "transaction", run, statements=5)


def connect():
    def run(server, target, seconds):
        return _pgbench(server, target, ["-T", str(seconds), "-S", "-C", "-c", "1"], percentiles=False)

    return Workload(names.SET_UP, "connection", run)


def copy_out():
    buffer = bytearray(1 << 20)

    def run(_, target, seconds):
        with target.session() as session:
            began, received = time.monotonic(), 0
            while (elapsed := time.monotonic() - began) < seconds:
                received += session.copy_out("COPY copy_rows TO STDOUT", buffer)
        megabytes = received / 1e6
        return {"units": megabytes, "seconds": elapsed, "rate": megabytes / elapsed}

    return Workload(names.COPY, "MB", run, statements=0)


def _pgbench(server, target, options, percentiles):
    prefix = os.path.join(server.place.directory, "latency")
    log = ["-l", f"--log-prefix={prefix}"] if percentiles else []
    output = server.place.run([server.program("pgbench"), "-n", *options, *log,
                               "-h", "127.0.0.1", "-p", str(target.port), "-U", servers.USER,
                               servers.DATABASE], target.pgbench_environment())
    transactions = int(_field(r"transactions actually processed: (\d+)", output))
    if transactions == 0 or int(_field(r"failed transactions: (\d+)", output)) != 0:
        raise servers.Unavailable(f"pgbench through {target.name} failed:\n{output}")
    rate = float(_field(r"tps = ([\d.]+)", output))
    sample = {"units": transactions, "seconds": transactions / rate, "rate": rate,
              "latency_us": float(_field(r"latency average = ([\d.]+) ms", output)) * 1000}
    if percentiles:
        sample["p50_us"], sample["p99_us"] = _percentiles(prefix)
    return sample


def _field(pattern, output):
    found = re.search(pattern, output)
    if found is None:
        raise servers.Unavailable(f"pgbench prints no '{pattern}':\n{output}")
    return found.group(1)


def _percentiles(prefix):
    """p50 and p99 of pgbench's log, whose third column is the latency.  It is in whole
    microseconds, and the difference looked for is of three: so a quantile is interpolated
    within its microsecond."""
    counts, total = {}, 0
    for path in glob.glob(prefix + ".*"):
        with open(path) as file:
            for line in file:
                latency = int(line.split(" ", 3)[2])
                counts[latency] = counts.get(latency, 0) + 1
                total += 1
        os.remove(path)

    def quantile(share):
        below, wanted = 0, share * total
        for latency in sorted(counts):
            if below + counts[latency] >= wanted:
                return latency - 0.5 + (wanted - below) / counts[latency]
            below += counts[latency]
        raise servers.Unavailable("pgbench logged no transaction")

    return quantile(0.50), quantile(0.99)


def _settled_cpu(target):
    """CPU seconds of the target once it rests.  An audit trail is written behind the
    statements; neither this run nor the next one's neighbour may get it for free."""
    if target.process is None:
        return 0.0
    last = target.process.cpu_seconds()
    for _ in range(50):
        time.sleep(0.1)
        now = target.process.cpu_seconds()
        if now - last < 0.0005:
            return now
        last = now
    return last


def start_up(target, times):
    """Milliseconds from the start of the process until a login and a statement through it
    were served."""
    samples = []
    for _ in range(times):
        samples.append(target.start() * 1000)
        target.stop()
    return {"ms": statistics.median(samples), "samples_ms": samples}


def machine():
    """What a reader needs to place the numbers; neither a name nor an address."""
    def first(path, pattern, otherwise="unknown"):
        with contextlib.suppress(OSError), open(path) as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
            return found.group(1).strip('"') if found else otherwise
        return otherwise

    return {
        "cpu": first("/proc/cpuinfo", r"^model name\s*: (.*)"),
        "cores": os.cpu_count(),
        "virtual": first("/proc/cpuinfo", r"^flags.* (hypervisor)\b", "") != "",
        "memory_gib": round(int(first("/proc/meminfo", r"^MemTotal:\s*(\d+)", "0")) / 2**20),
        "kernel": os.uname().release,
        "system": first("/etc/os-release", r"^PRETTY_NAME=(.*)"),
    }


class Disturbance:
    """What share of the machine others took since this was made: other programs, and the
    host of a virtual machine.  Our own part is known once our children have ended."""

    def __init__(self):
        self._ticks, self._own = self._now()

    def shares(self):
        """(others, stolen), 0 to 1."""
        ticks, own = self._now()
        total, idle, stolen = (after - before for after, before in zip(ticks, self._ticks))
        own_ticks = (own - self._own) * os.sysconf("SC_CLK_TCK")
        return max(0.0, (total - idle - stolen - own_ticks) / total), stolen / total

    @staticmethod
    def _now():
        with open("/proc/stat") as file:
            ticks = [int(value) for value in file.readline().split()[1:9]]
        own = sum(usage.ru_utime + usage.ru_stime
                  for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
        return (sum(ticks), ticks[3] + ticks[4], ticks[7]), own
