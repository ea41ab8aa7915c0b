"""What a restored organ begins with beyond the rows of its archive, so that nobody outside is served or told twice.

An archive knows neither what was withdrawn after it was written nor what arrived since, and it carries no jobs. So what
others hold of the organ is withdrawn, what was on its way out is given up, and work inside is wanted anew.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from lienxa.platform import clock
from lienxa.platform.access.models import Staff
from lienxa.platform.db.session import TenantSession
from lienxa.platform.files import pictures
from lienxa.platform.files.jobs import draw_pages
from lienxa.platform.jobs.repository import enqueue_many
from lienxa.platform.module import all_modules
from lienxa.platform.rest import accounts
from lienxa.platform.rollup import marks
from lienxa.platform.text import _
from lienxa.platform.webhooks import subscriptions
from lienxa.platform.workdays.jobs import calendar_changed


async def settle(session: TenantSession) -> list[str]:
    """Withdraw and want anew, in the transaction of the restore; what was withdrawn, in sentences without a full stop.

    Runs when the tables were compared with the archive, because they differ from it afterwards.
    """
    said = []
    if revoked := await accounts.revoke_all(session):
        said.append(_("đã thu hồi {count} mã kết nối (API), cần thì lập lại", count=revoked))
    if paused := await subscriptions.switch_off(session):
        said.append(_("đã tạm dừng {count} nơi nhận sự kiện, sự kiện chưa gửi thì thôi gửi", count=paused))
    for module in all_modules():
        if module.restored is not None:
            said += await module.restored(session)
    await _want_anew(session)
    return said


async def serving(session: TenantSession) -> Sequence[str]:
    """The names of who works in the organ as its archive tells it. It knows not who left or was suspended since."""
    today = clock.today()
    at_work = select(Staff.full_name).where(
        Staff.is_service.is_(False),
        or_(Staff.left_on.is_(None), Staff.left_on >= today),
        or_(Staff.suspended_on.is_(None), Staff.suspended_on > today),
    )
    return (await session.scalars(at_work.order_by(Staff.sort_key))).all()


def serve_again(names: Sequence[str], made_at: datetime) -> str:
    """A sentence as those of `settle`, for the organ itself: no name of its people is kept where operators read."""
    return _(
        "{count} người lại được làm việc như lúc lưu {made:%d/%m/%Y %H:%M}, ai đã nghỉ, thôi chức vụ hoặc bị tạm ngừng "
        "sau lúc đó thì báo người vận hành khóa tài khoản trước khi đơn vị hoạt động lại: {names}",
        count=len(names),
        made=clock.legal(made_at),
        names=", ".join(names),
    )


async def _want_anew(session: TenantSession) -> None:
    for module in all_modules():
        if module.figures:
            await marks.mark(session, module.name)
    wanted = await pictures.still_wanted(session)
    await enqueue_many(session, draw_pages, [(session.tenant_id, stored_file_id) for stored_file_id in wanted])
    await calendar_changed(session)
