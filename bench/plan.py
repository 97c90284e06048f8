"""Which combinations are measured.  All of them would take hours and say little: what is left
out, and why, stands here.

- Latency is of one client.  A pool has nothing to share with one client; what it costs to record
  is seen at 8.
- Prepared statements do not work through PgBouncer 1.18 in transaction mode (1.21 has them).
- Updates, which the server is busy with, only at 8 clients and by the simple protocol.
- TLS at 8 clients, in bulk and at connection set-up.
- 200 clients show whether CPU per transaction grows with their number: two protocols say it.
- COPY is one statement: to judge it, or to record it, is nothing beside its bytes.
- What a profile gains (bench/optimise.sh, where it was run) shows at 8 clients, in bulk and at set-up.
- Free placement is believed for throughput only, and is for the plaintext targets that have rows.
"""

import measure
from names import (DIRECT, FREE, HAPROXY, MODES, ONE_CORE, PGBOUNCER, PGBOUNCER_TRANSACTION, PGMOAT,
                   PGMOAT_OPTIMISED, PGMOAT_POLICY, PLAIN, RELAY, TLS)


class Item:
    """A workload, what it is run against, and where."""

    def __init__(self, workload, targets, placements=(ONE_CORE,)):
        self.workload = workload
        self.targets = targets
        self.placements = placements

    def chosen(self, placement):
        """Names of the targets that take part there."""
        if placement not in self.placements:
            return ()
        if placement == ONE_CORE:
            return self.targets
        return without(self.targets, PGBOUNCER_TRANSACTION, PGMOAT_OPTIMISED, PGMOAT_POLICY, *TLS)

    def in_placement(self, placement, targets):
        return [target for target in targets if target.name in self.chosen(placement)]


def without(targets, *others):
    return tuple(name for name in targets if name not in others)


def items(options):
    both = (ONE_CORE, FREE)
    found, late = [], []
    for clients in options.clients:
        for mode in MODES:
            if clients >= 100 and mode == "extended":
                continue
            chosen = without(PLAIN, PGBOUNCER_TRANSACTION) if clients == 1 or mode == "prepared" else PLAIN
            if clients != 8:
                chosen = without(chosen, PGMOAT_OPTIMISED)
            if clients == 1:
                chosen = without(chosen, PGMOAT_POLICY)
            if clients == 8:
                chosen += TLS
            item = Item(measure.pgbench(mode, clients), chosen, both if clients == 8 else (ONE_CORE,))
            (late if clients >= 100 else found).append(item)
    bulk = (DIRECT, RELAY, PGBOUNCER, HAPROXY, PGMOAT, PGMOAT_OPTIMISED) + TLS
    found += [Item(measure.copy_out(), bulk, both), Item(measure.connect(), bulk)]
    if not options.short:
        found.append(Item(measure.updates(), PLAIN))
    # Last, as PgBouncer keeps the server connections of many clients for a while.
    found += late
    return [item for item in found if options.only in item.workload.name]
