"""Delegations in time, what the roles are there for, and indexes for the search of the trail."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0037_delegations"
down_revision = "0034_life"

_STAFF = ("lender_id", "borrower_id", "made_by", "revoked_by")
# What organs that exist give their roles, as `permissions.py` of the office and `staffing` give it to new ones.
_NEW_RIGHTS = (
    ("leader", "office.delegate"),
    ("director", "office.delegate"),
    ("leader", "office.substitute"),
    ("office_head", "office.substitute"),
    ("director", "office.substitute"),
)
_DESCRIPTIONS = {
    "clerk": "Vào sổ văn bản đến, kiểm tra thể thức, cấp số, đóng dấu, phát hành và giữ các sổ.",
    "office_head": "Đề xuất xử lý văn bản đến, kiểm tra dự thảo, xếp lịch họp, đôn đốc và phân công người thay thế.",
    "leader": "Cho ý kiến chỉ đạo, duyệt và ký văn bản, kết quả hồ sơ; ủy quyền cho người khác có thời hạn.",
    "specialist": "Xử lý văn bản được giao, soạn dự thảo, giải quyết hồ sơ một cửa được chuyển đến.",
    "counter": "Tiếp nhận hồ sơ một cửa, hẹn trả và trả kết quả cho người dân.",
    "administrator": "Giao chức vụ và tài khoản, đặt sổ và lịch, xem nhật ký; không vì thế mà xem được văn bản.",
    "director": "Lãnh đạo văn phòng cấp trên: xem tổng hợp của các đơn vị, chốt số liệu hằng tháng.",
    "watcher": "Theo dõi tổng hợp và tiến độ của các đơn vị; không xem được hồ sơ, văn bản của đơn vị nào.",
}


def upgrade() -> None:
    """Create the tables; give the roles of the organs that exist their new rights and their descriptions."""
    op.create_table(
        "delegation",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("lender_id", sa.Uuid, nullable=False),
        sa.Column("post_id", sa.Uuid, nullable=False),
        sa.Column("borrower_id", sa.Uuid, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("made_by", sa.Uuid, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.Uuid, nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="delegation_pkey"),
        *(_key("delegation", column, "staff") for column in _STAFF),
        _key("delegation", "post_id", "post"),
        sa.CheckConstraint("kind in ('authority', 'substitution')", name=op.f("delegation_kind_check")),
        sa.CheckConstraint("mark in ('', 'KT', 'TL', 'TUQ')", name=op.f("delegation_mark_check")),
        sa.CheckConstraint("(kind = 'authority') = (mark <> '')", name=op.f("delegation_signs_check")),
        sa.CheckConstraint("lender_id <> borrower_id", name=op.f("delegation_two_check")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("delegation_order_check")),
        schema="app",
    )
    for columns in (["borrower_id", "ends_on"], ["lender_id", "ends_on"], ["ends_on"]):
        op.create_index(f"delegation_{'_'.join(columns)}_idx", "delegation", ["tenant_id", *columns], schema="app")
    op.create_table(
        "delegation_right",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("delegation_id", sa.Uuid, nullable=False),
        sa.Column("permission", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="delegation_right_pkey"),
        sa.UniqueConstraint(
            "tenant_id",
            "delegation_id",
            "permission",
            name="delegation_right_tenant_id_delegation_id_permission_key",
        ),
        _key("delegation_right", "delegation_id", "delegation"),
        schema="app",
    )
    protect("delegation", "select, insert, update")
    protect("delegation_right", "select, insert")
    op.add_column("role", sa.Column("description", sa.Text, nullable=False, server_default=""), schema="app")
    # Whoever asks for a whole book may do so in a post that was lent to them: the column then names the delegation.
    op.drop_constraint("book_file_tenant_id_post_id_fkey", "book_file", schema="app")
    for columns in (["at", "id"], ["staff_id", "at", "id"], ["action", "at", "id"]):
        op.create_index(f"audit_event_{'_'.join(columns)}_idx", "audit_event", ["tenant_id", *columns], schema="app")
    op.execute("reset role")  # rows of all organs: only the migrator's own login passes row security
    _fill_roles()
    op.execute("set role lx_owner")


def _fill_roles() -> None:
    bind = op.get_bind()
    for role, right in _NEW_RIGHTS:
        bind.execute(
            sa.text(
                "insert into app.role_permission (tenant_id, id, role_id, permission) "
                "select tenant_id, gen_random_uuid(), id, :right from app.role where code = :role"
            ),
            {"role": role, "right": right},
        )
    for role, description in _DESCRIPTIONS.items():
        bind.execute(
            sa.text("update app.role set description = :description where code = :role"),
            {"role": role, "description": description},
        )


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{to}.tenant_id", f"app.{to}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )
