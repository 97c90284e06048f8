"""Beside the running application: outside of the transaction.  A branch of its own, since it wants the tool named."""
from alembic import op

revision, down_revision = "prices", "0003"


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("books_by_price", "books", ["price"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("books_by_price", postgresql_concurrently=True)
