"""The administrator's page of what is not as it should be; each line leads to where it is mended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.response import Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import sent_heads
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.identity import enrolment
from lienxa.platform.identity.enrolment import Login
from lienxa.platform.mail import outbox
from lienxa.platform.mail.models import Mail
from lienxa.platform.rest import repository as service_accounts
from lienxa.platform.text import _
from lienxa.platform.web import seals
from lienxa.platform.web.page import Badge, page
from lienxa.platform.webhooks import repository as webhooks
from lienxa.platform.webhooks.delivery import PAGES
from lienxa.tenants.office import repository, rules
from lienxa.tenants.office.pages import connections, receivers
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import StaffLine

PATH = "/quan-tri/can-chu-y"
CERTIFICATE_SOON = timedelta(days=60)

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]


@dataclass(frozen=True)
class Matter:
    """Something to see to: whose or what it is, how it stands, and the act that mends it."""

    title: str
    detail: str
    badge: Badge
    act: str
    path: str


@dataclass(frozen=True)
class Section:
    """Matters of one kind, and what is said if there is none."""

    title: str
    matters: Sequence[Matter]
    none: str


class AttentionController(Controller):
    """What the administrator should see to."""

    path = PATH

    @get("/", operation_id="ShowAttention")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Everything, by kind."""
        actor.require(ADMINISTRATE)
        return page(request, "office/attention.html", sections=await sections(session, await known(session)))


@dataclass(frozen=True)
class Known:
    """What the sections are found in: people, how they sign in, receivers of events, accounts of other systems."""

    staff: Sequence[StaffLine]
    logins: Mapping[UUID, Login]
    receivers: Sequence[AnyRow]
    accounts: Sequence[AnyRow]


async def known(session: TenantSession) -> Known:
    """All of it."""
    return Known(
        await repository.staff(session),
        await enrolment.logins(session),
        await webhooks.subscriptions(session),
        await service_accounts.accounts(session),
    )


async def sections(session: TenantSession, found: Known) -> list[Section]:
    """What is to be seen to, by kind."""
    staff = found.staff
    present = [person for person in staff if not rules.has_left(person.left_on, clock.today())]
    return [
        Section(_("Chưa đăng nhập lần nào"), _never(found.logins, present), _("Ai cũng đã đăng nhập.")),
        Section(
            _("Chứng thư chữ ký số sắp hết hạn"),
            [_certificate(person) for person in present if _ends_soon(person)],
            _("Không có chứng thư nào hết hạn trong 60 ngày tới (trong số đã ghi ngày hết hạn)."),
        ),
        Section(
            _("Nghỉ mà chưa có biên bản bàn giao"),
            await _left_without_record(session),
            _("Người nghỉ đều đã có biên bản bàn giao."),
        ),
        Section(
            _("Gửi sự kiện không được"), await _deliveries(session, found.receivers), _("Mọi nơi nhận đều nhận được.")
        ),
        Section(_("Thư không gửi được"), _letters(await outbox.troubled(session)), _("Không có thư nào bị trả lại.")),
        Section(
            _("Tài khoản kết nối"),
            _connections(found.accounts, staff),
            _("Không có tài khoản kết nối nào cần xem lại."),
        ),
    ]


def _never(logins: Mapping[UUID, Login], present: Sequence[StaffLine]) -> list[Matter]:
    return [
        Matter(
            person.full_name,
            ", ".join(filter(None, (logins[person.account_id].username, *person.titles))),
            Badge("warn", _("Chưa đăng nhập")),
            _("Cấp lại mật khẩu dùng một lần"),
            f"/quan-tri/can-bo/{person.id}",
        )
        for person in present
        if person.account_id in logins and logins[person.account_id].signed_in_at is None
    ]


def _ends_soon(person: StaffLine) -> bool:
    return person.certificate_ends_on is not None and person.certificate_ends_on <= clock.today() + CERTIFICATE_SOON


def _certificate(person: StaffLine) -> Matter:
    assert person.certificate_ends_on is not None
    over = person.certificate_ends_on < clock.today()
    return Matter(
        person.full_name,
        ", ".join(person.titles),
        Badge(
            "late" if over else "warn",
            _("Hết hạn từ {day:%d/%m/%Y}", day=person.certificate_ends_on)
            if over
            else _("Hết hạn {day:%d/%m/%Y}", day=person.certificate_ends_on),
        ),
        _("Ghi ngày hết hạn mới sau khi gia hạn"),
        f"/quan-tri/can-bo/{person.id}",
    )


async def _left_without_record(session: TenantSession) -> list[Matter]:
    return [
        Matter(
            person.full_name,
            "",
            Badge("warn", _("Ngày cuối {day:%d/%m/%Y}", day=person.left_on)),
            _("Xem việc còn giữ và bàn giao"),
            f"/ban-giao/moi?nguoi={person.id}",
        )
        for person in await repository.left_without_record(session, clock.today() - timedelta(days=365))
    ]


async def _deliveries(session: TenantSession, rows: Sequence[AnyRow]) -> list[Matter]:
    failed = await webhooks.failed_counts(session, clock.now() - timedelta(days=30))
    found = []
    for row in rows:
        receiver, count = row.WebhookSubscription, failed.get(row.WebhookSubscription.id, 0)
        badge = receivers.badge(receiver)
        if badge.kind not in ("late", "warn") and not count:
            continue
        detail = _("{count} lần gửi bỏ cuộc trong 30 ngày", count=count) if count else ""
        found.append(Matter(receiver.name, detail, badge, _("Xem lỗi và gửi lại"), f"{PAGES}/{receiver.id}"))
    return found


def _letters(troubled: Sequence[Mail]) -> list[Matter]:
    return [
        Matter(
            mail.receiver,
            f"{mail.subject}: {mail.error}",
            seals.standing(mail),
            _("Xem lại địa chỉ rồi gửi lại"),
            sent_heads.PAGE,
        )
        for mail in troubled
    ]


def _connections(rows: Sequence[AnyRow], staff: Sequence[StaffLine]) -> list[Matter]:
    """Accounts of other systems that end soon, and those whose maker is gone: they go on, but who answers for them?"""
    gone = {person.id for person in staff if rules.has_left(person.left_on, clock.today())}
    found = []
    for row in rows:
        account = row.ServiceAccount
        if account.revoked_at is not None:
            continue
        badge = connections.badge(account)
        orphaned = account.created_by in gone
        if badge.kind not in ("late", "warn") and not orphaned:
            continue
        detail = _("người lập {name} đã nghỉ", name=row.creator) if orphaned else ""
        found.append(
            Matter(row.name, detail, badge, _("Xem lại, đổi mã hoặc thu hồi"), f"/quan-tri/ket-noi/{account.id}")
        )
    return found
