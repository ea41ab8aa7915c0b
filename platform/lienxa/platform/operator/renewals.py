"""A new one-time password for an organ's administrator who lost theirs, as an operator asked for it on a page.

As with additions, the web process writes what is wanted and a worker does it, once, in one transaction. It becomes the
application in the organ to find who administrates it; the organ's own trail tells that it happened.
"""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.audit import operators
from lienxa.platform.audit import repository as audit
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.errors import AppError, Conflict, NotFound
from lienxa.platform.identity import enrolment
from lienxa.platform.identity.models import Account, SignOnSession
from lienxa.platform.identity.provisioning import Provisioner
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.operator import onboarding, telling
from lienxa.platform.operator.models import PasswordRenewal
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, organ_by_id
from lienxa.platform.text import _

_ADMINISTRATOR = "administrator"


# As the application: what the page asks ----------------------------------------------------------------------------


async def ask(control: ControlSession, job: Job, key: UUID, operator: str, organ: Organ) -> None:
    """Want the password in the name of `operator`. A key that was used before changes nothing.

    `Conflict` if the organ has no people yet, or no more: after a restore it is suspended, and they have no password.
    """
    if organ.state not in telling.HEARING:
        raise Conflict(_("{name} chưa hoạt động.", name=organ.title), remedy=_("Đợi đến khi đơn vị hoạt động."))
    row = insert(PasswordRenewal).values(
        id=key, tenant_id=organ.id, operator=operator, state="waiting", asked_at=clock.now(), reason=""
    )
    if await control.scalar(row.on_conflict_do_nothing().returning(PasswordRenewal.id)) is not None:
        operators.note(control, operator, "organ.password_asked", organ.id)
        await enqueue(control, job, key)


async def find(control: ControlSession, renewal_id: UUID) -> tuple[PasswordRenewal, Organ]:
    """The renewal and whose administrator it is for, or `NotFound`."""
    renewal = await control.get(PasswordRenewal, renewal_id)
    organ = await organ_by_id(control, renewal.tenant_id) if renewal else None
    if renewal is None or organ is None:
        raise NotFound
    return renewal, organ


async def latest(control: ControlSession, organ: Organ) -> PasswordRenewal | None:
    """The one that was asked for last in the organ."""
    query = select(PasswordRenewal).where(PasswordRenewal.tenant_id == organ.id)
    return await control.scalar(query.order_by(PasswordRenewal.asked_at.desc()).limit(1))


# As the operator: what the worker does ------------------------------------------------------------------------------


async def carry_out(database: Database, settings: Settings, provisioner: Provisioner, renewal_id: UUID) -> None:
    """Renew the password that was asked for, or note why not. `database` is the operator's."""
    try:
        await _renew(database, settings, provisioner, renewal_id)
    except AppError as refused:
        async with database.control() as control:
            renewal = await control.get_one(PasswordRenewal, renewal_id, with_for_update=True)
            renewal.state, renewal.ended_at = "failed", clock.now()
            renewal.reason = f"{refused.message} {refused.remedy}".strip()
            operators.note(control, renewal.operator, "organ.password_not_renewed", renewal.tenant_id)


async def _renew(database: Database, settings: Settings, provisioner: Provisioner, renewal_id: UUID) -> None:
    async with onboarding.opened(database) as work:
        control = work.control
        renewal = await control.get_one(PasswordRenewal, renewal_id, with_for_update=True)
        organ = await organ_by_id(control, renewal.tenant_id)
        if renewal.state != "waiting" or organ is None:
            return
        operators.note(control, renewal.operator, "organ.password_renewed", organ.id)
        await control.flush()
        async with onboarding.as_member(work, organ) as session:
            account_id = await _told_administrator(session, renewal.operator)
            account = await control.get_one(Account, account_id)
            by = _("Người vận hành {name}", name=renewal.operator)
            await enrolment.write_of_new_password(session, organ, account, by)
        renewal.keep_password(settings, await provisioner.renew_password(control, account_id))
        renewal.state, renewal.ended_at = "done", clock.now()
        renewal.full_name, renewal.username = account.full_name, account.username
        await control.execute(delete(SignOnSession).where(SignOnSession.account_id == account_id))
        await control.flush()


async def _told_administrator(session: TenantSession, operator: str) -> UUID:
    """The account of who has administrated the organ for the longest.

    The trail there tells what is done to it, and all who administrate the organ are told, that person first of all.
    """
    administrator = await people.first_holder_of_role(session, _ADMINISTRATOR)
    if administrator is None:
        raise Conflict(
            _("Đơn vị không có ai giữ chức vụ quản trị."), remedy=_("Báo lãnh đạo đơn vị và người phụ trách hệ thống.")
        )
    told = {"text": _("Người vận hành hệ thống cấp lại mật khẩu dùng một lần")}
    audit.record_service(session, "office.renew_password", "staff", administrator.id, told)
    await session.flush()
    text = _("cấp lại mật khẩu dùng một lần cho {name}", name=administrator.full_name)
    await telling.tell_administrators(session, "office.renew_password", operator, text)
    return administrator.account_id
