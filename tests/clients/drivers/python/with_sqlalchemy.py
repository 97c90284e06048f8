"""What people do with SQLAlchemy, over psycopg2 and (as it would be in an async web service) asyncpg.

As deploy it makes its tables; as app and readonly it works with those that are there.
"""
import asyncio
import os

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from telling import BIG_VALUE, MANY_ROWS, REFUSED, ROLE, THROUGH_PGMOAT, WRITES, digest, refused, say

Base = orm.declarative_base()


class Note(Base):
    __tablename__ = "notes"
    id = sa.Column(sa.BigInteger, sa.Identity(), primary_key=True)
    slug = sa.Column(sa.Text, unique=True, nullable=False)
    body = sa.Column(sa.Text)
    weight = sa.Column(sa.Numeric(10, 2))
    tags = sa.Column(postgresql.ARRAY(sa.Text))
    made = sa.Column(sa.DateTime(timezone=True), server_default=sa.func.now())
    data = sa.Column(postgresql.JSONB)
    replies = orm.relationship("Reply", back_populates="note", lazy="selectin")


class Reply(Base):
    __tablename__ = "replies"
    id = sa.Column(sa.BigInteger, sa.Identity(), primary_key=True)
    note_id = sa.Column(sa.ForeignKey("notes.id"), nullable=False)
    body = sa.Column(sa.Text, nullable=False)
    note = orm.relationship(Note, back_populates="replies")


def url(driver, **options):
    return sa.engine.URL.create(f"postgresql+{driver}", username=options.pop("username", os.environ["PGUSER"]),
                                host="localhost", port=int(os.environ["PGPORT"]), database=os.environ["PGDATABASE"],
                                **options)


def reflect(engine):
    seen = sa.inspect(engine)
    say("tables", sorted(seen.get_table_names()))
    say("views", seen.get_view_names())
    for column in seen.get_columns("notes"):
        say("column", column["name"], repr(column["type"]), column["nullable"], column["default"])
    say("keys", seen.get_pk_constraint("notes"), seen.get_unique_constraints("notes"),
        seen.get_foreign_keys("replies"), seen.get_check_constraints("notes"), seen.get_indexes("orders"))
    say("enums", [(e["name"], e["labels"]) for e in seen.get_enums()])
    metadata = sa.MetaData()
    metadata.reflect(engine)
    say("reflected", sorted(metadata.tables))
    return metadata


def read(engine, metadata):
    customers, orders = metadata.tables["customers"], metadata.tables["orders"]
    with engine.connect() as connection:
        say("simple", connection.execute(sa.select(1)).scalar())
        query = (sa.select(customers.c.city, sa.func.count(), sa.func.max(orders.c.placed_at))
                 .join(orders).where(orders.c.status.in_(["new", "paid"])).group_by(customers.c.city)
                 .having(sa.func.count() > sa.bindparam("least")).order_by(customers.c.city))
        say("joined", connection.execute(query, {"least": 1}).all())
        numbered = sa.select(customers.c.id, sa.func.row_number().over(
            partition_by=customers.c.city, order_by=customers.c.id).label("n")).cte("numbered")
        say("window", connection.execute(sa.select(sa.func.sum(numbered.c.n)).where(numbered.c.n < 3)).scalar())
        streamed = connection.execution_options(stream_results=True, max_row_buffer=1000).execute(sa.text(MANY_ROWS))
        say("rows", *(lambda rows: (len(rows), digest("".join(row[1] for row in rows).encode())))(list(streamed)))
        say("value", len(connection.execute(sa.text(BIG_VALUE)).scalar()))
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        say("isolation", connection.execute(sa.text("SHOW transaction_isolation")).scalar())
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT 1 / :n"), {"n": 0})
    except sa.exc.DataError as error:
        say("error", error.orig.pgcode, error.orig.diag.message_primary)
    with engine.connect() as connection:
        connection.begin()
        for statement in ("SELECT nope FROM notes", "SELECT 1"):
            try:
                connection.execute(sa.text(statement))
            except sa.exc.DBAPIError as error:
                say("in a transaction", type(error).__name__, error.orig.pgcode)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO products (name, price_cents) VALUES ('x', -1)"))
    except sa.exc.DBAPIError as error:
        say("SQLSTATE", error.orig.pgcode)


def write(engine):
    with orm.Session(engine) as session:
        session.add_all([Note(slug=f"note {n}", weight=n, tags=["a", "b,c"], data={"n": n},
                              replies=[Reply(body=f"reply {n}.{m}") for m in range(3)]) for n in range(200)])
        session.commit()  # rows in batches of 1,000 values with RETURNING
        say("written", session.query(Note).count(), session.query(Reply).count())
        note = session.execute(sa.select(Note).where(Note.data["n"].as_integer() == 7)).scalar_one()
        note.body, note.weight = "changed", Note.weight + 1
        session.flush()
        say("changed", note.weight, [reply.body for reply in note.replies])
        with session.begin_nested() as savepoint:
            session.execute(sa.update(Note).where(Note.slug.like("note 1%")).values(weight=0),
                            execution_options={"synchronize_session": False})
            savepoint.rollback()
        session.commit()
        say("sum", session.execute(sa.select(sa.func.sum(Note.weight))).scalar())
        try:
            with session.begin_nested():
                session.add(Note(slug="note 1"))
        except sa.exc.IntegrityError as error:
            say("unique", error.orig.pgcode, error.orig.diag.constraint_name)
        session.execute(sa.select(Note).where(Note.id == 1).with_for_update(skip_locked=True))
        session.rollback()
        upsert = postgresql.insert(Note).values([{"slug": "note 1", "weight": 5}, {"slug": "new", "weight": 6}])
        upsert = upsert.on_conflict_do_update(index_elements=["slug"], set_={"weight": upsert.excluded.weight})
        say("upsert", session.execute(upsert.returning(Note.slug, Note.weight)).all())
        session.execute(sa.delete(Reply).where(Reply.note_id.in_(sa.select(Note.id).where(Note.weight > 190))),
                        execution_options={"synchronize_session": "fetch"})
        session.commit()
        say("left", session.query(Reply).count())
        session.add(Reply(note_id=-1, body="to nothing"))
        try:
            session.commit()
        except sa.exc.IntegrityError as error:
            say("error at COMMIT", error.orig.pgcode, error.orig.diag.constraint_name)
    with engine.begin() as connection:
        connection.execute(Note.__table__.insert(), [{"slug": f"core {n}"} for n in range(3000)])
    say("core", engine.connect().execute(sa.text("SELECT count(*) FROM notes WHERE slug LIKE 'core%'")).scalar())
    raw = engine.raw_connection()
    transaction = raw.xid(1, "sqlalchemy " + os.environ["DRIVER_THROUGH"], "a")
    raw.tpc_begin(transaction)
    raw.cursor().execute("INSERT INTO notes (slug) VALUES ('two phases')")
    raw.tpc_prepare()
    raw.tpc_commit()
    say("two phases", engine.connect().execute(sa.text("SELECT count(*) FROM notes WHERE slug ~ 'phases'")).scalar())


async def with_asyncpg():
    engine = create_async_engine(url("asyncpg"), connect_args={"ssl": False})
    async with AsyncSession(engine) as session:
        say("asyncpg", (await session.execute(sa.select(Note.slug).order_by(Note.id).limit(2))).all())
        rows = await session.stream(sa.text("SELECT n FROM generate_series(1, 3000) AS n"))
        say("streamed", sum([row.n async for row in rows]))
        if WRITES:
            session.add(Note(slug="async", data=[1, 2], tags=["x"]))
            await session.commit()
            say("async", (await session.execute(sa.select(Note.data).where(Note.slug == "async"))).scalar())
    await engine.dispose()


def deploy(engine):
    """create_all looks for each table first; then what Alembic would send."""
    later = sa.MetaData()
    author = sa.Table("authors", later, sa.Column("id", sa.Integer, primary_key=True),
                      sa.Column("name", sa.String(80), nullable=False, index=True),
                      sa.Column("mood", sa.Enum("good", "bad", name="mood")), comment="who writes")
    sa.Table("books", later, sa.Column("isbn", sa.String(13), primary_key=True),
             sa.Column("author_id", sa.ForeignKey("authors.id", ondelete="CASCADE")),
             sa.CheckConstraint("length(isbn) = 13", name="isbn_is_long"))
    later.create_all(engine)
    later.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE authors ADD COLUMN born date"))
        connection.execute(sa.schema.CreateIndex(sa.Index("authors_by_mood", author.c.mood)))
        connection.execute(author.insert(), [{"name": "Ada", "mood": "good"}])
        say("authors", connection.execute(sa.text("SELECT * FROM authors")).all())
    seen = sa.inspect(engine)
    say("made", [column["name"] for column in seen.get_columns("authors")], seen.get_indexes("authors"),
        seen.get_check_constraints("books"), seen.get_foreign_keys("books"), seen.get_table_comment("authors"))


def refusals(engine):
    for statement in REFUSED:
        try:
            with engine.begin() as connection:
                connection.execute(sa.text(statement))
        except sa.exc.DBAPIError as error:
            diag = error.orig.diag
            refused(diag.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint)
    with engine.connect() as connection:
        print("refused, and then:", connection.execute(sa.select(1)).scalar())


main = sa.create_engine(url("psycopg2"), pool_pre_ping=True)
if ROLE == "deploy":
    deploy(main)
else:
    read(main, reflect(main))
    if WRITES:
        write(main)
    asyncio.run(with_asyncpg())
    tls = {"sslmode": "verify-full", "sslrootcert": os.environ["DRIVER_CA"]}
    secure = sa.create_engine(url("psycopg2", username="login_scram", password="pw-scram-7d1f", query=tls))
    with secure.connect() as connection:
        say("scram over tls", connection.execute(sa.text("SELECT current_user")).scalar())
    try:
        sa.create_engine(url("psycopg2", query={**tls, "sslrootcert": os.environ["DRIVER_OTHER_CA"]})).connect()
    except sa.exc.OperationalError as error:
        say("not trusted", "certificate" in str(error))
    if THROUGH_PGMOAT:
        refusals(main)
