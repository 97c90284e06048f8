#!/usr/bin/env python3
"""Runs what a proxy does all day through a pgmoat that counts (PGMOAT_PROFILE=generate), and
leaves its counts where the compiler looks for them; bench/optimise.sh calls it.

Nothing is measured here: an instrumented program is slow.
"""

import argparse
import contextlib
import glob
import os
import shutil

import compare
import measure
import names
import servers
import targets


def workloads():
    found = [measure.pgbench(mode, 8) for mode in names.MODES]
    return found + [measure.updates(), measure.copy_out(), measure.connect()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build-dir", required=True)
    parser.add_argument("--seconds", type=int, default=4, help="of each kind of work")
    options = parser.parse_args()
    with contextlib.ExitStack() as cleanup:
        place, server = servers.throwaway(cleanup)
        # The program runs as somebody who may not write to the build directory.
        counts = place.scratch("counts")
        place.environment["GCOV_PREFIX"] = counts
        server.create(10, copy_rows=10000)
        moats = [targets.Pgmoat(place, server, os.path.join(options.build_dir, "pgmoat"), 20, 1, name)
                 for name in (names.PGMOAT, names.PGMOAT_TLS)]
        for moat in moats:
            cleanup.callback(moat.stop)
            moat.start()
            for workload in workloads():
                compare.progress(f"{moat.name}: {workload.name}")
                workload.sample(server, moat, options.seconds)
            moat.stop()  # which writes the counts
        collect(counts, os.path.abspath(os.path.join(options.build_dir, "profile")))


def collect(counts, profile):
    """Within `counts` they have the whole path that the compiler gave them."""
    found = glob.glob(counts + profile + "/*.gcda")
    if not found:
        raise servers.Unavailable(f"pgmoat counted nothing: is it built with PGMOAT_PROFILE=generate? ({counts})")
    shutil.rmtree(profile, ignore_errors=True)
    os.makedirs(profile)
    for path in found:
        shutil.move(path, profile)
    compare.progress(f"{len(found)} files of counts in {profile}")


if __name__ == "__main__":
    main()
