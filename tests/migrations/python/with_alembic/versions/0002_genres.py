"""Columns, an index, an enum, and values for the rows that are there."""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision = "0002", "0001"
genre = postgresql.ENUM("novel", "essay", name="genre")


def upgrade():
    genre.create(op.get_bind())
    op.add_column("books", sa.Column("genre", postgresql.ENUM(name="genre", create_type=False)))
    op.add_column("books", sa.Column("pages", sa.Integer))
    op.create_index("books_by_title", "books", ["title"])
    op.execute("UPDATE books SET genre = 'novel' WHERE genre IS NULL")


def downgrade():
    op.drop_index("books_by_title")
    op.drop_column("books", "pages")
    op.drop_column("books", "genre")
    genre.drop(op.get_bind())
