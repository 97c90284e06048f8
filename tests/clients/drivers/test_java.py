"""pgjdbc, as Debian ships it."""
import subprocess

import pytest

from stage import HERE, VERSIONS_AND_ROLES

JAR = "/usr/share/java/postgresql.jar"


@pytest.fixture(scope="session")
def program(driver_workspace):
    """The script, compiled once."""
    classes = driver_workspace / "classes"
    done = subprocess.run(["javac", "-encoding", "UTF-8", "-cp", JAR, "-d", classes,
                           *sorted((HERE / "java").glob("*.java"))], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return ["java", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-cp", f"{classes}:{JAR}", "Everyday"]


@pytest.mark.parametrize("stage, role", VERSIONS_AND_ROLES, indirect=["stage"])
def test_pgjdbc(role, stage, program):
    told = stage.transcripts(program, role)
    told.expect("simple: 1", "value: 20971520", "rows: 120000 b223ee7aaeea13b0", "tls: true", "not trusted: true",
                "scram over tls: login_scram", "cancel: 57014", "after cancel: 1", "timeout: 57014 1",
                "fetch size: 50005000", "in a transaction: 22012 25P02", "copy out fails: 22012",
                "autosave: 22012 goes on", "parameters: [[536854528]]",
                "mode: simple 42 it's \\", "mode: extended 42 it's \\")
    if role == "app":
        told.expect("batch: false 3000 1 [[3000, 4498500.00]]", "batch: true 3000 -2 [[3000, 4498500.00]]",
                    "copy in: 20000", "copy in given up: 0", "blob: 6 blob", "call: [[42]]", "two phases: 1",
                    "unique: notes_slug_key", "error at COMMIT: 23503 replies_note_id_fkey", "notify: news hello")
        told.expect_refusals("42501", "42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501", "25006")
