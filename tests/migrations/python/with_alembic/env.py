"""As `alembic init` makes it, without models.  The place comes from libpq's environment variables."""
import logging.config

import sqlalchemy
from alembic import context

logging.config.fileConfig(context.config.config_file_name)

with sqlalchemy.create_engine("postgresql+psycopg2://", poolclass=sqlalchemy.pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
