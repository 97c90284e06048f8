"""A tool's project between a server and a pgmoat: what the tests of the tools of Node.js share."""
import concurrent.futures
import itertools
import threading

from database_state import alike, differences, state_of
from javascript import TOOLS, Project
from servers import until


class JavaScriptStage:
    def __init__(self, workspace, server, new_database):
        self.workspace, self.server, self.make_database = workspace, server, new_database
        self.databases = []  # of this test
        self.migrated = {}   # tool -> the database that holds its two migrations, and rows
        self.finished = {}   # tool -> that and the third, as made without pgmoat
        self.projects = itertools.count(1)
        self.lock = threading.Lock()

    def project(self, tool, later=False) -> Project:
        project = Project(tool, self.workspace / f"{tool}-{next(self.projects)}")
        if later:
            project.add()
        return project

    def new_database(self, name, **options) -> str:
        self.databases.append(self.make_database(name, **options))
        return self.databases[-1]

    def drop_databases(self):
        with self.server.connect(dbname="postgres") as connection:
            for name in self.databases:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.databases.clear()

    def both_ways(self, moat, act) -> tuple:
        """What act(server) and act(moat) return, which run at the same time."""
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            ways = [threads.submit(act, way) for way in (self.server, moat)]
            return tuple(way.result() for way in ways)

    def url(self, through, database, login="migrator") -> str:
        return f"postgres://{login}@127.0.0.1:{through.port}/{database}"

    def state(self, database) -> dict:
        with self.server.connect(dbname=database) as connection:
            return state_of(connection)

    def run(self, project, through, database, *command, **more):
        login = more.pop("login", "migrator")
        return project.run(self.url(through, database, login), *command, **more)

    def expect(self, project, through, database, *command, **more):
        """It must succeed."""
        outcome = self.run(project, through, database, *command, **more)
        assert outcome.status == 0, f"{command} ended with {outcome.status}: {outcome.said[-4000:]}"
        return outcome

    def migrated_database(self, tool) -> str:
        """A new database with the two migrations and with rows, made without pgmoat."""
        with self.lock:
            if tool not in self.migrated:
                database = self.make_database(f"{tool}_template")
                self.expect(self.project(tool), self.server, database, *TOOLS[tool].up)
                with self.server.connect(dbname=database) as connection:
                    TOOLS[tool].fill(connection)
                self.migrated[tool] = database
        return self.new_database(tool, template=self.migrated[tool])

    def state_with_the_later_migration(self, tool) -> dict:
        """Of such a database after the third migration, without pgmoat."""
        if tool not in self.finished:
            database = self.migrated_database(tool)
            self.expect(self.project(tool, later=True), self.server, database, *TOOLS[tool].up)
            self.finished[tool] = alike(self.state(database))
        return self.finished[tool]

    def expect_safe_command_to_work(self, tool, moat, database):
        """The third migration goes through pgmoat, and comes out as it does without."""
        self.expect(self.project(tool, later=True), moat, database, *TOOLS[tool].up)
        wrong = differences(self.state_with_the_later_migration(tool), alike(self.state(database)))
        assert not wrong, wrong


def refusals(moat, database) -> list:
    """Audit records of what was refused there, as soon as there are any."""
    return until(lambda: moat.audit(database=database, decision="deny"), f"a refusal in {database}")
