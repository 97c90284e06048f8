"""`pgmoat migrations …` on a project's folder: keys, and a manifest that production reads."""
import re
import subprocess

from servers import BINARY, PATIENCE


def migrations(folder, *arguments):
    """(exit code, what it says)"""
    done = subprocess.run([BINARY, "migrations", *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout


def put(folder, files):
    """{path: text} under folder/project."""
    for path, text in files.items():
        file = folder / "project" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def approved(folder, tool, *arguments):
    """Keys, and a signed manifest of folder/project, in which one migration destroys something: the
    environment's block."""
    for key in ("alice", "bob"):
        assert migrations(folder, "keygen", "-o", f"{key}.key")[0] == 0
    command = ["approve", "project", "--tool", tool, "-k", "alice.key", *arguments]
    status, said = migrations(folder, *command)
    assert status == 1 and not (folder / "migrations.json").exists(), said
    names = set(re.findall(r"--accept-destruction (\S+)", said))
    assert len(names) == 1, said
    status, said = migrations(folder, *command, "--accept-destruction", *names)
    assert status == 0, said
    return {"require": "approved", "manifest": str(folder / "migrations.json"),
            "public_keys": [str(folder / f"{key}.key.pub") for key in ("alice", "bob")]}
