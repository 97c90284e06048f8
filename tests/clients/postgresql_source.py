"""PostgreSQL's source package, of the version that is installed, and what we build from it.

Debian ships neither the regression tests nor libpq_pipeline, but apt has the source package.
Where the machine's own sources name no `deb-src`, we must not add one: apt is told of a
directory of ours instead, in which the machine's Debian archives stand as source archives.
Everything lands in build/postgresql-source/ and is made once.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from servers import PG_BIN, REPOSITORY

CACHE = REPOSITORY / "build/postgresql-source"
KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
LIBRARIES = PG_BIN.parent / "lib"


class SourceMissing(Exception):
    """The message is for the one who runs the tests: what failed, and what apt said."""


def _run(what, *command, cwd=None, seconds=300):
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=seconds, env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0:
        raise SourceMissing(f"{what} failed:\n$ {' '.join(map(str, command))}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def _apt_options(directory):
    """Makes apt work in `directory`, as whoever we are, on source archives of our own list."""
    targets = _run("apt-get indextargets", "apt-get", "indextargets", "--format",
                   "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)", "Created-By: Packages")
    archives = {}
    for line in targets.split():
        origin, uri, suite, component = line.split("|")
        # The origin is known only once the archive's Release file was read.
        if origin == "Debian" or "/debian" in uri:
            archives.setdefault((uri, suite), []).append(component)
    if not archives:
        raise SourceMissing(f"apt knows no archive of Debian on this machine:\n{targets}")
    signed_by = f"Signed-By: {KEYRING}\n" if KEYRING.exists() else ""
    for path in ("sources", "lists/partial", "cache/archives/partial"):
        (directory / path).mkdir(parents=True, exist_ok=True)
    (directory / "sources/debian.sources").write_text("\n".join(
        f"Types: deb-src\nURIs: {uri}\nSuites: {suite}\nComponents: {' '.join(components)}\n{signed_by}"
        for (uri, suite), components in sorted(archives.items())))
    return [f"-oDir::Etc::sourcelist={os.devnull}", f"-oDir::Etc::sourceparts={directory}/sources",
            f"-oDir::State::lists={directory}/lists", f"-oDir::Cache={directory}/cache",
            # Root's downloads are made by user _apt, who may not write here.
            "-oAPT::Sandbox::User=", "-oAcquire::Retries=2"]


def _versions(apt, package):
    """Versions of the source package: the installed server's first, then from the newest on.

    An archive of security updates may offer a version and not have its files.  The tests of
    another minor version are as good, where they pass on a direct connection.
    """
    listed = re.findall(r"^Version: (\S+)$", _run("apt-cache", "apt-cache", *apt, "showsrc", package), re.M)
    def age(version):
        return [int(number) for number in re.findall(r"\d+", version)]
    return sorted(set(listed), key=lambda v: (v == installed_version(), age(v)), reverse=True)


def _fetch(target):
    package = f"postgresql-{major_version()}"
    CACHE.mkdir(parents=True, exist_ok=True)
    apt = _apt_options(CACHE / "apt")
    _run("apt-get update of the source archives", "apt-get", *apt, "--error-on=any", "update")
    failures = []
    for version in _versions(apt, package):
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            try:
                _run(f"apt-get source {package}={version}", "apt-get", *apt, "source", "--download-only",
                     f"{package}={version}", cwd=scratch)
                description, = pathlib.Path(scratch).glob("*.dsc")
                _run("dpkg-source", "dpkg-source", "--no-copy", "-x", description, "source", cwd=scratch)
                tests = pathlib.Path(scratch, "tests")
                (tests / "debian").mkdir(parents=True)
                # The rest of it is large.
                shutil.move(f"{scratch}/source/src/test", tests / "src/test")
                shutil.move(f"{scratch}/source/debian/changelog", tests / "debian/changelog")
                shutil.move(tests, target)
                shutil.rmtree(CACHE / "apt")
                return
            except SourceMissing as e:
                failures.append(str(e))
    raise SourceMissing("\n".join(failures) or f"apt lists no source package {package}")


def major_version() -> str:
    return re.search(r"PostgreSQL\) (\d+)", _run("postgres", PG_BIN / "postgres", "--version"))[1]


def installed_version() -> str:
    """As Debian writes it, "15.9-0+deb12u1"; empty for a server that is not Debian's."""
    found = re.search(r"\(Debian (\S+)\)", _run("postgres", PG_BIN / "postgres", "--version"))
    return found[1] if found else ""


def source() -> pathlib.Path:
    """The test folder of the source package, with Debian's patches; SourceMissing if there is none."""
    target = CACHE / (installed_version() or major_version())
    if not target.exists():
        try:
            _fetch(target)
        except (OSError, subprocess.TimeoutExpired) as e:
            raise SourceMissing(f"the source package cannot be had: {e}") from e
    return target


def source_version() -> str:
    return re.search(r"\((\S+?)\)", (source() / "debian/changelog").read_text())[1]


def _compile(output, *arguments):
    """Whole file or none: a compiler that is interrupted leaves no half one behind."""
    if not output.exists():
        unfinished = output.with_suffix(".new")
        _run(f"compiling {output.name}", "cc", "-O1", "-w", "-o", unfinished, *arguments)
        unfinished.rename(output)
    return output


def regress_library() -> pathlib.Path:
    """The C functions of the regression suite, for the server to load."""
    tests = source() / "src/test/regress"
    return _compile(source() / "regress.so", "-shared", "-fPIC", f"-I/usr/include/postgresql/{major_version()}/server",
                    f"-I{tests}", tests / "regress.c")


def libpq_pipeline(server="15") -> pathlib.Path:
    """The test program, against the installed libpq."""
    original = source() / "src/test/modules/libpq_pipeline/libpq_pipeline.c"
    program = source() / f"libpq_pipeline-{server}"
    edited = program.with_suffix(".c")
    text = original.read_text()
    if int(server) >= 16:  # where a setting that the program turns off has another name
        text = text.replace("force_parallel_mode", "debug_parallel_query")
    edited.write_text(text)
    return _compile(program, f"-I/usr/include/postgresql/{major_version()}/server", "-I/usr/include/postgresql", edited,
                    f"-L{LIBRARIES}", "-lpq", "-lpgcommon", "-lpgport")
