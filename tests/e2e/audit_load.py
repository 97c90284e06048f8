"""Sessions that ask all sorts of things at once, each statement with a mark of its own, until
their connections break.  One thread; nothing is waited for but the next event."""
import random
import selectors
import socket
import struct
import time

from wire import bind, execute, one_shot, parse, query, startup, sync


class Client:
    def __init__(self, load):
        self.load = load
        self.ready = False     # logged in, and nothing is outstanding
        self.readies = 1       # ReadyForQuery messages to come
        self.marks = []        # of the batch that is outstanding
        self.prepared = False
        self.buffer = bytearray()
        self.unsent = startup(load.user)
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", load.port))

    def next_batch(self):
        marks, messages, self.readies = self.load.batch(self.prepared)
        self.prepared = True
        self.marks = marks
        self.unsent = messages


class Load:
    """`answered`: marks of statements whose ReadyForQuery came.  `errors`: SQLSTATEs that came."""

    def __init__(self, port, marks, user="app_super", seed=5):
        self.port, self.marks, self.user = port, marks, user
        self.random = random.Random(seed)
        self.answered, self.errors = set(), {}
        self.transactions = 0

    def batch(self, prepared):
        """([marks], bytes, how many ReadyForQuery will come)."""
        shape = self.random.choice(("simple", "several", "extended", "prepared", "pipeline", "queries", "write",
                                    "error"))
        first = b"" if prepared else parse("p", "SELECT $1::text") + sync()
        readies = 0 if prepared else 1
        count = {"several": 3, "pipeline": self.random.randrange(2, 30),
                 "queries": self.random.randrange(2, 20)}.get(shape, 1)
        marks = [self.marks.one() for _ in range(count)]
        if shape == "several":
            data = query("; ".join(f"SELECT '{mark}'" for mark in marks))
        elif shape == "pipeline":
            # An error in it now and then: the server skips what is behind.
            broken = self.random.randrange(count * 4)
            data = b"".join(self._extended(mark, i == broken) for i, mark in enumerate(marks)) + sync()
        elif shape == "queries":
            data = b"".join(query(f"SELECT '{mark}'") for mark in marks)
        elif shape == "prepared":
            data = bind("", "p", marks) + execute() + sync()
        elif shape == "extended":
            data = one_shot("SELECT $1::text", marks) + sync()
        elif shape == "write":
            data = query(f"INSERT INTO marks VALUES ('{marks[0]}')")
        elif shape == "error":
            data = query(f"SELECT 1/0 /* {marks[0]} */")
        else:
            data = query(f"SELECT '{marks[0]}'")
        return marks, first + data, readies + (count if shape == "queries" else 1)

    def _extended(self, mark, broken):
        if broken:
            return one_shot(f"SELECT 1/0 /* {mark} */")
        if self.random.random() < 0.5:
            return bind("", "p", [mark]) + execute()
        return one_shot(f"SELECT '{mark}'")

    def run(self, clients, seconds=None, deadline=60):
        """With so many new sessions until each has broken; or, with `seconds`, for that long, and to
        the last answer."""
        selector = selectors.DefaultSelector()
        began = time.monotonic()
        for _ in range(clients):
            client = Client(self)
            selector.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)

        def over():
            return seconds is not None and time.monotonic() - began > seconds
        while selector.get_map():
            assert time.monotonic() - began < (seconds or 0) + deadline, "sessions hang"
            for key, events in selector.select(0.5):
                client = key.data
                alive = self._serve(client, events)
                if alive and client.ready and not client.unsent:
                    if over():
                        alive = False
                    else:
                        client.ready = False
                        client.next_batch()
                        alive = self._serve(client, selectors.EVENT_WRITE)
                if not alive:
                    selector.unregister(client.socket)
                    client.socket.close()
                    continue
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.unsent else 0)
                if key.events != wanted:
                    selector.modify(client.socket, wanted, client)
        selector.close()

    def _serve(self, client, events) -> bool:
        try:
            if events & selectors.EVENT_WRITE and client.unsent:
                client.unsent = client.unsent[client.socket.send(client.unsent):]
            if events & selectors.EVENT_READ:
                got = client.socket.recv(1 << 16)
                if not got:
                    return False
                client.buffer += got
                self._take(client)
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def _take(self, client):
        buffer, at = client.buffer, 0
        while len(buffer) - at >= 5:
            length = struct.unpack_from("!i", buffer, at + 1)[0] + 1
            if len(buffer) - at < length:
                break
            kind = buffer[at]
            if kind == ord("Z"):
                client.readies -= 1
            elif kind == ord("E"):
                state = next((f[1:].decode() for f in bytes(buffer[at + 5:at + length]).split(b"\0")
                              if f[:1] == b"C"), "?")
                self.errors[state] = self.errors.get(state, 0) + 1
            at += length
        del buffer[:at]
        if client.readies == 0 and not client.ready:
            client.ready = True
            self.answered.update(client.marks)
            self.transactions += 1
            client.marks = []
