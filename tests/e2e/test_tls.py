"""TLS on either side: the client's ends at pgmoat, pgmoat's own begins there."""
import os
import pwd
import shutil
import socket
import ssl
import subprocess

import psycopg
import pytest

from servers import PG18_BIN, Pgmoat, Postgres, Wire, until
from wire import GSSENC_REQUEST, SSL_REQUEST, Refused, request, startup


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="session")
def pki(workspace):
    """ca.pem; server.pem/.key for localhost and 127.0.0.1; elsewhere.pem for another name; other-ca.pem."""
    folder = workspace / "pki"
    folder.mkdir()
    for ca in ("ca", "other-ca"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={ca}",
                "-keyout", f"{ca}.key", "-out", f"{ca}.pem", cwd=folder)
    for name, names in (("server", "DNS:localhost,IP:127.0.0.1"), ("elsewhere", "DNS:db.elsewhere.example")):
        (folder / f"{name}.ext").write_text(f"subjectAltName={names}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", cwd=folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem", cwd=folder)
    return folder


def lend(pki, directory, *names):
    """Copies that the server can read, and nobody else, as it demands of a key."""
    for name in names:
        shutil.copy(pki / name, directory / name)
        (directory / name).chmod(0o600)
        if os.geteuid() == 0:
            os.chown(directory / name, pwd.getpwnam("postgres").pw_uid, -1)


def listener(pki, mode):
    return {"mode": mode, "certificate": str(pki / "server.pem"), "key": str(pki / "server.key")}


@pytest.fixture(scope="session")
def moats(workspace, postgres, pki):
    """A pgmoat for each of the client's TLS modes."""
    made = {mode: Pgmoat(workspace / f"tls-{mode}", postgres.port, tls=listener(pki, mode))
            for mode in ("disable", "allow", "require")}
    yield made
    for moat in made.values():
        moat.stop()


@pytest.mark.parametrize("mode, sslmode, works", [
    ("disable", "disable", True), ("disable", "prefer", True), ("disable", "require", False),
    ("allow", "disable", True), ("allow", "prefer", True), ("allow", "require", True), ("allow", "verify-full", True),
    ("require", "disable", False), ("require", "prefer", True), ("require", "verify-ca", True),
    ("require", "verify-full", True)])
def test_client_side(mode, sslmode, works, moats, pki):
    options = {"sslmode": sslmode, "sslrootcert": str(pki / "ca.pem") if "verify" in sslmode else ""}
    if not works:
        with pytest.raises(psycopg.OperationalError) as refused:
            moats[mode].connect("dev_super", **options)
        if mode == "require":
            assert "TLS" in str(refused.value) and "28000" not in str(refused.value)
        return
    with moats[mode].connect("dev_super", **options) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.pgconn.ssl_in_use == (mode != "disable" and sslmode != "disable")


def test_tls_required_is_28000(moats):
    with pytest.raises(Refused) as refused:
        moats["require"].wire("dev_super")
    assert refused.value.fields["C"] == "28000" and refused.value.fields["H"]


def test_scram_over_the_clients_tls(moats):
    with moats["require"].connect("login_scram", password="pw-scram-7d1f", sslmode="require") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("login_scram",)


def test_channel_binding_required_fails_clearly(moats):
    with pytest.raises(psycopg.OperationalError) as refused:
        moats["require"].connect("login_scram", password="pw-scram-7d1f", sslmode="require", channel_binding="require")
    assert "channel binding" in str(refused.value)


def test_bulk_over_tls(moats):
    with moats["require"].connect("dev_super", sslmode="require") as connection:
        with connection.cursor().copy("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 20000)) TO STDOUT") as copy:
            assert sum(len(block) for block in copy) == 20000 * 1001


def tls_wire(moat, **options):
    """Over TLS by hand; raises ssl.SSLError where the handshake fails."""
    raw = socket.create_connection(("127.0.0.1", moat.port), timeout=10)
    raw.sendall(request(SSL_REQUEST))
    assert raw.recv(1) == b"S"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name, value in options.items():
        setattr(context, name, value)
    context.set_ciphers("ALL:@SECLEVEL=0")  # or this side would not even ask for TLS 1.1
    return Wire(moat.port, sock=context.wrap_socket(raw))


@pytest.mark.parametrize("version, works", [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
def test_tls_versions(version, works, moats):
    chosen = ssl.TLSVersion[version]
    if not works:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            tls_wire(moats["require"], minimum_version=chosen, maximum_version=chosen)
        return
    with tls_wire(moats["require"], minimum_version=chosen, maximum_version=chosen) as wire:
        assert wire.login("dev_super").rows("SELECT 1") == [("1",)]


def test_plaintext_behind_ssl_request_is_refused(moats, postgres):
    """CVE-2021-23214: what a man in the middle put before the handshake must not count as the
    client's.  Nothing of it is answered but an error."""
    log = postgres.log_end()
    with Wire(moats["require"].port) as wire:
        wire.send(request(SSL_REQUEST) + startup("dev_super", application_name="smuggled"))
        assert wire.read_to_end() == ["ErrorResponse FATAL 08P01"]
    assert "smuggled" not in postgres.log_since(log)


def test_ssl_request_within_tls_is_refused(moats):
    with tls_wire(moats["require"]) as wire:
        wire.send(request(SSL_REQUEST))
        wire.read_to_end()
        assert wire.errors[0]["C"] == "08P01"


def test_garbage_instead_of_a_handshake(moats):
    with Wire(moats["require"].port) as wire:
        wire.send(request(SSL_REQUEST))
        assert wire.exactly(1) == b"S"
        wire.send(b"this is no ClientHello" * 10)
        wire.socket.settimeout(10)
        while wire.socket.recv(4096):
            pass
    assert moats["require"].connect("dev_super", sslmode="require").execute("SELECT 1").fetchone() == (1,)


def test_gss_then_ssl_as_libpq_asks(moats):
    with Wire(moats["allow"].port) as wire:
        wire.send(request(GSSENC_REQUEST))
        assert wire.exactly(1) == b"N"
        wire.send(request(SSL_REQUEST))
        assert wire.exactly(1) == b"S"


def direct_tls(moat, alpn=("postgresql",)):
    """sslnegotiation=direct, as libpq 17 does it: the handshake without the question."""
    raw = socket.create_connection(("127.0.0.1", moat.port), timeout=10)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return Wire(moat.port, sock=context.wrap_socket(raw))


@pytest.mark.parametrize("mode", ["allow", "require"])
def test_direct_tls(mode, moats):
    with direct_tls(moats[mode]) as wire:
        assert wire.socket.selected_alpn_protocol() == "postgresql"
        assert wire.login("dev_super").rows("SELECT 1") == [("1",)]


def test_direct_tls_byte_by_byte(moats):
    """The first byte alone decides, however late the others come."""
    with socket.create_connection(("127.0.0.1", moats["require"].port), timeout=10) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["postgresql"])
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(into, out)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in out.read():
                    raw.sendall(bytes([byte]))
                into.write(raw.recv(4096))
        assert tls.selected_alpn_protocol() == "postgresql"


def test_direct_tls_without_alpn_is_refused(moats):
    with direct_tls(moats["require"], alpn=()) as wire:
        with pytest.raises(Refused) as refused:
            wire.login("dev_super")
        assert refused.value.fields["C"] == "08P01" and "ALPN" in refused.value.fields["M"]


def test_other_protocols_than_postgresql_are_refused_in_the_handshake(moats):
    """ALPACA: a browser that somebody leads here must not get a connection."""
    with pytest.raises((ssl.SSLError, ConnectionError)):
        direct_tls(moats["require"], alpn=("http/1.1", "h2"))


def test_direct_tls_where_there_is_no_tls(moats):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        direct_tls(moats["disable"])
    assert moats["disable"].connect("dev_super").execute("SELECT 1").fetchone() == (1,)


# --- to the server ---------------------------------------------------------------------

@pytest.fixture(scope="session")
def tls_postgres(workspace, pki):
    """A server that takes TLS only.  Its certificate is for localhost and 127.0.0.1."""
    directory = workspace / "tls-postgres"
    directory.mkdir()
    lend(pki, directory, "server.pem", "server.key", "elsewhere.pem", "elsewhere.key")
    server = Postgres(directory, hba="hostssl all all 127.0.0.1/32 trust\n", ssl="on",
                      ssl_cert_file=directory / "server.pem", ssl_key_file=directory / "server.key")
    yield server
    server.stop("immediate")


def ask_ssl(moat):
    with moat.wire("postgres", database="postgres") as wire:
        return wire.rows("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0]


@pytest.mark.parametrize("options, works", [
    ("?sslmode=disable", False), ("?sslmode=prefer", True), ("", True), ("?sslmode=require", True),
    ("?sslmode=verify-ca&sslrootcert={ca}", True), ("?sslmode=verify-full&sslrootcert={ca}", True),
    ("?sslmode=verify-ca&sslrootcert={other}", False), ("?sslmode=verify-full&sslrootcert={other}", False)])
def test_server_side(options, works, start_pgmoat, tls_postgres, pki):
    options = options.format(ca=pki / "ca.pem", other=pki / "other-ca.pem")
    moat = start_pgmoat(upstream_port=tls_postgres.port, upstream_options=options)
    if works:
        used, version = ask_ssl(moat)
        assert used == "t" and version in ("TLSv1.2", "TLSv1.3")
        return
    with pytest.raises(Refused) as refused:
        ask_ssl(moat)
    assert refused.value.fields["S"] == "FATAL" and refused.value.fields["M"]


def test_verify_full_refuses_a_certificate_for_another_name(start_pgmoat, tls_postgres, pki, workspace):
    with tls_postgres.connect("postgres") as direct:
        directory = workspace / "tls-postgres"
        for setting, name in (("ssl_cert_file", "elsewhere.pem"), ("ssl_key_file", "elsewhere.key")):
            direct.execute(f"ALTER SYSTEM SET {setting} = '{directory / name}'")
        direct.execute("SELECT pg_reload_conf()")
        try:
            ca = f"sslrootcert={pki / 'ca.pem'}"
            until_served(tls_postgres, "elsewhere")
            with pytest.raises(Refused):
                ask_ssl(start_pgmoat(upstream_port=tls_postgres.port, upstream_options=f"?sslmode=verify-full&{ca}"))
            moat = start_pgmoat(upstream_port=tls_postgres.port, upstream_options=f"?sslmode=verify-ca&{ca}")
            assert ask_ssl(moat)[0] == "t"
        finally:
            for setting, name in (("ssl_cert_file", "server.pem"), ("ssl_key_file", "server.key")):
                direct.execute(f"ALTER SYSTEM SET {setting} = '{directory / name}'")
            direct.execute("SELECT pg_reload_conf()")
            until_served(tls_postgres, "server")


def until_served(server, name):
    """Until the server shows that certificate: a reload takes a moment."""
    def served():
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        raw.sendall(request(SSL_REQUEST))
        assert raw.recv(1) == b"S"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(raw) as wrapped:
            return name.encode() in wrapped.getpeercert(True)
    until(served, f"certificate {name}")


@pytest.fixture(scope="session")
def scram_postgres(workspace, pki):
    """A server that takes TLS and SCRAM-SHA-256 only, and so offers channel binding."""
    directory = workspace / "scram-postgres"
    directory.mkdir()
    lend(pki, directory, "server.pem", "server.key")
    server = Postgres(directory, hba="local all postgres trust\nhostssl all postgres 127.0.0.1/32 trust\n"
                      "hostssl all all 127.0.0.1/32 scram-sha-256\n", ssl="on",
                      ssl_cert_file=directory / "server.pem", ssl_key_file=directory / "server.key")
    server.psql("-c", "CREATE ROLE login_scram LOGIN PASSWORD 'pw-scram-7d1f'", dbname="postgres")
    yield server
    server.stop("immediate")


@pytest.mark.parametrize("binding", ["disable", "prefer", "require"])
@pytest.mark.parametrize("certificate", ["server", "elsewhere"])
def test_channel_binding_passes_with_the_servers_certificate(certificate, binding, start_pgmoat, scram_postgres, pki):
    moat = start_pgmoat(upstream_port=scram_postgres.port, upstream_options="?sslmode=require", tls={
        "mode": "require", "certificate": str(pki / f"{certificate}.pem"), "key": str(pki / f"{certificate}.key")})

    def log_in():
        return moat.connect("login_scram", dbname="postgres", password="pw-scram-7d1f", sslmode="require",
                            channel_binding=binding)
    if certificate == "server" or binding == "disable":
        with log_in() as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("login_scram",)
        return
    with pytest.raises(psycopg.OperationalError, match="channel binding") as refused:
        log_in()
    assert binding == "require" or "channel_binding=disable" in str(refused.value)


def test_certificate_for_the_server(workspace, start_pgmoat, pki):
    """pg_hba's cert method: the server asks who pgmoat is, and a map says for whom it may speak."""
    directory = workspace / "cert-postgres"
    directory.mkdir()
    lend(pki, directory, "server.pem", "server.key", "ca.pem")
    server = Postgres(directory, hba="hostssl all all 127.0.0.1/32 cert map=moat\n", ssl="on",
                      ssl_cert_file=directory / "server.pem", ssl_key_file=directory / "server.key",
                      ssl_ca_file=directory / "ca.pem")
    try:
        (server.data / "pg_ident.conf").write_text("moat elsewhere postgres\n")
        server._run("pg_ctl", "reload", "-D", server.data, "-s")
        shown = f"?sslmode=verify-full&sslrootcert={pki / 'ca.pem'}"
        mine = f"&sslcert={pki / 'elsewhere.pem'}&sslkey={pki / 'elsewhere.key'}"
        moat = start_pgmoat(upstream_port=server.port, upstream_options=shown + mine)
        until(lambda: works(moat), "login by certificate")
        with pytest.raises(Refused) as refused:
            moat.wire("migrator", database="postgres")  # whom the map does not have
        assert refused.value.fields["C"] == "28000"
        with pytest.raises(Refused):
            start_pgmoat(upstream_port=server.port, upstream_options=shown).wire("postgres", database="postgres")
    finally:
        server.stop("immediate")


def works(moat):
    try:
        return ask_ssl(moat)[0] == "t"
    except Refused:
        return False


def test_direct_tls_to_the_server(request, start_pgmoat, tls_postgres, workspace, pki):
    """PostgreSQL 17 and later; an older server takes the handshake for a broken packet."""
    shown = f"?sslmode=verify-full&sslrootcert={pki / 'ca.pem'}&sslnegotiation=direct"
    old = start_pgmoat(upstream_port=tls_postgres.port, upstream_options=shown)
    with pytest.raises(Refused) as refused:
        old.wire("postgres", database="postgres")
    assert refused.value.fields["C"] == "08006"
    if not (PG18_BIN / "initdb").exists():
        pytest.skip(f"no PostgreSQL 18 in {PG18_BIN}")
    directory = workspace / "tls-postgres-18"
    directory.mkdir()
    lend(pki, directory, "server.pem", "server.key")
    server = Postgres(directory, bindir=request.getfixturevalue("installation") / "bin", hba="hostssl all all 127.0.0.1/32 trust\n", ssl="on",
                      ssl_cert_file=directory / "server.pem", ssl_key_file=directory / "server.key")
    try:
        moat = start_pgmoat(upstream_port=server.port, upstream_options=shown)
        assert ask_ssl(moat)[0] == "t"
    finally:
        server.stop("immediate")


@pytest.mark.parametrize("sslmode", ["require", "verify-ca", "verify-full"])
def test_a_server_without_tls_is_refused_when_it_is_required(sslmode, start_pgmoat, pki):
    moat = start_pgmoat(upstream_options=f"?sslmode={sslmode}&sslrootcert={pki / 'ca.pem'}")
    with pytest.raises(Refused) as refused:
        moat.wire("dev_super")
    assert refused.value.fields["S"] == "FATAL"


def test_tls_on_both_sides_with_cancel(start_pgmoat, tls_postgres, pki):
    moat = start_pgmoat(upstream_port=tls_postgres.port, tls=listener(pki, "require"),
                        upstream_options=f"?sslmode=verify-full&sslrootcert={pki / 'ca.pem'}")
    with moat.connect("postgres", dbname="postgres", sslmode="require") as connection:
        connection.pgconn.send_query(b"SELECT pg_sleep(60)")
        with tls_postgres.connect("postgres") as direct:
            until(lambda: direct.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'"
                                         " AND state = 'active'").fetchone()[0])
        connection.cancel()
        assert b"canceling statement" in connection.pgconn.get_result().error_message
        assert connection.pgconn.get_result() is None
