"""`pgmoat lint`: files in, verdicts out; and what runs it: pre-commit's hooks, the GitHub Action."""
import json
import os
import re
import resource
import shutil
import subprocess

import pytest
import yaml

from servers import BINARY, PATIENCE, REPOSITORY, SANITIZED

RISKY = "CREATE TABLE t (id bigint PRIMARY KEY);\nDROP TABLE users;\n  CREATE INDEX i ON orders (a);\n"
SAFE = "SET lock_timeout = '5s';\nALTER TABLE orders ADD COLUMN note text;\n"


def lint(*arguments, cwd=None, stdin=None):
    return subprocess.run([BINARY, "lint", *map(str, arguments)], cwd=cwd, input=stdin, capture_output=True,
                          text=True, timeout=PATIENCE)


@pytest.fixture
def project(tmp_path):
    """A folder with a risky and a safe migration, and files that are none."""
    for name, text in {"migrations/1_risky.sql": RISKY, "migrations/2_safe/migration.sql": SAFE,
                       "migrations/1_risky.down.sql": "DROP TABLE t;", "migrations/notes.txt": "DROP TABLE t;",
                       ".git/x.sql": "DROP TABLE t;", "node_modules/a/x.sql": "DROP TABLE t;"}.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_text_for_people(project):
    done = lint(".", cwd=project)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == ("migrations/1_risky.sql:2:1: refused: DROP TABLE is not allowed for role deploy in "
                        "environment default: it drops table users [deploy.drop]")
    assert lines[1].startswith("    hint: ")
    assert [line for line in lines if line.startswith("migrations/1_risky.sql:3:3: warning: CREATE INDEX (orders): ")
            and line.endswith("[lint.index-not-concurrent]")]
    assert lines[-1] == "2 files, 5 statements: 1 would be refused, 2 warnings (role deploy, environment default)"


def test_exit_codes(project):
    assert lint("migrations/2_safe", cwd=project).returncode == 0
    assert lint("migrations/1_risky.sql", "--role", "admin", cwd=project).returncode == 0  # warnings only
    assert lint("migrations/2_safe", "--role", "readonly", cwd=project).returncode == 1
    assert lint("migrations/1_risky.down.sql", cwd=project).returncode == 1  # a file that is named is judged
    assert lint("-", stdin="TRUNCATE t").returncode == 1
    for wrong, says in [(["nowhere.sql"], "no file or folder nowhere.sql"), ([], "no file is named"),
                        (["-", "--role", "boss"], "unknown role 'boss'"),
                        (["-", "--ignore", "x-y"], "no finding is called 'x-y'"),
                        (["-", "--format", "xml"], "xml"), (["-", "--tool", "hammer"], "hammer")]:
        done = lint(*wrong, cwd=project, stdin="")
        assert done.returncode == 2 and says in done.stderr + done.stdout, (wrong, done.stderr)


def test_a_folder_without_sql_is_a_mistake(tmp_path):
    done = lint(tmp_path)
    assert done.returncode == 2 and "no *.sql below" in done.stderr


def test_a_file_that_cannot_be_read_does_not_hide_the_rest(project):
    os.symlink("nowhere", project / "migrations/0_gone.sql")
    (project / "migrations/0_folder.sql").mkdir()
    assert "1 would be refused" in lint("migrations", cwd=project).stdout
    done = lint("migrations/0_folder.sql", "migrations/1_risky.sql", cwd=project)
    assert done.returncode == 2


def test_json_has_each_statement(project):
    done = lint("migrations", "--format", "json", cwd=project)
    said = json.loads(done.stdout)
    assert [file["file"] for file in said["files"]] == ["migrations/1_risky.sql", "migrations/2_safe/migration.sql"]
    table, drop, index = said["files"][0]["statements"]
    assert table["decision"] == "allow" and "rule" not in table and table["findings"] == []
    assert (drop["line"], drop["column"], drop["end_line"], drop["end_column"]) == (2, 1, 2, 17)
    assert drop["decision"] == "deny" and drop["rule"] == "deploy.drop" and drop["sqlstate"] == "42501"
    assert drop["destroys"] == ["drops table users"] and drop["locks"] == ["ACCESS EXCLUSIVE on users"]
    assert drop["message"] and drop["hint"]
    finding = next(one for one in index["findings"] if one["id"] == "index-not-concurrent")
    assert finding["effect"] == "warn" and finding["object"] == "orders" and "CONCURRENTLY" in finding["safer"]
    assert said["summary"] == {"files": 2, "statements": 5, "refused": 1, "warnings": 2}


def sarif_results(text):
    """Results, after a look at the structure that GitHub's code scanning asks for."""
    log = json.loads(text)
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    assert len(log["runs"]) == 1
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    assert driver["name"] == "pgmoat" and re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    assert run["columnKind"] == "unicodeCodePoints"
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:
        for words in (rule["shortDescription"], rule["fullDescription"], rule["help"]):
            assert words["text"].strip()
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note") and result["message"]["text"].strip()
        assert len(result["locations"]) == 1
        place = result["locations"][0]["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert re.fullmatch(r"(file://)?[A-Za-z0-9._~/%-]+", uri) and not uri.startswith(("/", "./")), uri
        region = place["region"]
        assert region["startLine"] >= 1 and region["startColumn"] >= 1
        if "endLine" in region:
            assert (region["endLine"], region["endColumn"]) > (region["startLine"], region["startColumn"])
    return run["results"]


def test_sarif_is_what_code_scanning_takes(project):
    (project / "migrations/größe 1%.sql").write_text("DROP TABLE größe; SELECT :x y z;\n\\i other.sql\n")
    done = lint("migrations", "--format", "sarif", "--sarif", "out.sarif", cwd=project)
    assert done.returncode == 1
    results = sarif_results(done.stdout)
    assert (project / "out.sarif").read_text() == done.stdout
    assert [(result["ruleId"], result["level"]) for result in results
            if result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("migrations/gr")] == [
        ("deploy.drop", "error"), ("lint.no-lock-timeout", "warning"), ("any.not-understood", "error"),
        ("note", "note")]
    assert sarif_results(lint("migrations/2_safe", "--format", "sarif", cwd=project).stdout) == []
    for named, uri in [(".", "migrations/1_risky.sql"), (project, f"file://{project}/migrations/1_risky.sql")]:
        results = sarif_results(lint(named, "--format", "sarif", cwd=project).stdout)
        assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_annotations_of_github(project):
    (project / "migrations/a,b.sql").write_text("DROP TABLE t\n")
    done = lint("migrations", "--format", "github", cwd=project)
    annotations = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert len(annotations) == 5
    for line in annotations:
        assert re.fullmatch(r"::(error|warning|notice) file=[^,:]+,line=\d+,endLine=\d+,col=\d+,title=[^,:]+::.+", line), line
    assert annotations[-2].startswith("::error file=migrations/a%2Cb.sql,line=1,endLine=1,col=1,title=pgmoat deploy.drop::"
                                      "DROP TABLE is not allowed for role deploy in environment default: it drops table t%0A")


def test_findings_are_ignored_or_refused_by_id(project):
    safe = lint("migrations/1_risky.sql", "--role", "admin", "--ignore", "no-lock-timeout,index-not-concurrent", cwd=project)
    assert safe.returncode == 0 and ", 0 warnings" in safe.stdout
    assert lint("migrations/1_risky.sql", "--role", "admin", "--ignore", "all", cwd=project).stdout.count("\n") == 1
    refused = lint("migrations/1_risky.sql", "--role", "admin", "--refuse", "index-not-concurrent", cwd=project)
    assert refused.returncode == 1 and "refused: CREATE INDEX (orders)" in refused.stdout
    listed = lint("--list").stdout
    assert "index-not-concurrent\n" in listed and listed.count("Safer: ") >= 20


CONFIG = """
listen: [{address: "127.0.0.1:0"}]
environments:
  production:
    match: {databases: [shop]}
    upstream: postgres://db.internal:5432
    migrations:
      lint: {default: warn, refuse: [index-not-concurrent], ignore: [no-lock-timeout]}
    logins: {migrator: deploy}
  staging:
    upstream: postgres://staging.internal:5432
    migrations:
      lint: {default: "off"}
    logins: {migrator: deploy, lead: admin}
audit: {file: ./audit.jsonl}
"""


def test_the_config_of_an_environment_decides(project):
    (project / "pgmoat.yaml").write_text(CONFIG)
    index = project / "index.sql"
    index.write_text("CREATE INDEX i ON orders (a);\n")
    config = ["--config", "pgmoat.yaml", "--environment"]
    done = lint(*config, "production", index, cwd=project)
    assert done.returncode == 1 and "[lint.index-not-concurrent]" in done.stdout, done.stdout + done.stderr
    assert done.stdout.endswith("1 would be refused, 0 warnings (role deploy, environment production)\n")
    done = lint(*config, "staging", index, cwd=project)
    assert done.returncode == 0 and ", 0 warnings" in done.stdout, done.stdout + done.stderr
    done = lint(*config, "testing", index, cwd=project)
    assert done.returncode == 2 and "production, staging" in done.stderr
    assert lint("--config", "pgmoat.yaml", index, cwd=project).returncode == 2


def test_what_a_manifest_accepts_is_accepted(project):
    (project / "pgmoat.yaml").write_text(CONFIG.replace("    migrations:\n      lint: {default: warn", (
        "    migrations:\n      require: approved\n      manifest: manifest.json\n      public_keys: [alice.pub]\n      lint: {default: warn")))
    shutil.rmtree(project / "migrations")
    (project / "migrations").mkdir()
    (project / "migrations/1_drop.sql").write_text("DROP TABLE users;\n")
    (project / "migrations/2_more.sql").write_text("-- laid out otherwise\nDROP  TABLE\n users;\n")

    def pgmoat(*arguments):
        return subprocess.run([BINARY, "migrations", *arguments], cwd=project, capture_output=True, text=True, timeout=PATIENCE)
    assert pgmoat("keygen", "--out", "alice").returncode == 0
    config = ["--config", "pgmoat.yaml", "--environment", "production"]
    approved = pgmoat("approve", "migrations/1_drop.sql", "--tool", "sql", "--manifest", "manifest.json",
                      "--accept-destruction", "1_drop")
    assert approved.returncode == 0, approved.stdout + approved.stderr
    assert lint(*config, "migrations", cwd=project).returncode == 1  # nobody has signed it
    assert lint("--manifest", "manifest.json", "migrations", cwd=project).returncode == 0
    signed = pgmoat("approve", "--sign-only", "--signing-key", "alice", "--manifest", "manifest.json")
    assert signed.returncode == 0, signed.stdout + signed.stderr
    assert lint(*config, "migrations", cwd=project).returncode == 0
    (project / "manifest.json").write_text("{")
    broken = lint("--manifest", "manifest.json", "migrations", cwd=project)
    assert broken.returncode == 2 and "manifest.json" in broken.stderr


def test_psql_scripts_of_this_repository():
    """Written for psql, with its commands and variables, and by people who did not think of lint."""
    for name in ["tests/e2e/corpus.sql", "tests/e2e/roles.sql", "deploy/sql/least-privilege.sql", "deploy/audit/postgres.sql"]:
        file = REPOSITORY / name
        said = json.loads(lint("--role", "admin", "--format", "json", file).stdout)
        statements = said["files"][0]["statements"]
        assert statements and [one for one in statements if not one["parsed"]] == [], file


def test_a_thousand_files_in_under_a_second(tmp_path):
    for i in range(1000):
        (tmp_path / f"{i:04}_step.sql").write_text(
            "SET lock_timeout = '5s';\n"
            f"CREATE TABLE app.t{i} (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text NOT NULL,\n"
            "  created_at timestamptz NOT NULL DEFAULT now(), data jsonb);\n"
            f"CREATE INDEX t{i}_name ON app.t{i} (name);\n"
            f"ALTER TABLE app.orders ADD COLUMN c{i} integer;\n"
            f"UPDATE app.orders SET c{i} = 0 WHERE id < 1000;\n"
            f"CREATE FUNCTION app.f{i}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n")
    took = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = lint(tmp_path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # The processor's time, of all threads: no less than it lasts on a machine that does nothing else.
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if took[-1] < 1:
            break
    assert done.returncode == 0 and done.stdout.startswith("1000 files, 6000 statements: 0 would be refused"), done.stdout[-300:]
    assert min(took) < (20 if SANITIZED else 1), took


# --- locks, against a real server ---

MODES = ["ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE",
         "EXCLUSIVE", "ACCESS EXCLUSIVE"]
LOCKED = """
CREATE TABLE a (id int PRIMARY KEY, x int, y int); CREATE TABLE b (id int PRIMARY KEY, x int);
CREATE INDEX a_x ON a (x); CREATE SEQUENCE s; CREATE TABLE p (id int, x int) PARTITION BY LIST (id);
CREATE VIEW v AS SELECT id FROM a; CREATE MATERIALIZED VIEW m AS SELECT id FROM a; CREATE UNIQUE INDEX m_id ON m (id);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE b ADD CONSTRAINT c CHECK (x > 0) NOT VALID;
"""
EXACT = """
SELECT * FROM a JOIN b USING (id)
SELECT * FROM a FOR UPDATE
INSERT INTO a SELECT id, x FROM b
UPDATE a SET x = 1 WHERE id = 1
DELETE FROM a WHERE id = 1
MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE
ANALYZE a
CREATE INDEX i ON a (y)
CREATE STATISTICS st ON x, y FROM a
COMMENT ON TABLE a IS 'x'
ALTER INDEX a_x RENAME TO a_y
CREATE TRIGGER g BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()
CREATE TABLE n (a_id int REFERENCES a)
ALTER SEQUENCE s INCREMENT 2
REFRESH MATERIALIZED VIEW CONCURRENTLY m
REFRESH MATERIALIZED VIEW m
DROP TABLE b
TRUNCATE a
DROP INDEX a_x
DROP TRIGGER g ON b
ALTER TABLE a ADD COLUMN z int
ALTER TABLE a ALTER x TYPE bigint
ALTER TABLE a RENAME TO c
CREATE POLICY pol ON a
CREATE OR REPLACE VIEW v AS SELECT id FROM a
CREATE TABLE n PARTITION OF p DEFAULT
LOCK TABLE a
LOCK TABLE a IN ACCESS SHARE MODE
CREATE TABLE n AS SELECT * FROM a
CLUSTER a USING a_x
""".strip().splitlines()
AT_MOST = """
ALTER TABLE b VALIDATE CONSTRAINT c
ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES b
ALTER TABLE a ALTER x SET STATISTICS 10
ALTER TABLE a SET (fillfactor = 70)
ALTER TABLE p ATTACH PARTITION b DEFAULT
LOCK TABLE a IN SHARE MODE
CREATE TABLE n () INHERITS (a)
CREATE TABLE n (LIKE a)
REINDEX TABLE a
GRANT SELECT ON a TO PUBLIC
""".strip().splitlines()


@pytest.fixture
def locked(postgres):
    """A connection to a database of its own, with what the statements above need."""
    postgres.psql("-c", "CREATE DATABASE lint_locks", dbname="postgres")
    with postgres.connect(dbname="lint_locks") as server:
        server.execute(LOCKED)
        yield server
    postgres.psql("-c", "DROP DATABASE lint_locks", dbname="postgres")


def strongest_held(server, sql):
    """By relation that was there before: the strongest lock that the statement takes."""
    names = dict(server.execute("SELECT oid, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
    held = {}
    with server.transaction(force_rollback=True):
        server.execute(sql)
        for relation, mode in server.execute(HELD):
            if relation in names:
                name = names[relation]
                held[name] = max(held.get(name, MODES[0]), MODE_NAMES[mode], key=MODES.index)
    return held


def test_locks_are_those_of_a_real_server(locked):
    every = EXACT + AT_MOST
    said = json.loads(lint("-", "--format", "json", "--role", "admin", stdin=";\n".join(every)).stdout)
    statements = said["files"][0]["statements"]
    assert len(statements) == len(every)
    for sql, statement in zip(every, statements):
        claimed = dict(reversed(lock.split(" on ")) for lock in statement["locks"])
        held = strongest_held(locked, sql)
        assert claimed, sql
        for relation, mode in claimed.items():
            if sql in EXACT:
                assert held.get(relation) == mode, (sql, relation, held)
            else:
                assert MODES.index(held.get(relation, MODES[0])) <= MODES.index(mode), (sql, relation, held)


HELD = "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'"
MODE_NAMES = {name.title().replace(" ", "") + "Lock": name for name in MODES}


# --- what runs it ---

def hooks():
    return {hook["id"]: hook for hook in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())}


def run_hook(hook, names, cwd):
    """As pre-commit does: of the names those that match, behind the entry and its arguments."""
    taken = [name for name in names if re.search(hook["files"], name) and not re.search(hook.get("exclude", "^$"), name)]
    bin_directory = cwd / "bin"
    bin_directory.mkdir(exist_ok=True)
    if not (bin_directory / "pgmoat").exists():
        os.symlink(BINARY, bin_directory / "pgmoat")
    done = subprocess.run(hook["entry"].split() + hook.get("args", []) + taken, cwd=cwd, capture_output=True, text=True,
                          timeout=PATIENCE, env={**os.environ, "PATH": f"{bin_directory}:{os.environ['PATH']}"})
    return taken, done


def test_pre_commit_hooks(project):
    names = ["migrations/1_risky.sql", "migrations/1_risky.down.sql", "down.sql", "U1__x.sql", "migrations/notes.txt"]
    hook = hooks()["pgmoat-lint"]
    assert {"id", "name", "description", "entry", "language"} <= hook.keys() and hook["language"] == "system"
    taken, done = run_hook(hook, names, project)
    assert taken == ["migrations/1_risky.sql"] and done.returncode == 1 and "[deploy.drop]" in done.stdout
    assert run_hook(hook, ["migrations/2_safe/migration.sql"], project)[1].returncode == 0


class Action:
    """Runs the `run` steps of the composite action as a runner does."""

    def __init__(self, project, **inputs):
        self.definition = yaml.safe_load((REPOSITORY / "deploy/github-action/action.yml").read_text())
        known = self.definition["inputs"]
        assert inputs.keys() <= known.keys()
        self.inputs = {name: str(one.get("default", "")) for name, one in known.items()} | inputs
        self.project = project
        self.outputs = {}

    def value(self, text):
        def resolve(match):
            kind, _, rest = match[1].strip().partition(".")
            if kind == "inputs":
                return self.inputs[rest]
            if kind == "steps":
                step, _, name = rest.split(".")
                return self.outputs[step][name]
            assert match[1].strip() == "github.action_path", match[0]
            return str(REPOSITORY / "deploy/github-action")
        return re.sub(r"\$\{\{(.*?)\}\}", resolve, text)

    def run(self, path):
        """The last step's outcome; those behind a failure do not run."""
        for step in self.definition["runs"]["steps"]:
            if "run" not in step:
                continue
            assert "${{" not in step["run"], "an input in a script is a script"
            assert step["shell"] == "bash"
            out = self.project / "output"
            out.write_text("")
            env = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(out)}
            env |= {name: self.value(text) for name, text in step.get("env", {}).items()}
            done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], env=env,
                                  cwd=self.project, capture_output=True, text=True, timeout=PATIENCE)
            self.outputs[step.get("id")] = dict(line.split("=", 1) for line in out.read_text().splitlines())
            if done.returncode != 0:
                break
        return done


@pytest.fixture
def on_path(project):
    directory = project / "tools"
    directory.mkdir()
    os.symlink(BINARY, directory / "pgmoat")
    return directory


def test_the_action_judges_and_fails(project, on_path):
    action = Action(project, files="migrations/1_risky.sql\nmigrations/2_safe\n", sarif="out.sarif")
    done = action.run(on_path)
    assert done.returncode == 1 and "::error file=migrations/1_risky.sql,line=2," in done.stdout, done.stderr
    assert action.outputs["find"]["pgmoat"] == str(on_path / "pgmoat")
    assert len(sarif_results((project / "out.sarif").read_text())) == 3


def test_the_action_with_all_its_inputs(project, on_path):
    (project / "pgmoat.yaml").write_text(CONFIG)
    common = {"files": "migrations/2_safe", "config": "pgmoat.yaml", "environment": "staging", "tool": "prisma",
              "pgmoat": str(BINARY), "role": "admin"}
    assert Action(project, **common).run(project).returncode == 0
    (project / "migrations/2_safe/migration.sql").write_text("CREATE TYPE e AS ENUM ('a');")
    assert Action(project, **common).run(project).returncode == 0
    assert Action(project, **common, refuse="enum-type").run(project).returncode == 1
    assert Action(project, **common, refuse="all", ignore="enum-type").run(project).returncode == 1
    assert Action(project, **{**common, "files": "; touch owned"}).run(project).returncode == 2
    assert not (project / "owned").exists()


def test_the_actions_steps_are_complete():
    steps = Action(None).definition["runs"]["steps"]
    assert Action(None).definition["runs"]["using"] == "composite"
    upload = [step for step in steps if "uses" in step]
    assert len(upload) == 1 and upload[0]["uses"].startswith("github/codeql-action/upload-sarif@v")
    assert all("run" in step or "uses" in step for step in steps)
