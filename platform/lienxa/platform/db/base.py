"""Declarative bases and the helpers with which every table is declared.

`TenantScoped` tables live in schema `app`, their keys start with `tenant_id`, and row level security is forced on
them. `ControlBase` tables live in schema `control`, a closed list without office content. Roll-up tables live in
schema `rollup`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, MetaData, Row, Select, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from lienxa.platform import ids

NAMING = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}

metadata = MetaData(naming_convention=NAMING)

# A row, and a select, of any columns: with `Any` alone the type checker takes them for those of one column.
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]

# Where a table of `control` lies on Citus, in its `info`: without a word it stays on the coordinator (docs/citus.md).
PLACEMENT = "placement"
REFERENCE = "reference"  # small, and read in statements of offices: every node has a copy
BESIDE_THE_OFFICE = "beside the office"  # written with its tables, and distributed like them


class Base(DeclarativeBase):
    """Root of every table; the type map fixes how Python types are stored."""

    metadata = metadata
    type_annotation_map = {
        str: Text(),
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
    }


class ControlBase(Base):
    """A table of schema `control`: read before or across tenants, no office content, no row security."""

    __abstract__ = True
    __table_args__: Any = {"schema": "control"}


class TenantScoped(Base):
    """A table of one organ. The session that adds a row fills `tenant_id`; nobody sets it by hand."""

    __abstract__ = True
    __table_args__: Any = {"schema": "app"}

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-20)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id, sort_order=-10)


def tenant_table(*constraints: Any) -> tuple[Any, ...]:
    """`__table_args__` of a tenant table."""
    return (*constraints, {"schema": "app"})


def tenant_key(column: str, table: str, *, name: str | None = None) -> ForeignKeyConstraint:
    """The composite foreign key `(tenant_id, column) -> app.table`; one column alone accepts another tenant's row."""
    return ForeignKeyConstraint(["tenant_id", column], [f"app.{table}.tenant_id", f"app.{table}.id"], name=name)


def tenant_unique(*columns: str, name: str | None = None) -> UniqueConstraint:
    """A unique key inside one tenant."""
    return UniqueConstraint("tenant_id", *columns, name=name)


def tenant_index(table: str, *columns: str, **options: Any) -> Index:
    """An index that starts with `tenant_id`, as all must; named after the table and its columns."""
    return Index(f"{table}_{'_'.join(columns)}_idx", "tenant_id", *columns, **options)
