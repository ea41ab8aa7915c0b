"""Run by alembic. Each migration is one transaction with short time-outs, so that it never queues behind a long one."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from lienxa.platform.db.base import metadata

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "5s"


def run() -> None:
    """Migrate as lx_owner; a data step or a foreign key on an existing table says `reset role` itself."""
    dsn: str = context.config.attributes["dsn"]
    engine = create_engine(dsn.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"set statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.execute(text("set role lx_owner"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table_schema="control",
            include_schemas=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
