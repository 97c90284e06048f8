"""What an application does with SQLAlchemy on the tables that Alembic made."""
import os

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects.postgresql import insert

engine = sa.create_engine("postgresql+psycopg2://")
Base = orm.declarative_base(metadata=sa.MetaData())


class Author(Base):
    __tablename__ = "authors"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
    born = sa.Column(sa.Date)
    books = orm.relationship("Book", cascade="all, delete-orphan", back_populates="author")


class Book(Base):
    __tablename__ = "books"
    id = sa.Column(sa.Integer, primary_key=True)
    author_id = sa.Column(sa.Integer, sa.ForeignKey("authors.id"))
    title = sa.Column(sa.Text)
    price = sa.Column(sa.Numeric(8, 2))
    pages = sa.Column(sa.Integer)
    author = orm.relationship(Author, back_populates="books")


def count(session):
    return session.query(Author).count(), session.query(Book).count()


with orm.Session(engine) as session:
    session.add_all(Author(name=f"writer {n}", books=[Book(title=f"{n}.{m}", pages=m) for m in range(3)]) for n in range(10))
    session.commit()
    print("made", count(session))
    found = session.query(Author).options(orm.selectinload(Author.books)).filter(Author.name.like("writer %")).order_by(Author.id)
    print("read", [(a.name, len(a.books)) for a in found][:3])
    found[0].books[0].title = "another title"
    session.commit()
    session.delete(found[1])  # and its books
    session.commit()
    print("deleted", count(session))
    try:
        with session.begin_nested():
            session.add(Author(name="writer 2"))  # the name is taken
            session.flush()
    except sa.exc.IntegrityError as e:
        print("savepoint", e.orig.pgcode)
    session.commit()
    session.bulk_insert_mappings(Book, [{"author_id": found[0].id, "title": f"bulk {n}"} for n in range(500)])
    session.bulk_update_mappings(Book, [{"id": b.id, "pages": 7} for b in session.query(Book).filter(Book.title.like("bulk 1%"))])
    print("updated", session.execute(sa.update(Book).where(Book.pages == 7).values(price=3).execution_options(
        synchronize_session=False)).rowcount)
    session.execute(insert(Author).values(name="writer 3").on_conflict_do_update(index_elements=["name"], set_={"born": "1815-12-10"}))
    print("deleted in bulk", session.query(Book).filter(Book.title.like("bulk 2%")).delete(synchronize_session=False))
    session.commit()
    print("end", count(session))
    if os.environ["TRAFFIC_THROUGH"] == "pgmoat":
        for statement in (sa.delete(Book), sa.update(Book).values(pages=0)):
            try:
                session.execute(statement, execution_options={"synchronize_session": False})
            except sa.exc.ProgrammingError as e:
                print("refused", e.orig.pgcode, e.orig.diag.message_detail.split(";")[0], "with a hint" if e.orig.diag.message_hint else "")
                session.rollback()
