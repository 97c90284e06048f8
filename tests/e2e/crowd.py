"""Thousands of raw connections on one selector, each as far as it gets."""
import collections
import selectors
import socket
import struct
import time

from wire import fields, query, startup, terminate, values


class Member:
    def __init__(self, port, first):
        self.state = "connecting"  # then ready, asked, gone, closed, reset, or an SQLSTATE
        self.buffer = bytearray()
        self.first = first
        self.said = ""
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", port))

    def take(self):
        """Whole messages that have come."""
        while len(self.buffer) >= 5:
            length = struct.unpack_from("!i", self.buffer, 1)[0] + 1
            if len(self.buffer) < length:
                return
            message = bytes(self.buffer[:length])
            del self.buffer[:length]
            yield chr(message[0]), message[5:]


class Crowd:
    def __init__(self, port, user="app_super"):
        self.port = port
        self.user = user
        self.members = []
        self.selector = selectors.DefaultSelector()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for member in self.members:
            member.socket.close()
        self.selector.close()

    def states(self) -> dict:
        return dict(collections.Counter(m.state for m in self.members))

    def said(self) -> dict:
        """What those who were refused were told."""
        return dict(collections.Counter(m.said for m in self.members if m.said))

    def log_in(self, count, stay=True, seconds=240):
        """All at once.  Returns when each is ready, refused or closed."""
        new = [Member(self.port, startup(self.user)) for _ in range(count)]
        self.members += new
        for member in new:
            self.selector.register(member.socket, selectors.EVENT_WRITE, member)

        def on_message(member, kind, body):
            if kind == "E":
                member.state, member.said = fields(body).get("C"), fields(body).get("M")
            elif kind == "Z" and stay:
                member.state = "ready"
            elif kind == "Z":
                member.socket.sendall(terminate())
                member.state = "gone"
            return kind in "EZ"
        self.run(new, on_message, seconds)

    def ask(self, count, rounds, seconds=240) -> int:
        """`count` members ask `rounds` times; the number of right answers."""
        asking = [m for m in self.members if m.state == "ready"][:count]
        right = 0
        left = {}

        def send(member):
            member.number = asking.index(member) * rounds + left[member]
            member.socket.sendall(query(f"SELECT {member.number}"))
        for member in asking:
            left[member] = rounds - 1
            self.selector.register(member.socket, selectors.EVENT_READ, member)
            member.state = "asked"
            send(member)

        def on_message(member, kind, body):
            nonlocal right
            if kind == "E":
                member.state = fields(body).get("C")
                return True
            if kind == "D":
                right += values(body) == [str(member.number).encode()]
            if kind == "Z":
                if left[member] == 0:
                    member.state = "ready"
                    return True
                left[member] -= 1
                send(member)
            return False
        self.run(asking, on_message, seconds)
        return right

    def leave(self):
        for member in self.members:
            if member.state == "ready":
                member.socket.sendall(terminate())
                member.state = "gone"

    def run(self, waiting, on_message, seconds):
        """Until on_message(member, type, body) was true once for each, or its connection ended."""
        deadline = time.monotonic() + seconds
        left = len(waiting)

        def finish(member, state=None):
            nonlocal left
            left -= 1
            member.state = state or member.state
            self.selector.unregister(member.socket)
        while left:
            assert time.monotonic() < deadline, f"{left} hang, the others are {self.states()}"
            for key, events in self.selector.select(1):
                member = key.data
                try:
                    if events & selectors.EVENT_WRITE:
                        member.socket.sendall(member.first)
                        self.selector.modify(member.socket, selectors.EVENT_READ, member)
                        continue
                    got = member.socket.recv(65536)
                except OSError:
                    finish(member, "reset")
                    continue
                if not got:
                    finish(member, "closed")
                    continue
                member.buffer += got
                for kind, body in member.take():
                    if on_message(member, kind, body):
                        finish(member)
                        break
