"""Forward, and yet it destroys data."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004", "0003"


def upgrade():
    op.create_table("publishers", sa.Column("id", sa.Integer, primary_key=True))
    op.drop_column("authors", "born")


def downgrade():
    op.add_column("authors", sa.Column("born", sa.Date))
    op.drop_table("publishers")
