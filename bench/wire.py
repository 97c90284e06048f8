"""A PostgreSQL client that is cheap enough not to be what is measured.

Knows the frontend/backend protocol as far as TLS, trust login, a simple query and the
bytes of a COPY TO STDOUT.  Trusts any certificate.  Blocking; one Session per socket; IPv4 loopback only.
PostgreSQL documentation, section "Message Formats".
"""

import functools
import socket
import ssl
import struct

NEGOTIATED, DIRECT = "negotiated", "direct"

READY = b"Z\x00\x00\x00\x05"  # followed by the transaction status


class ServerError(Exception):
    """An ErrorResponse.  `sqlstate` is empty when the connection ended without one."""

    def __init__(self, sqlstate, message):
        super().__init__(f"{sqlstate} {message}".strip())
        self.sqlstate = sqlstate


class Session:
    def __init__(self, port, user, database, tls=None, timeout=20.0):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        try:
            if tls is not None:
                self._begin_tls(tls)
            settings = b"".join(
                field.encode() + b"\0" for field in ("user", user, "database", database))
            body = struct.pack(">i", 0x30000) + settings + b"\0"
            self._socket.sendall(struct.pack(">i", len(body) + 4) + body)
            self._until_ready()
        except BaseException:
            self._socket.close()
            raise

    def query(self, text):
        """Runs `text` and drops its rows.  Raises ServerError on an ErrorResponse."""
        self._send_query(text)
        self._until_ready()

    def copy_out(self, text, buffer):
        """Runs a COPY TO STDOUT and drops what comes; returns how many bytes that was.

        The rows must not hold the bytes of a ReadyForQuery: the end is told by the last six
        bytes of what has arrived, so that no message is looked at."""
        self._send_query(text)
        total, tail, size = 0, b"", len(buffer)
        view = memoryview(buffer)
        while True:
            count = self._socket.recv_into(buffer, size)
            if count == 0:
                raise ServerError("", "the connection ended in the middle of a COPY")
            if total == 0 and buffer[0] == ord("E"):
                raise ServerError(*_error_fields(bytes(view[5:count])))
            total += count
            tail = (tail + bytes(view[max(0, count - 6):count]))[-6:]
            if tail[:5] == READY:
                return total

    def cipher(self):
        return f"{self._socket.version()} {self._socket.cipher()[0]}"

    def close(self):
        try:
            self._socket.sendall(b"X\x00\x00\x00\x04")
        except OSError:
            pass
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _begin_tls(self, how):
        if how == NEGOTIATED:
            self._socket.sendall(struct.pack(">ii", 8, 80877103))
            if (answer := self._socket.recv(1)) != b"S":
                raise ServerError("", f"SSLRequest was answered with {answer!r}")
        self._socket = _tls_context().wrap_socket(self._socket)

    def _send_query(self, text):
        body = text.encode() + b"\0"
        self._socket.sendall(b"Q" + struct.pack(">i", len(body) + 4) + body)

    def _until_ready(self):
        error = None
        while True:
            kind, body = self._message()
            if kind == b"E":
                error = ServerError(*_error_fields(body))
                # FATAL: nothing more will come but the end of the connection.
                if b"VFATAL\0" in body:
                    raise error
            elif kind == b"R":
                if struct.unpack(">i", body[:4])[0] != 0:
                    raise ServerError("", "the server asks for a password, trust was expected")
            elif kind == b"Z":
                if error is not None:
                    raise error
                return

    def _message(self):
        head = self._take(5)
        return head[:1], self._take(struct.unpack(">i", head[1:])[0] - 4)

    def _take(self, count):
        while len(self._unread) < count:
            more = self._socket.recv(65536)
            if not more:
                raise ServerError("", "the connection ended")
            self._unread += more
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken


@functools.cache
def _tls_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _error_fields(body):
    fields = {field[:1]: field[1:].decode("utf-8", "replace") for field in body.split(b"\0") if field}
    return fields.get(b"C", ""), fields.get(b"M", "")
