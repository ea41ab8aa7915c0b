"""What an organ needs of its people and of the service around them before it goes live."""

from collections.abc import Sequence
from datetime import timedelta

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.models import Body
from lienxa.platform.access.staffing import plan_for
from lienxa.platform.db.session import TenantSession
from lienxa.platform.identity import enrolment
from lienxa.platform.life import works
from lienxa.platform.module import ReadinessItem
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.webhooks import repository as webhooks
from lienxa.tenants.office import repository, rules
from lienxa.tenants.office.schemas import PostLine, StaffLine

CERTIFICATE_SOON = timedelta(days=60)
ARCHIVE_OLD = timedelta(days=30)


async def readiness(session: TenantSession, organ: Organ) -> Sequence[ReadinessItem]:
    """Jobs held, posts that sign, logins, certificates, the public face, deliveries, an archive."""
    posts = await repository.posts(session)
    bodies = [body for body in await people.bodies(session) if body.in_use]
    staff = [one for one in await repository.staff(session) if not rules.has_left(one.left_on, clock.today())]
    common = [
        _of_roles(organ, posts),
        _of_logins(await enrolment.count_never_signed_in(session), len(staff)),
        await _of_face(session),
        await _of_deliveries(session),
        await _of_archive(session),
    ]
    if organ.is_parent:
        return common
    signing = {row.staff_id for row in await people.holders_of_role(session, "leader")}
    signers = [one for one in staff if one.id in signing]
    return [common[0], _of_signing(bodies, posts), common[1], _of_certificates(signers), *common[2:]]


def _of_roles(organ: Organ, posts: Sequence[PostLine]) -> ReadinessItem:
    title, path = _("Mỗi việc có người đảm nhiệm"), "/quan-tri/chuc-vu"
    names = {role.code: role.name for role in plan_for(organ).roles}
    held = {post.role_code for post in posts if post.holders}
    without = [name for role, name in names.items() if role not in held]
    if without:
        reason = _("Chưa có ai làm: {roles}.", roles=", ".join(without))
        return ReadinessItem("office.roles", title, "missing", reason, path)
    vacant = sum(not post.holders for post in posts)
    if vacant:
        reason = _("Đủ các việc; còn {count} chức vụ đang khuyết.", count=vacant)
        return ReadinessItem("office.roles", title, "warning", reason, path)
    return ReadinessItem("office.roles", title, "done", _("Mọi chức vụ đều có người giữ."), path)


def _of_signing(bodies: Sequence[Body], posts: Sequence[PostLine]) -> ReadinessItem:
    title, path = _("Mỗi cơ quan có người ký, có chức danh ký"), "/quan-tri/chuc-vu"
    able = {post.body_id for post in posts if post.role_code == "leader" and post.holders and post.title.strip()}
    without = [body.name for body in bodies if body.id not in able]
    if without:
        reason = _("Chưa có lãnh đạo đương nhiệm có chức danh ký: {bodies}.", bodies=", ".join(without))
        return ReadinessItem("office.signing", title, "missing", reason, path)
    return ReadinessItem(
        "office.signing", title, "done", _("{count} cơ quan đều có người ký.", count=len(bodies)), path
    )


def _of_logins(never: int, staff: int) -> ReadinessItem:
    title, path = _("Mọi người đã đăng nhập"), "/quan-tri/can-chu-y"
    if never:
        reason = _("{count}/{all} người chưa đăng nhập lần nào.", count=never, all=max(staff, never))
        return ReadinessItem("office.logins", title, "missing", reason, path)
    return ReadinessItem("office.logins", title, "done", _("{count} người đều đã đăng nhập.", count=staff), path)


def _of_certificates(signers: Sequence[StaffLine]) -> ReadinessItem:
    """Of those who sign; a day that nobody wrote down is a warning, for a seal on paper is enough to begin with."""
    title, path = _("Chứng thư chữ ký số của người ký"), "/quan-tri/can-bo"
    today = clock.today()
    over = sum(one.certificate_ends_on is not None and one.certificate_ends_on < today for one in signers)
    soon = sum(
        one.certificate_ends_on is not None and today <= one.certificate_ends_on <= today + CERTIFICATE_SOON
        for one in signers
    )
    unknown = sum(one.certificate_ends_on is None for one in signers)
    if over:
        reason = _("{count} người ký có chứng thư đã hết hạn.", count=over)
        return ReadinessItem("office.certificates", title, "missing", reason, path)
    if soon or unknown:
        parts = (
            _("{count} chứng thư hết hạn trong 60 ngày tới", count=soon) if soon else "",
            _("{count} người ký chưa ghi ngày hết hạn", count=unknown) if unknown else "",
        )
        reason = _("{parts}.", parts=", ".join(filter(None, parts)))
        return ReadinessItem("office.certificates", title, "warning", reason, path)
    reason = _("{count} người ký đều còn hạn.", count=len(signers))
    return ReadinessItem("office.certificates", title, "done" if signers else "missing", reason, path)


async def _of_face(session: TenantSession) -> ReadinessItem:
    title, path = _("Địa chỉ, điện thoại trên trang công khai"), "/quan-tri/ten-va-bieu-trung"
    found = await people.profile(session)
    without = [
        name
        for name, value in (
            (_("địa chỉ"), found.address if found else ""),
            (_("điện thoại"), found.phone if found else ""),
        )
        if not value
    ]
    if without:
        return ReadinessItem("office.face", title, "missing", _("Chưa ghi: {parts}.", parts=", ".join(without)), path)
    return ReadinessItem("office.face", title, "done", _("Đã ghi địa chỉ và điện thoại."), path)


async def _of_deliveries(session: TenantSession) -> ReadinessItem:
    title, path = _("Gửi sự kiện cho phần mềm khác"), "/quan-tri/noi-nhan"
    failed = sum((await webhooks.failed_counts(session, clock.now() - timedelta(days=30))).values())
    if failed:
        reason = _("{count} lần gửi bỏ cuộc trong 30 ngày qua.", count=failed)
        return ReadinessItem("office.deliveries", title, "warning", reason, path)
    return ReadinessItem("office.deliveries", title, "done", _("Không có lần gửi nào hỏng trong 30 ngày qua."), path)


async def _of_archive(session: TenantSession) -> ReadinessItem:
    """Operators make it; the commune sees that it is there."""
    title = _("Đã xuất bản lưu dữ liệu")
    at = await works.last_done(session, "export")
    if at is None:
        reason = _("Chưa có bản lưu nào. Đề nghị người vận hành xuất dữ liệu của đơn vị.")
        return ReadinessItem("office.archive", title, "missing", reason)
    reason = _("Bản lưu gần nhất ngày {day:%d/%m/%Y}.", day=clock.legal(at))
    return ReadinessItem("office.archive", title, "warning" if clock.now() - at > ARCHIVE_OLD else "done", reason)
