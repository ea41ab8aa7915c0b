"""${message}."""

from alembic import op
import sqlalchemy as sa

from lienxa.platform.db.migrations.helpers import protect

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
