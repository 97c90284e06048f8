#!/usr/bin/env python3
"""Fails when an #include points the wrong way (design 2).

The table below is the picture of the boxes: for each folder, the folders and single headers
of this repository that it may include, and the libraries.  The standard library is always
allowed; what is not listed is not.

    tests/include_direction.py [ROOT]
"""
import pathlib
import re
import sys
import tempfile

POSIX = ["unistd.h", "fcntl.h", "signal.h", "poll.h", "pthread.h", "semaphore.h", "sys/", "netinet/", "arpa/", "netdb.h",
         "string.h", "linux/membarrier.h", "linux/sockios.h"]

RULES = {
    # folder: ([may include], [libraries, by the beginning of the header's name])
    "protocol": (["protocol"], []),
    "policy": (["policy"], ["pg_query.h", "pg_query/", "postgres.h", "nodes/", "catalog/", "storage/", "parser/", "common/keywords.h",
                            "lib/", "utils/", "access/"]),
    "proxy/auth": (["policy", "proxy/auth"], []),
    "proxy/session": (["protocol", "policy", "proxy/auth", "proxy/session"], ["openssl/sha.h", "boost/circular_buffer.hpp", "boost/container/"]),
    "proxy/config": (["policy", "proxy/auth", "proxy/config", "proxy/signing", "proxy/audit/sinks/sink_options.h",
                      "proxy/migrations/files.h"],
                     ["yaml-cpp/", "boost/asio/ip/", "openssl/sha.h", *POSIX]),
    "proxy/audit": (["policy", "proxy/audit", "proxy/audit/journal", "proxy/audit/sinks", "proxy/audit/reading",
                     "proxy/session/audit_trail.h"], ["openssl/", *POSIX]),
    "proxy/audit/journal": (["policy", "proxy/audit/journal", "proxy/audit/record_id.h", "proxy/audit/signals.h",
                             "proxy/session/audit_trail.h"], ["openssl/", *POSIX]),
    "proxy/audit/sinks": (["proxy/audit/sinks", "proxy/audit/signals.h", "proxy/audit/spool.h"],
                          ["openssl/", "zlib.h", "zstd.h", "curl/", "librdkafka/", "libpq-fe.h", "nlohmann/",
                           *POSIX]),
    "proxy/audit/reading": (["policy", "proxy/signing", "proxy/audit/reading"],
                            ["openssl/", "zlib.h", "zstd.h", "nlohmann/", *POSIX]),
    "proxy/signing": (["proxy/signing"], ["openssl/", *POSIX]),
    "proxy/migrations": (["policy", "proxy/signing", "proxy/migrations", "proxy/session/migration_digest.h",
                          "proxy/session/migration_record.h"],
                         ["nlohmann/", *POSIX]),
    "proxy/admin": (["proxy/admin", "proxy/session/metrics.h", "proxy/net/traffic_observer.h"],
                    ["prometheus/", "boost/", *POSIX]),
    "proxy/lint": (["policy", "proxy/lint"], ["nlohmann/"]),
    "proxy/net": (["protocol", "policy", "proxy/auth", "proxy/config", "proxy/session", "proxy/net"],
                  ["boost/", "openssl/", "spdlog/", "malloc.h", *POSIX]),
    "proxy/migrations/database": (["policy", "proxy/lint", "proxy/migrations/database"],
                                  ["libpq-fe.h", "nlohmann/", *POSIX]),
    # The program itself (main, run, the command line) knows every box; none knows it.
    "proxy": (["protocol", "policy", "proxy"],
              ["boost/", "openssl/", "spdlog/", "nlohmann/", "CLI/", *POSIX]),
}
TOP = ("protocol", "policy", "proxy")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def allowed(header, own, libraries) -> bool:
    if header.split("/")[0] in TOP:
        folder = header.rpartition("/")[0]
        return header in own or folder in own
    if "/" not in header and not header.endswith(".h"):
        return True  # the standard library
    return any(header == lib or (lib.endswith("/") and header.startswith(lib)) for lib in libraries)


def violations(root):
    """Lines "file:line: …" for each include that points the wrong way."""
    found = []
    for top in TOP:
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cc", ".inc"):
                continue
            name = file.relative_to(root)
            folder = str(name.parent)
            if folder not in RULES:
                found.append(f"{name}: folder {folder} has no rule in tests/include_direction.py")
                continue
            own, libraries = RULES[folder]
            if folder == "proxy":  # every box of it, listed so that a new one needs a rule first
                own = own + [box for box in RULES if box.startswith("proxy/")]
            text = file.read_text()
            for match in INCLUDE.finditer(text):
                if not allowed(match[2], own, libraries):
                    line = text.count("\n", 0, match.start(2)) + 1
                    found.append(f"{name}:{line}: {folder} must not include {match[2]}")
    return found


PLANTED = {  # file: an include that must be found
    "protocol/framer.h": "<unistd.h>", "protocol/message.h": '"policy/facts.h"',
    "policy/facts.h": '"protocol/message.h"', "policy/parser.cc": "<boost/asio.hpp>",
    "policy/decision.cc": '"proxy/auth/identity.h"', "proxy/session/session.cc": "<boost/asio/post.hpp>",
    "proxy/session/login.cc": '"proxy/net/stream.h"', "proxy/session/denial.cc": "<openssl/ssl.h>",
    "proxy/session/output.h": '"proxy/config/config.h"', "proxy/auth/identity.cc": '"protocol/startup.h"',
    "proxy/audit/writer.cc": '"proxy/session/session.h"', "proxy/admin/admin_server.cc": '"proxy/net/server.h"',
    "proxy/config/config.cc": '"proxy/net/settings.h"', "proxy/lint/script.cc": '"proxy/config/config.h"', "proxy/net/server.cc": '"proxy/run.h"',
    "proxy/migrations/database/database.h": '"proxy/session/session.h"',
    "proxy/utils/strings.h": "<vector>",
}


def self_test():
    """Each planted include must be found, alone; a good one must not."""
    for file, include in PLANTED.items():
        with tempfile.TemporaryDirectory() as directory:
            planted = pathlib.Path(directory, file)
            planted.parent.mkdir(parents=True)
            planted.write_text(f"#pragma once\n#include <vector>\n#  include {include}\n")
            found = violations(pathlib.Path(directory))
            assert len(found) == 1, f"planted {include} in {file}, found {found}"
    with tempfile.TemporaryDirectory() as directory:
        good = pathlib.Path(directory, "proxy/session/session.cc")
        good.parent.mkdir(parents=True)
        good.write_text('#include "policy/decision.h"\n#include <memory>\n// #include "proxy/net/x.h"\n')
        assert violations(pathlib.Path(directory)) == []


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1])
    self_test()
    print(f"include direction: {len(PLANTED)} planted includes are found")
    found = violations(root)
    for violation in found:
        print(violation)
    print(f"include direction: {len(found)} point the wrong way")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
