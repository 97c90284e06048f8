"""Another table."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"


def upgrade():
    op.create_table("shelves", sa.Column("id", sa.Integer, primary_key=True), sa.Column("room", sa.Text))


def downgrade():
    op.drop_table("shelves")
