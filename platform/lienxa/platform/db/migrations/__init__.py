"""One linear history of the schema. Runs as lx_migrator; objects are created as lx_owner."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

_HERE = Path(__file__).parent


def config(dsn: str) -> Config:
    """The alembic configuration for a plain `postgresql://` address."""
    settings = Config()
    settings.set_main_option("script_location", str(_HERE))
    settings.attributes["dsn"] = dsn
    return settings


def upgrade(dsn: str) -> None:
    """Bring the database to the newest revision."""
    command.upgrade(config(dsn), "head")


def current(dsn: str) -> str | None:
    """The revision the database is at; None before the first."""
    engine = create_engine(dsn.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": "control"})
        return context.get_current_revision()
