"""Documents: proposal and checks as steps, congress, hand-over, struck entries, and pictures of pages."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform import ids
from lienxa.platform.db.migrations.helpers import protect

revision = "0008_documents_in_order"
down_revision = "0010_calendar"

# Rights that come with the new steps, for the roles that organs began with.
_RIGHTS = (
    ("office_head", "documents.propose"),
    ("office_head", "documents.check_content"),
    ("leader", "documents.check_content"),
    ("clerk", "documents.check_form"),
    ("office_head", "documents.check_form"),
    ("clerk", "documents.strike"),
    ("office_head", "documents.strike"),
    ("administrator", "series.configure"),
)


def upgrade() -> None:
    """Widen the books, and give organs that exist the rights of the new steps."""
    _document()
    _series()
    _steps()
    _pictures()
    for table in (
        "congress",
        "intake_rule",
        "direct_route",
        "sign_off",
        "hand_over",
        "page_picture",
    ):
        protect(table)
    op.execute("reset role")  # data of organs: as lx_owner row security would ask for one of them
    _data()
    op.execute("set role lx_owner")


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{other}.tenant_id", f"app.{other}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("tenant_id", *columns, name=f"{table}_tenant_id_{'_'.join(columns)}_key")


def _table(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{name}_pkey"),
        schema="app",
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"{table}_{'_'.join(columns)}_idx", table, ["tenant_id", *columns], schema="app")


def _uuid(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _add(column: sa.Column[object]) -> None:
    op.add_column("document", column, schema="app")


def _check(table: str, name: str, condition: str) -> None:
    """Replace or add a check. `op.f` because the name is whole already."""
    op.execute(f"alter table app.{table} drop constraint if exists {table}_{name}_check")
    op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition, schema="app")


def _document() -> None:
    empty = sa.text("''")
    _add(sa.Column("proposed_co_ids", sa.ARRAY(sa.Uuid), nullable=False, server_default=sa.text("'{}'")))
    for name in ("proposal_text", "archive_receiver", "book_note", "struck_reason"):
        _add(sa.Column(name, sa.Text, nullable=False, server_default=empty))
    _add(sa.Column("of_congress", sa.Boolean, nullable=False, server_default=sa.false()))
    _add(sa.Column("copies", sa.Integer, nullable=True))
    _add(_moment("struck_at"))
    _check(
        "document",
        "state",
        "direction = 'incoming' and state in ('registered', 'proposed', 'directed', 'answered', 'done', 'struck') or "
        "direction = 'outgoing' and state in ('draft', 'content_check', 'form_check', 'submitted', 'returned', "
        "'signed', 'numbered', 'issued', 'struck')",
    )
    _check(
        "document",
        "number",
        "(number is null) = (series_id is null) and (number is null) = (period is null) and (number is null) = "
        "(state in ('draft', 'content_check', 'form_check', 'submitted', 'returned', 'signed'))",
    )
    _check("document", "struck", "(state = 'struck') = (struck_at is not null)")
    _check("document", "copies", "copies > 0")


def _series() -> None:
    _table(
        "congress",
        _text("label"),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date, nullable=True),
        _unique("congress", "label"),
        sa.CheckConstraint("closed_on is null or closed_on >= opened_on", name=op.f("congress_order_check")),
    )
    _check("number_series", "period_kind", "period_kind in ('year', 'term', 'congress')")
    _check("series_use", "direction", "direction in ('incoming', 'outgoing', 'congress')")


def _steps() -> None:
    _table(
        "intake_rule",
        _uuid("body_id"),
        sa.Column("proposal_required", sa.Boolean, nullable=False),
        _key("intake_rule", "body_id", "body"),
        _unique("intake_rule", "body_id"),
    )
    _table(
        "direct_route",
        _uuid("body_id"),
        _text("type_code"),
        _key("direct_route", "body_id", "body"),
        _unique("direct_route", "body_id", "type_code"),
    )
    _table(
        "sign_off",
        _uuid("document_id"),
        _text("kind"),
        _uuid("staff_id"),
        _text("post_title"),
        _moment("signed_off_at", nullable=False),
        sa.Column("alone", sa.Boolean, nullable=False),
        _moment("withdrawn_at"),
        _key("sign_off", "document_id", "document"),
        _key("sign_off", "staff_id", "staff"),
        sa.CheckConstraint("kind in ('content', 'form')", name=op.f("sign_off_kind_check")),
    )
    _index("sign_off", "document_id")
    _table(
        "hand_over",
        _uuid("document_id"),
        _text("receiver"),
        _uuid("staff_id", nullable=True),
        sa.Column("handed_over_on", sa.Date, nullable=False),
        _uuid("handed_over_by"),
        _text("received_by"),
        _moment("received_at"),
        _key("hand_over", "document_id", "document"),
        _key("hand_over", "staff_id", "staff"),
        _key("hand_over", "handed_over_by", "staff"),
    )
    _index("hand_over", "document_id")


def _pictures() -> None:
    op.add_column(
        "stored_file",
        sa.Column("pictures", sa.Text, nullable=False, server_default=sa.text("'none'")),
        schema="app",
    )
    op.add_column("stored_file", sa.Column("page_count", sa.Integer, nullable=True), schema="app")
    _check("stored_file", "pictures", "pictures in ('none', 'wanted', 'made', 'failed')")
    _table(
        "page_picture",
        _uuid("stored_file_id"),
        sa.Column("page", sa.Integer, nullable=False),
        _text("sha256"),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        _key("page_picture", "stored_file_id", "stored_file"),
        _unique("page_picture", "stored_file_id", "page"),
        sa.CheckConstraint("page > 0", name=op.f("page_picture_page_check")),
    )
    _index("page_picture", "sha256")


def _data() -> None:
    """What was registered waits for the leader as before; from now on the office head proposes first."""
    op.execute(
        "update app.document set state = 'proposed', proposal_text = direction_text, direction_text = '' "
        "where state = 'registered'"
    )
    connection = op.get_bind()
    roles = connection.execute(sa.text("select tenant_id, id, code from app.role")).all()
    rights = [
        {"tenant_id": role.tenant_id, "id": ids.new_id(), "role_id": role.id, "permission": permission}
        for role in roles
        for code, permission in _RIGHTS
        if role.code == code
    ]
    bodies = connection.execute(
        sa.text(
            "select b.tenant_id, b.id, b.code from app.body b "
            "where exists (select from app.series_use u where u.tenant_id = b.tenant_id and u.body_id = b.id)"
        )
    ).all()
    proposals = [
        {
            "tenant_id": body.tenant_id,
            "id": ids.new_id(),
            "body_id": body.id,
            "proposal_required": body.code != "inspection",
        }
        for body in bodies
    ]
    for table, columns, rows in (
        ("role_permission", ("role_id", "permission"), rights),
        ("intake_rule", ("body_id", "proposal_required"), proposals),
    ):
        if rows:
            names = ("tenant_id", "id", *columns)
            target = sa.table(table, *(sa.column(name) for name in names), schema="app")
            connection.execute(sa.insert(target), rows)
