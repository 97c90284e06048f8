"""What the Python scripts share: how they tell, and the statements of the common things."""
import hashlib
import os
import time

ROLE = os.environ["DRIVER_ROLE"]
WRITES = ROLE != "readonly"
THROUGH_PGMOAT = os.environ["DRIVER_THROUGH"] == "pgmoat"
BIG_BYTES = 20 * 1024 * 1024
FOREVER = "SELECT pg_sleep(300)"
# It sleeps.  That it is active is not enough: a cancel between Parse and Execute is lost.
IS_RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE pid = {} AND wait_event = 'PgSleep'"
MANY_ROWS = "SELECT n, md5(n::text) FROM generate_series(1, 120000) AS n"
BIG_VALUE = f"SELECT repeat('0123456789abcdef', {BIG_BYTES // 16})"
# What app and readonly are refused: the SQLSTATEs that the tests expect are in this order.
REFUSED = (["DELETE FROM notes", "DROP TABLE notes"] if ROLE == "app" else
           ["DELETE FROM notes", "SELECT pg_notify('a', 'b')"])


def say(what, *values):
    print(f"{what}:", *values, flush=True)


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def refused(sqlstate, message, detail, hint):
    print(f"refused: {sqlstate} | {message} | {detail} | {hint}", flush=True)


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
