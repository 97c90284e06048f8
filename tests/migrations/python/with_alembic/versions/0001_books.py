import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade():
    authors = op.create_table(
        "authors",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("born", sa.Date))
    op.create_table(
        "books",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("author_id", sa.Integer, sa.ForeignKey("authors.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("price", sa.Numeric(8, 2), server_default="0"))
    op.bulk_insert(authors, [{"name": "Ada"}, {"name": "Bela"}])


def downgrade():
    op.drop_table("books")
    op.drop_table("authors")
