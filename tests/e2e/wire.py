"""The PostgreSQL frontend/backend protocol, as far as tests need it.

Frontend messages are built by the functions below and sent as they are, so that a test
can also send what no driver would.  What comes back is read as trace lines, one per
message, so that a failure shows a dialogue:

    >>> wire.ask(parse("", "SELECT 1"), bind(), execute(), sync())
    ['ParseComplete', 'BindComplete', 'DataRow 1', 'CommandComplete SELECT 1', 'ReadyForQuery I']
"""
import base64
import hashlib
import hmac
import os
import socket
import struct
import threading

PROTOCOL_3_0 = 3 << 16
SSL_REQUEST, GSSENC_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102


# --- frontend messages ---------------------------------------------------------------

def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def text(value) -> bytes:
    return (value if isinstance(value, bytes) else value.encode()) + b"\0"


def startup(user, database="shop", version=PROTOCOL_3_0, **parameters) -> bytes:
    pairs = {"user": user, "database": database, **parameters}
    body = struct.pack("!i", version)
    body += b"".join(text(k) + text(v) for k, v in pairs.items() if v is not None) + b"\0"
    return struct.pack("!i", len(body) + 4) + body


def request(code: int, extra: bytes = b"") -> bytes:
    return struct.pack("!ii", 8 + len(extra), code) + extra


def query(sql) -> bytes:
    return message(b"Q", text(sql))


def parse(name="", sql="", oids=()) -> bytes:
    return message(b"P", text(name) + text(sql) + struct.pack(f"!h{len(oids)}I", len(oids), *oids))


def bind(portal="", statement="", parameters=()) -> bytes:
    body = text(portal) + text(statement) + struct.pack("!hh", 0, len(parameters))
    for value in parameters:
        if value is None:
            body += struct.pack("!i", -1)
        else:
            value = value if isinstance(value, bytes) else str(value).encode()
            body += struct.pack("!i", len(value)) + value
    return message(b"B", body + struct.pack("!h", 0))


def describe(kind="P", name="") -> bytes:
    return message(b"D", kind.encode() + text(name))


def execute(portal="", rows=0) -> bytes:
    return message(b"E", text(portal) + struct.pack("!i", rows))


def close(kind="S", name="") -> bytes:
    return message(b"C", kind.encode() + text(name))


def sync() -> bytes:
    return message(b"S")


def flush() -> bytes:
    return message(b"H")


def terminate() -> bytes:
    return message(b"X")


def copy_data(data: bytes) -> bytes:
    return message(b"d", data)


def copy_done() -> bytes:
    return message(b"c")


def copy_fail(reason="changed my mind") -> bytes:
    return message(b"f", text(reason))


def function_call(oid: int, *arguments: bytes) -> bytes:
    body = struct.pack("!Ihhh", oid, 1, 1, len(arguments))  # binary arguments
    body += b"".join(struct.pack("!i", len(a)) + a for a in arguments)
    return message(b"F", body + struct.pack("!h", 1))       # binary result


def one_shot(sql, parameters=(), rows=0) -> bytes:
    """Parse, Bind, Describe, Execute without Sync."""
    return parse("", sql) + bind("", "", parameters) + describe() + execute("", rows)


# --- backend messages ----------------------------------------------------------------

NAMES = {
    "R": "Authentication", "S": "ParameterStatus", "K": "BackendKeyData", "Z": "ReadyForQuery",
    "E": "ErrorResponse", "N": "NoticeResponse", "A": "NotificationResponse", "T": "RowDescription",
    "D": "DataRow", "C": "CommandComplete", "I": "EmptyQueryResponse", "1": "ParseComplete",
    "2": "BindComplete", "3": "CloseComplete", "n": "NoData", "s": "PortalSuspended",
    "t": "ParameterDescription", "G": "CopyInResponse", "H": "CopyOutResponse", "d": "CopyData",
    "c": "CopyDone", "V": "FunctionCallResponse", "v": "NegotiateProtocolVersion",
}


def fields(body: bytes) -> dict:
    """Fields of an ErrorResponse or NoticeResponse by their letters."""
    return {part[:1].decode(): part[1:].decode() for part in body.rstrip(b"\0").split(b"\0") if part}


def values(body: bytes) -> list:
    """Columns of a DataRow."""
    (count,), at, row = struct.unpack_from("!h", body), 2, []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        row.append(None if length < 0 else body[at:at + length])
        at += max(length, 0)
    return row


def line(kind: str, body: bytes) -> str:
    """One message as one line.  Errors without their text, so that lines compare."""
    name = NAMES.get(kind, f"?{kind}")
    if kind in "EN":
        found = fields(body)
        return f"{name} {found.get('S')} {found.get('C')}"
    if kind == "D":
        shown = ["NULL" if v is None else v.decode(errors="replace") for v in values(body)]
        return f"{name} {' | '.join(v if len(v) <= 60 else f'({len(v)} characters)' for v in shown)}"
    if kind == "T":
        names, at = [], 2
        for _ in range(struct.unpack_from("!h", body)[0]):
            end = body.index(b"\0", at)
            names.append(body[at:end].decode())
            at = end + 19
        return f"{name} {' | '.join(names)}"
    if kind in "CS":
        return f"{name} {' '.join(body.rstrip(bytes(1)).decode().split(chr(0)))}"
    if kind == "Z":
        return f"{name} {body.decode()}"
    if kind == "d":
        return f"{name} ({len(body)} bytes)"
    if kind == "A":
        return f"{name} {' '.join(body[4:].rstrip(bytes(1)).decode().split(chr(0)))}"
    if kind == "R":
        return f"{name} {struct.unpack_from('!i', body)[0]}"
    return name


class Closed(Exception):
    """The peer closed the connection."""


class Refused(Exception):
    """An ErrorResponse before the first ReadyForQuery; `fields` has it."""

    def __init__(self, found):
        super().__init__(f"{found.get('C')} {found.get('M')}")
        self.fields = found


class Wire:
    """One connection.  `errors` has the fields of every ErrorResponse seen."""

    def __init__(self, port, host="127.0.0.1", timeout=30, sock=None):
        self.socket = sock or socket.create_connection((host, port), timeout=timeout)
        self.socket.settimeout(timeout)
        if self.socket.family != socket.AF_UNIX:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.errors = []
        self.notices = []
        self.key = None
        self.parameters = {}
        self.status = None  # of the last ReadyForQuery
        self.writing = None  # the thread that sends something large

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *messages):
        data = b"".join(messages)
        if self.writing:  # what came before goes before
            self.writing.join()
        if len(data) < 60_000:
            self.socket.sendall(data)
            return
        # Large: written aside, for the peer may answer before it has read all of it.
        def write():
            try:
                self.socket.sendall(data)
            except OSError:
                pass  # what was answered tells more
        self.writing = threading.Thread(target=write, daemon=True)
        self.writing.start()

    def exactly(self, size) -> bytes:
        while len(self.buffer) < size:
            try:
                got = self.socket.recv(1 << 18)
            except ConnectionError as e:
                raise Closed(str(e)) from e
            if not got:
                raise Closed(f"{len(self.buffer)} bytes of an unfinished message")
            self.buffer += got
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    def read(self):
        """The next message: (type, body)."""
        kind, length = struct.unpack("!ci", self.exactly(5))
        kind, body = kind.decode("latin-1"), self.exactly(length - 4)
        if kind == "E":
            self.errors.append(fields(body))
        elif kind == "N":
            self.notices.append(fields(body))
        elif kind == "Z":
            self.status = body.decode()
        elif kind == "S":
            name, value = body.rstrip(b"\0").split(b"\0", 1) if body[-2:-1] != b"\0" else (body[:-2], b"")
            self.parameters[name.decode()] = value.decode()
        return kind, body

    def read_until(self, *kinds) -> list:
        """Trace lines up to and with the first message of one of `kinds`."""
        lines = []
        while True:
            kind, body = self.read()
            lines.append(line(kind, body))
            if kind in kinds:
                return lines

    def read_to_end(self) -> list:
        """Trace lines until the peer closes."""
        lines = []
        try:
            while True:
                lines.append(line(*self.read()))
        except Closed:
            return lines

    def ask(self, *messages, readies=1) -> list:
        """Sends, then reads until that many ReadyForQuery came."""
        self.send(*messages)
        lines = []
        for _ in range(readies):
            lines += self.read_until("Z")
        return lines

    def rows(self, sql) -> list:
        """Rows of one simple query, as tuples of text."""
        self.send(query(sql))
        rows = []
        while True:
            kind, body = self.read()
            if kind == "D":
                rows.append(tuple(None if v is None else v.decode() for v in values(body)))
            elif kind == "E":
                self.read_until("Z")
                raise Refused(self.errors[-1])
            elif kind == "Z":
                return rows

    # --- login ---

    def login(self, user, password=None, database="shop", **parameters):
        self.send(startup(user, database, **parameters))
        scram = None
        while True:
            kind, body = self.read()
            if kind == "E":
                raise Refused(self.errors[-1])
            if kind == "K":
                self.key = body
            elif kind == "Z":
                return self
            elif kind == "R":
                (code,) = struct.unpack_from("!i", body)
                if code == 3:
                    self.send(message(b"p", text(password)))
                elif code == 5:
                    inner = hashlib.md5((password + user).encode()).hexdigest()
                    self.send(message(b"p", text("md5" + hashlib.md5(inner.encode() + body[4:]).hexdigest())))
                elif code == 10:
                    self.mechanisms = body[4:].rstrip(b"\0").decode().split("\0")
                    scram = Scram(password)
                    first = scram.first()
                    self.send(message(b"p", text("SCRAM-SHA-256") + struct.pack("!i", len(first)) + first))
                elif code == 11:
                    self.send(message(b"p", scram.final(body[4:])))


class Scram:
    """The client's half of SCRAM-SHA-256 (RFC 7677), without channel binding."""

    def __init__(self, password):
        self.password = password.encode()
        self.bare = b"n=,r=" + base64.b64encode(os.urandom(18))

    def first(self) -> bytes:
        return b"n,," + self.bare

    def final(self, server_first: bytes) -> bytes:
        attributes = dict(p.split(b"=", 1) for p in server_first.split(b","))
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(attributes[b"s"]),
                                     int(attributes[b"i"]))
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        without_proof = b"c=biws,r=" + attributes[b"r"]
        signature = hmac.digest(hashlib.sha256(client_key).digest(),
                                b",".join([self.bare, server_first, without_proof]), "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        return without_proof + b",p=" + base64.b64encode(proof)
