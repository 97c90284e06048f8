"""Places that sinks deliver to, and that can fail at will."""
import contextlib
import gzip
import http.server
import json
import socket
import threading

from servers import free_port


class LineReceiver:
    """A program that takes JSON lines by TCP.  It can be closed, or stop reading.
    `take` gets each piece that came, on a thread of the connection."""

    def __init__(self, take=None):
        self.port = free_port()
        self.data = bytearray()
        self.take = take or self.data.extend
        self.reading = threading.Event()
        self.reading.set()
        self.listener = None
        self.connections = []

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def open(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        # A peer's end takes with it what the kernel had for it; a sink repeats at most 1 MiB.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()
        return self

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.connections.append(connection)
                threading.Thread(target=self._read, args=[connection], daemon=True).start()

    def _read(self, connection):
        unfinished = b""
        with contextlib.suppress(OSError):
            while True:
                self.reading.wait()
                got = connection.recv(1 << 16)
                if not got:
                    return
                whole, newline, rest = (unfinished + got).rpartition(b"\n")
                self.take(whole + newline)  # a torn line comes again, with the next connection
                unfinished = rest

    def close(self):
        """As a program that ends: resets what is open."""
        if self.listener:
            with contextlib.suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        while self.connections:
            connection = self.connections.pop()
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        self.reading.set()
        self.close()

    def lines(self) -> list:
        return [line for line in bytes(self.data).splitlines(keepends=True) if line.endswith(b"\n")]

    def records(self) -> list:
        return [json.loads(line) for line in self.lines()]


class HttpReceiver:
    """Takes batches by POST; answers 503 and keeps nothing while `failing`."""

    def __init__(self):
        self.port = free_port()
        self.bodies, self.headers = [], []
        self.failing = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802, the library's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                if not outer.failing:
                    outer.bodies.append(body)
                    outer.headers.append(dict(self.headers))
                self.send_response(503 if outer.failing else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/audit"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def lines(self) -> list:
        return b"".join(self.bodies).splitlines(keepends=True)
