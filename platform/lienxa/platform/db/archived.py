"""What each migration did to the tables of an organ, done to an archive that was written before it (ADR 0044).

Whoever writes a migration that changes a table of an organ, or its rows, adds its step here; `test_archived.py` fails
without it. A step is written for the schema of today: when a later migration changes what an earlier step speaks of,
the earlier step is mended. Tables are what the catalogue says they are, so a new one needs its name and no more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Raw
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lienxa.platform.db import revisions

Row = dict[str, Raw]
"""A line of an archive: each column as it is written in JSON."""

# Before it there was no archive.
FIRST = "0034_life"

_EMPTY, _NULL, _TRUE, _FALSE = Raw(b'""'), Raw(b"null"), Raw(b"true"), Raw(b"false")


@dataclass(frozen=True)
class Step:
    """What a migration did.

    `tables` are new, so an archive of before lacks them. `rows` change a line of a table from its old shape to its new.
    `afterwards` are statements that run as the application, with the organ bound, when all its rows are in.
    A step of nothing says that the migration changed nothing that rows of before it would not satisfy.
    """

    revision: str
    tables: Sequence[str] = ()
    rows: Mapping[str, Callable[[Row], None]] = field(default_factory=dict)
    afterwards: Sequence[str] = ()


def since(revision: str) -> Sequence[Step]:
    """The steps from that revision to ours, oldest first. `LookupError` for one that we do not know."""
    later = set(revisions.after(revision))
    return [step for step in STEPS if step.revision in later]


async def finish(session: AsyncSession, steps: Sequence[Step]) -> None:
    """What migrations did to rows across tables, when all rows of the archive are in."""
    for step in steps:
        for statement in step.afterwards:
            await session.execute(text(statement))


def _added(**columns: Raw) -> Callable[[Row], None]:
    return lambda row: row.update(columns)


def _give(right: str, *roles: str, where: str = "true") -> str:
    """Roles of the organ get a right, as they did when the migration ran."""
    codes = ", ".join(f"'{role}'" for role in roles)
    return (
        "insert into app.role_permission (tenant_id, id, role_id, permission) "  # noqa: S608 -- words of this file
        f"select tenant_id, gen_random_uuid(), id, '{right}' from app.role where code in ({codes}) and {where} "
        "on conflict do nothing"
    )


def _describe(role: str, description: str) -> str:
    return f"update app.role set description = '{description}' where code = '{role}'"  # noqa: S608 -- words of this file


def _mark_one_person(row: Row) -> None:
    row["one_person"] = _TRUE if bytes(row["handler_id"]) == bytes(row["received_by"]) else _FALSE


STEPS = (
    Step(
        "0037_delegations",
        tables=("app.delegation", "app.delegation_right"),
        rows={"app.role": _added(description=_EMPTY)},
        afterwards=(
            _give("office.delegate", "leader", "director"),
            _give("office.substitute", "leader", "office_head", "director"),
            _describe("clerk", "Vào sổ văn bản đến, kiểm tra thể thức, cấp số, đóng dấu, phát hành và giữ các sổ."),
            _describe(
                "office_head",
                "Đề xuất xử lý văn bản đến, kiểm tra dự thảo, xếp lịch họp, đôn đốc và phân công người thay thế.",
            ),
            _describe(
                "leader",
                "Cho ý kiến chỉ đạo, duyệt và ký văn bản, kết quả hồ sơ; ủy quyền cho người khác có thời hạn.",
            ),
            _describe("specialist", "Xử lý văn bản được giao, soạn dự thảo, giải quyết hồ sơ một cửa được chuyển đến."),
            _describe("counter", "Tiếp nhận hồ sơ một cửa, hẹn trả và trả kết quả cho người dân."),
            _describe(
                "administrator",
                "Giao chức vụ và tài khoản, đặt sổ và lịch, xem nhật ký; không vì thế mà xem được văn bản.",
            ),
            _describe("director", "Lãnh đạo văn phòng cấp trên: xem tổng hợp của các đơn vị, chốt số liệu hằng tháng."),
            _describe(
                "watcher",
                "Theo dõi tổng hợp và tiến độ của các đơn vị; không xem được hồ sơ, văn bản của đơn vị nào.",
            ),
        ),
    ),
    Step(
        "0038_people",
        tables=("app.work_transfer", "app.work_transfer_line"),
        rows={
            "app.appointment": _added(signing_title=_EMPTY),
            "app.staff": _added(certificate_ends_on=_NULL),
        },
        afterwards=(_give("office.hand_over", "administrator", "office_head", "director"),),
    ),
    Step("0039_imports", tables=("app.import_run",)),
    Step("0041_book_closings", tables=("app.book_closing",)),
    Step("0042_succession", tables=("app.passage",)),
    Step(
        "0043_one_person",
        rows={"app.one_stop": _added(one_person=Raw(b'"warn"')), "app.one_stop_case": _mark_one_person},
        afterwards=(
            _give(
                "one_stop.manage",
                "office_head",
                "leader",
                where="exists (select from app.one_stop where one_stop.tenant_id = role.tenant_id)",
            ),
        ),
    ),
    Step("0045_readiness", tables=("app.phase_change", "app.readiness_confirmation", "app.book_comparison")),
    Step("0046_mail", tables=("app.head_receiver",)),
    Step(
        "0048_case_succession",
        tables=("app.case_earlier_step",),
        rows={"app.one_stop_case": _added(receipt_code=_NULL, receipt_organ_id=_NULL, receipt_case_id=_NULL)},
    ),
    Step("0050_restored_receivers"),  # one more reason to be paused
    Step("0052_operator_seals", rows={"app.audit_seal": _added(key_id=_NULL)}),
    Step("0055_receipt_secret", rows={"app.one_stop_case": _added(receipt_secret=_NULL)}),
    Step("0057_brought_papers", tables=("app.brought_paper",)),
    Step(
        "0059_passage_details",
        rows={"app.passage": _added(symbol=_EMPTY, dated=_NULL, receiver=_EMPTY, unit=_EMPTY)},
    ),
    Step("0060_book_changes", tables=("app.book_change",)),
)
