"""Full load with a sink that stalls, fails and comes back.  20 s here, 10 minutes with
PGMOAT_TEST_LARGE=1, or PGMOAT_TEST_SOAK_SECONDS."""
import json
import os

from audit_ground import LARGE, MIB, audit_verb, drained, rotated, with_trail
from audit_soak import Soak, count_file, new_receiver
from servers import SANITIZED

SECONDS = int(os.environ.get("PGMOAT_TEST_SOAK_SECONDS", 600 if LARGE else 20))


def test_soak(start_pgmoat, plain_server):
    counter, receiver = new_receiver()
    with receiver:
        moat = with_trail(start_pgmoat, {"file": None, "max_spool_size": "4GiB", "sinks": [
            {"name": "far", "stream": {"address": receiver.address}},
            {"name": "trail", "file": {"path": "soak.jsonl", "rotate_size": "64MiB", "compression": "zstd"}}]},
            upstream_port=plain_server.port, roles={"app": {"audit": {"mode": "required"}}})
        soak = Soak(moat, plain_server, counter, receiver, SECONDS).run()
        assert all(soak.phases.values()), soak.phases
        begun = soak.begun()
        assert begun >= soak.transactions > 100 * SECONDS
        soak.drained(begun)
        assert counter.statements == begun and not counter.holes, counter.holes[:5]
        drained(moat)
        print(json.dumps({"seconds": SECONDS, "statements": begun, "came again": counter.again,
                          "most memory": max(rss for _, rss in soak.memory), "growth": soak.growth()}))
        if not SANITIZED:
            assert soak.growth() < 16 * MIB, soak.memory[::max(1, len(soak.memory) // 40)]
        moat.stop()
    files = rotated(moat.directory / "soak.jsonl")
    counted = count_file(files)
    assert counted.statements == begun and not counted.holes and not counted.again
    done = audit_verb("verify", *files, seconds=600)
    assert done.returncode == 0, done.stdout + done.stderr
