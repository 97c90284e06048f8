"""Applications, as role app, on tables that their own migrations made: nothing of what they do is refused, but
for what would take every row."""
import pathlib

import pytest

from database_state import alike
from project import Project

HERE = pathlib.Path(__file__).resolve().parent
DJANGO, ALEMBIC = HERE / "python/with_django", HERE / "python/with_alembic"


@pytest.fixture(scope="module")
def projects(workspace):
    """{name: (its migrations' commands, the application)}"""
    own = workspace / "rails-traffic"
    own.mkdir()
    rails = {"RAILS_ENV": "production", "RAILS_TMP": str(own)}
    return {
        "sqlalchemy": (Project(["/usr/bin/python3", "-m", "alembic"], ALEMBIC), ["upgrade 0003"],
                       Project(["/usr/bin/python3", "traffic.py"], ALEMBIC)),
        # What Django's own tables need, and no migration that destroys.
        "django": (Project(["/usr/bin/python3", "manage.py"], DJANGO), ["migrate auth", "migrate sessions", "migrate library"],
                   Project(["/usr/bin/python3", "traffic.py"], DJANGO)),
        "activerecord": (Project(["/usr/bin/rake"], HERE / "rails", rails), ["db:migrate VERSION=20240101000004"],
                         Project(["/usr/bin/ruby", "traffic.rb"], HERE / "rails", rails))}


@pytest.mark.parametrize("name", ["sqlalchemy", "django", "activerecord"])
def test_an_application_is_not_disturbed(name, projects, server, pgmoat, new_database, snapshot):
    tool, commands, application = projects[name]
    template = new_database(name)
    for command in commands:
        tool.run(server.port, template, *command.split()).succeeded()
    direct, through = new_database(name, template), new_database(name, template)
    one = application.run(server.port, direct, login="shop_app", TRAFFIC_THROUGH="direct")
    other = application.run(pgmoat.port, through, login="shop_app", TRAFFIC_THROUGH="pgmoat")
    assert one.status == other.status == 0, one.text + other.text
    said = [line for line in other.text.splitlines() if not line.startswith("refused")]
    refused = [line for line in other.text.splitlines() if line.startswith("refused")]
    assert one.text.splitlines() == said
    assert said[-1].startswith("end ") and len(said) > 6
    assert refused == [f"refused 42501 Rule app.{kind}-without-where with a hint" for kind in ("delete", "update")]
    states = alike(snapshot(direct)), alike(snapshot(through))
    for state in states:  # a password's salt, a session's key: new each time
        state.pop(("table", "public.auth_user"), None)
    assert states[0] == states[1]
