"""The rows that make a stored content readable."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table, tenant_unique


class StoredFile(TenantScoped):
    """A file that somebody added. Its content lies at `<tenant>/<sha256>`; two rows may share one content.

    `size` is in bytes; `content_type` was found in the content, not in the name. `pictures` says how far the pictures
    of its pages are (`none`: not wanted); `page_count` is known once they are `made`.
    """

    __tablename__ = "stored_file"
    __table_args__ = tenant_table(
        tenant_key("kept_by", "staff"),
        tenant_index("stored_file", "sha256"),
        CheckConstraint("pictures in ('none', 'wanted', 'made', 'failed')", name="pictures"),
    )

    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str]
    name: Mapped[str]
    kept_by: Mapped[UUID | None]
    kept_at: Mapped[datetime]
    pictures: Mapped[str] = mapped_column(default="none")
    page_count: Mapped[int | None]


class PagePicture(TenantScoped):
    """The picture of one page of a stored file (`page` counts from 1). Its content lies at `<tenant>/<sha256>` too.

    `size` is in bytes, `width` and `height` in pixels.
    """

    __tablename__ = "page_picture"
    __table_args__ = tenant_table(
        tenant_key("stored_file_id", "stored_file"),
        tenant_unique("stored_file_id", "page"),
        tenant_index("page_picture", "sha256"),
        CheckConstraint("page > 0", name="page"),
    )

    stored_file_id: Mapped[UUID]
    page: Mapped[int]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int]
    height: Mapped[int]
