"""The corpus' own database: the shop with what corpus.sql adds."""
import pathlib

from snapshot import Snapshots
from wire import Wire, query

DATABASE, TEMPLATE = "corpus", "pristine"
ADDITIONS = pathlib.Path(__file__).with_name("corpus.sql")


def make_template(postgres):
    """Once, and while nobody is connected to the shop."""
    postgres.psql("-c", f"CREATE DATABASE {TEMPLATE} TEMPLATE shop", dbname="postgres")
    postgres.psql("-v", f"loot={postgres.loot}", "-f", ADDITIONS, dbname=TEMPLATE)


class Arena:
    """A copy of it: an attack that gets through spoils no other test, and is undone by copying
    the database anew."""

    def __init__(self, postgres):
        self.postgres = postgres
        self.snapshots = None
        self.renew()

    def renew(self):
        if self.snapshots:
            self.snapshots.close()
        with self.postgres.connect(dbname="postgres") as direct:
            direct.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            direct.execute(f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE}")
        self.clear_loot()
        self.snapshots = Snapshots(self.postgres, DATABASE)
        self.before = self.snapshots.take()

    def springs(self, case) -> bool:
        """Whether the case leaves a file behind when nobody stops it.  Takes the file away."""
        read_only = "-c default_transaction_read_only=on"
        with Wire(self.postgres.port).login("postgres", database=DATABASE, options=read_only) as wire:
            for text in [*case.setup, case.statement]:
                wire.ask(query(text))
        return bool(self.clear_loot()) and not wire.errors

    def clear_loot(self) -> list:
        """Takes away what was left there; its names."""
        found = list(self.postgres.loot.iterdir())
        for path in found:
            path.unlink()
        return found

    def changes(self, besides="nothing") -> dict:
        return self.snapshots.changes(self.before, besides)
