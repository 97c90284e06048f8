"""What is compared, by name: shared by what measures and what reports."""

DIRECT, RELAY, PGBOUNCER, HAPROXY, PGMOAT = "direct", "relay", "pgbouncer", "haproxy", "pgmoat"
PGBOUNCER_TRANSACTION = "pgbouncer-transaction"
PGMOAT_POLICY = "pgmoat-policy"  # judges as `pgmoat` does, records nothing
PGMOAT_OPTIMISED = "pgmoat-optimised"  # does what `pgmoat` does, as bench/optimise.sh builds it

# TLS from the client to the proxy; plaintext from there to the server, as above.
PGBOUNCER_TLS, HAPROXY_TLS, PGMOAT_TLS = "pgbouncer-tls", "haproxy-tls", "pgmoat-tls"

PLAIN = (DIRECT, RELAY, PGBOUNCER, PGBOUNCER_TRANSACTION, HAPROXY, PGMOAT, PGMOAT_POLICY, PGMOAT_OPTIMISED)
TLS = (PGBOUNCER_TLS, HAPROXY_TLS, PGMOAT_TLS)
TARGETS = PLAIN + TLS

TITLES = {
    DIRECT: "direct", RELAY: "bare relay", PGBOUNCER: "PgBouncer", HAPROXY: "HAProxy", PGMOAT: "pgmoat",
    PGBOUNCER_TRANSACTION: "PgBouncer, transaction mode", PGMOAT_POLICY: "pgmoat, no audit",
    PGMOAT_OPTIMISED: "pgmoat, optimised",
    PGBOUNCER_TLS: "PgBouncer, TLS", HAPROXY_TLS: "HAProxy, TLS", PGMOAT_TLS: "pgmoat, TLS",
}

MODES = ("simple", "extended", "prepared")
COPY, SET_UP, UPDATES = "COPY TO STDOUT", "connection set-up", "simple update, 8 clients"


def pgbench(mode, clients):
    return f"{mode}, {clients} client{'s'[:clients != 1]}"


# Where client, proxy and server may run.  Left to the scheduler, a wake-up on a small
# virtual machine is cheap or dear by an order of magnitude, depending on whether the other
# core had gone to sleep, and CPU per transaction spreads by half.  All on one core, it
# repeats within two percent, and differences of some microseconds can be seen.
ONE_CORE, FREE = PLACEMENTS = ("one core", "free placement")
