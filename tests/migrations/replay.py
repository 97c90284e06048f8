"""A tool's conversation as a list of steps, said to a server or a pgmoat.

A step is one exchange: messages, up to the ReadyForQuery that ends it.  Which messages depends on the
tool's driver; the constructors below are named for them.
"""
import dataclasses

from wire import Wire, bind, close, describe, execute, parse, query, sync, terminate


@dataclasses.dataclass
class Step:
    messages: tuple  # bytes, each group up to a Sync or Query
    says: str        # for a failure's message
    connection: int = 1


def q(sql, connection=1) -> Step:
    """One simple Query."""
    return Step((query(sql),), sql, connection)


def go(sql, *parameters, name="", connection=1) -> Step:
    """lib/pq, with parameters; pgx, under a name: prepared, then run, each with its Sync."""
    return Step((parse(name, sql) + describe("S", name) + sync(), bind("", name, parameters) + execute() + sync()), sql, connection)


def pgx(sql, *parameters) -> Step:
    """A statement of pgx, prepared under a name and closed."""
    run = go(sql, *parameters, name="stmt_1")
    return Step((*run.messages, close("S", "stmt_1") + sync()), sql)


def jdbc(*texts, connection=1) -> Step:
    """pgjdbc: unnamed; BEGIN travels with the first statement.  A text, or (text, parameter, …)."""
    said = b""
    for each in texts:
        sql, *parameters = (each,) if isinstance(each, str) else each
        said += parse("", sql) + bind("", "", parameters) + describe() + execute()
    return Step((said + sync(),), str(texts), connection)


pipeline = jdbc  # the same messages: as many statements as there are before one Sync


def at(connection, step) -> Step:
    return dataclasses.replace(step, connection=connection)


@dataclasses.dataclass
class Heard:
    lines: list    # trace lines, as wire.py writes them
    errors: list   # fields of ErrorResponses

    @property
    def rules(self) -> list:
        return [e.get("D", "").removeprefix("Rule ").split(";")[0] for e in self.errors if e.get("D", "").startswith("Rule ")]


def say(port, database, steps, login="migrator", stop=True) -> Heard:
    """Opens the connections that the steps name, and ends them.  A tool gives up at its first error,
    and so does this unless told not to `stop`."""
    wires, heard = {}, Heard([], [])
    try:
        for step in steps:
            if step.connection not in wires:
                wires[step.connection] = Wire(port).login(login, database=database)
            wire = wires[step.connection]
            for messages in step.messages:
                before = len(wire.errors)
                heard.lines += wire.ask(messages)
                heard.errors += wire.errors[before:]
            if heard.errors and stop:
                break
    finally:
        for wire in wires.values():
            wire.send(terminate())
            wire.socket.close()
    return heard
