"""The rows that make a stored content readable."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table


class StoredFile(TenantScoped):
    """A file that somebody added. Its content lies at `<tenant>/<sha256>`; two rows may share one content.

    `size` is in bytes; `content_type` was found in the content, not in the name.
    """

    __tablename__ = "stored_file"
    __table_args__ = tenant_table(tenant_key("kept_by", "staff"), tenant_index("stored_file", "sha256"))

    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str]
    name: Mapped[str]
    kept_by: Mapped[UUID | None]
    kept_at: Mapped[datetime]
