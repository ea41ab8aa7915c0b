"""An organ from its archive, beside the others: checked, written in one transaction, and compared before it ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from lienxa.platform import clock
from lienxa.platform.audit import heads, operators, sealing
from lienxa.platform.db import archived, portable
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.files import store
from lienxa.platform.identity.models import Account, AccountOrgan
from lienxa.platform.identity.provisioning import Provisioner, provisioner_for, undone_on_failure
from lienxa.platform.life import archive, exporting, refusals, settling, upgrading
from lienxa.platform.life.archive import Faulty, Head, Manifest, Reader
from lienxa.platform.life.models import OrganWork
from lienxa.platform.life.upgrading import Table
from lienxa.platform.life.works import Progress
from lienxa.platform.operator import onboarding, telling
from lienxa.platform.rollup import repository as figures
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.models import Succession, Tenant, TenantHost
from lienxa.platform.tenancy.organs import LIVE, Organ, check_host, check_slug, organ_of
from lienxa.platform.text import _

STEPS: Mapping[str, str] = {
    "check": _("Kiểm tra tệp lưu"),
    "files": _("Ghi các tệp đính kèm"),
    "tables": _("Ghi các bảng dữ liệu"),
    "compare": _("So từng bảng với tệp lưu"),
}
SEALS = "app.audit_seal"


class _Registered(msgspec.Struct):
    """The organ as the archive's registry tells it."""

    id: UUID
    slug: str
    name: str
    kind: str
    level_label: str
    parent_id: UUID | None
    parent_slug: str | None
    demonstration: bool
    created_at: datetime
    host: str
    phase: str = LIVE
    phase_since: datetime | None = None
    trial_from: datetime | None = None
    trial_until: datetime | None = None


class _Person(msgspec.Struct):
    """Somebody of the organ."""

    id: UUID
    issuer_name: str
    sub: str
    username: str
    full_name: str
    email: str | None
    disabled_at: datetime | None
    created_at: datetime
    joined_at: datetime
    signed_in_at: datetime | None


async def carry_out(database: Database, work: OrganWork, progress: Progress) -> Mapping[str, Any]:
    """Restore the organ of the archive that was named. Killed at any moment it leaves nothing, or all of it.

    An archive that this installation's key does not vouch for is refused, unless it was asked for `unsealed`: then the
    trails of the operators and of the organ say so. With `reseal` the trail is sealed anew with this installation's
    key, for an archive of another installation.
    """
    with Reader(archive_of(work.wanted["archive"])) as reader:
        await progress.begin("check")
        vouched_for = _check_seal(reader, work)
        if not vouched_for:
            reader.check_no_trap()
        reader.check()
        registered = _at_host(reader, str(work.wanted.get("host") or ""))
        published = _heads_of(reader)
        await _check_fits(database, reader.manifest, registered)
        restored = await _write(database, reader, registered, work, progress, vouched_for=vouched_for)
        if not work.wanted.get("reseal"):
            heads.bring_back(registered.id, published)
    return {"tenant_id": str(registered.id), "slug": registered.slug, **restored}


def archives() -> Sequence[Path]:
    """The archives that lie ready, the latest first."""
    return sorted(exporting.folder().glob("[!.]*.zip"), key=lambda path: -path.stat().st_mtime)


def archive_of(name: str) -> Path:
    """The archive of that name, or `NotFound`."""
    found = next((path for path in archives() if path.name == name), None)
    if found is None:
        raise NotFound(_("Không có tệp lưu “{name}” trong thư mục archives.", name=name))
    return found


def _check_seal(reader: Reader, work: OrganWork) -> bool:
    """Whether our key vouches for the archive; `Conflict` if it does not and nobody asked for it all the same."""
    vouched_for = reader.is_vouched_for(get_settings().audit_keys)
    if not vouched_for and not work.wanted.get("unsealed"):
        raise Conflict(
            _("Tệp lưu không mang dấu niêm của hệ thống này: có thể đã bị sửa, hoặc do hệ thống khác xuất."),
            remedy=_(
                "Lấy lại tệp gốc. Nếu biết chắc tệp từ đâu đến, khôi phục với lựa chọn nhận tệp không có dấu niêm "
                "(lệnh: --unsealed); việc đó được ghi vào nhật ký. Tệp xuất trước một lần đổi khóa: "
                "nêu lại khóa cũ trong LIENXA_OLD_AUDIT_KEYS."
            ),
        )
    return vouched_for


def _at_host(reader: Reader, host: str) -> _Registered:
    """The organ as the archive tells it, at `host` if another is wanted; `Conflict` if that cannot be here."""
    registered = reader.one(archive.ORGAN, _Registered)
    if host:
        registered = msgspec.structs.replace(registered, host=host)
    try:
        check_slug(registered.slug)
    except InvalidInput as refused:  # no organ is added under such a name: this was not written by us
        raise Faulty(refused.fields[0].reason) from refused
    try:
        check_host(registered.host, get_settings())
    except InvalidInput as refused:
        remedy = _("Khôi phục với địa chỉ khác (ô Địa chỉ; lệnh: --host).")
        raise Conflict(refused.fields[0].reason, remedy=remedy) from refused
    return registered


async def _check_fits(database: Database, manifest: Manifest, registered: _Registered) -> None:
    if registered.id != manifest.organ_id:
        raise Faulty.at(archive.ORGAN, None, _("đơn vị khác với đơn vị manifest.json ghi"))
    upgrading.steps_of(manifest)
    async with database.control() as control:
        await _check_knows_successions(control, manifest)
        await _check_absent(control, registered)
        await _parent_of(control, registered)


async def _check_absent(control: ControlSession, registered: _Registered) -> Tenant | None:
    """What is left of the organ if it was erased here; `Conflict` if it, its slug or its host is in use."""
    same = select(Tenant).where(or_(Tenant.id == registered.id, Tenant.slug == registered.slug))
    for found in await control.scalars(same.with_for_update(key_share=True)):
        if found.state != "erased":
            raise Conflict(
                _("{name} đang có trong hệ thống.", name=organ_of(found).title),
                remedy=_("Chỉ khôi phục được đơn vị không còn trong hệ thống; xóa đơn vị ấy trước."),
            )
    if await control.scalar(select(TenantHost.host).where(TenantHost.host == registered.host)):
        raise Conflict(
            _("Địa chỉ {host} đã có đơn vị dùng.", host=registered.host),
            remedy=_("Đổi địa chỉ của đơn vị ấy trước."),
        )
    return await control.get(Tenant, registered.id)


async def _check_knows_successions(control: ControlSession, manifest: Manifest) -> None:
    """`Conflict` if a merger or split was still to pass things from or to the organ when its archive was written.

    What passed would be open on both sides, or on neither, and no passage would lead from one to the other.
    """
    concerned = or_(Succession.predecessor_id == manifest.organ_id, Succession.successor_id == manifest.organ_id)
    unknown = or_(Succession.done_at.is_(None), Succession.done_at > manifest.made_at)
    query = select(Succession.from_day).where(concerned, unknown).order_by(Succession.from_day.desc()).limit(1)
    if from_day := await control.scalar(query):
        raise Conflict(
            _(
                "Tệp lưu lập lúc {made:%d/%m/%Y %H:%M}, trước khi đơn vị sáp nhập hoặc chia tách xong "
                "(từ ngày {day:%d/%m/%Y}): việc đã bàn giao sẽ bị tính hai lần hoặc không còn ở đâu.",
                made=clock.legal(manifest.made_at),
                day=from_day,
            ),
            remedy=_(
                "Chọn tệp lưu lập sau khi bàn giao xong. Nếu chỉ cần xem lại tình trạng cũ, khôi phục tệp này ở một "
                "hệ thống khác (docs/archive.md). Chưa có gì được ghi."
            ),
        )


async def _parent_of(control: ControlSession, registered: _Registered) -> UUID | None:
    if registered.parent_slug is None:
        return None
    same = or_(Tenant.id == registered.parent_id, Tenant.slug == registered.parent_slug)
    parent = await control.scalar(select(Tenant.id).where(same, Tenant.state != "erased"))
    if parent is None:
        raise Conflict(
            _("Không có đơn vị cấp trên “{slug}”.", slug=registered.parent_slug),
            remedy=_("Thêm hoặc khôi phục đơn vị cấp trên trước."),
        )
    return parent


@asynccontextmanager
async def _files_laid(reader: Reader, organ_id: UUID, progress: Progress) -> AsyncIterator[None]:
    """Lay the contents down; if the block fails, they go again.

    It stands inside the transaction that registered the organ: nobody else restores the same organ meanwhile.
    """
    await progress.begin("files", reader.manifest.files.count)
    try:
        for sha256, size in reader.files():
            await store.put_back(organ_id, sha256, reader.file(sha256, size))
            await progress.advance()
        yield
    except BaseException:
        await asyncio.shield(store.erase(organ_id))
        raise


@contextmanager
def _faults_of(part: str) -> Iterator[None]:
    """What the database refuses of a part of the archive, in words."""
    try:
        yield
    except DBAPIError as error:
        why = refusals.why(error)
        if why is None:
            raise
        raise Faulty.at(part, None, why) from error


async def _write(
    database: Database,
    reader: Reader,
    registered: _Registered,
    work: OrganWork,
    progress: Progress,
    *,
    vouched_for: bool,
) -> Mapping[str, Any]:
    reseal = bool(work.wanted.get("reseal"))
    said = _head_in_words(reader.manifest)
    if not vouched_for:
        said = _("tệp lưu KHÔNG có dấu niêm của hệ thống này; {said}", said=said)
    provisioner = provisioner_for(get_settings())
    async with undone_on_failure(provisioner), onboarding.opened(database) as opened:
        with _faults_of(archive.ORGAN):
            organ = await _register(opened.control, registered)
        async with _files_laid(reader, organ.id, progress):
            with _faults_of(archive.ACCOUNTS):
                without = await _let_in(opened.control, provisioner, organ, reader)
            operators.note(opened.control, work.operator, "organ.restored", organ.id, said)
            await opened.control.flush()
            await onboarding.become_application(opened)
            async with portable.reading(database, organ.id, opened.connection) as session:
                await figures.remove_all(session)  # those that its end left; the archive has its own
                rows = await _load(opened.connection, organ.id, reader, progress, reseal=reseal)
                await _check_trail(session, reader, reseal=reseal)
                await archived.finish(session, upgrading.steps_of(reader.manifest))
                withdrawn = await settling.settle(session)
                serving = await settling.serving(session)
                again = settling.serve_again(serving, reader.manifest.made_at)
                passwords = [_without_password(without)] if without else []
                text = "; ".join([_("khôi phục đơn vị, {said}", said=said), *withdrawn, *passwords, again])
                await telling.tell(session, "office.restored", work.operator, text)
    told = {"withdrawn": withdrawn, "serving": len(serving), "without_password": without}
    return {"rows": rows, "files": reader.manifest.files.count, **told}


async def _register(control: ControlSession, registered: _Registered) -> Organ:
    tenant, parent_id = await _check_absent(control, registered), await _parent_of(control, registered)
    if tenant is None:
        tenant = Tenant(id=registered.id)
        control.add(tenant)
    tenant.slug, tenant.name, tenant.kind = registered.slug, registered.name, registered.kind
    tenant.level_label, tenant.demonstration = registered.level_label, registered.demonstration
    tenant.parent_id = parent_id
    tenant.created_at, tenant.state, tenant.erase_at = registered.created_at, "suspended", None
    tenant.phase, tenant.phase_since = registered.phase, registered.phase_since
    tenant.trial_from, tenant.trial_until = registered.trial_from, registered.trial_until
    await control.flush()
    control.add(TenantHost(host=registered.host, tenant_id=registered.id))
    await control.flush()
    return organ_of(tenant)


async def _let_in(control: ControlSession, provisioner: Provisioner, organ: Organ, reader: Reader) -> int:
    """Let everybody sign on at the organ again; how many have no password, because their account ended with it.

    Those have never signed in, so they stand among those to whom slips are given.
    """
    without = 0
    for person in reader.several(archive.ACCOUNTS, _Person):
        made = await _keep_account(control, person)
        without += made
        joined = {"created_at": person.joined_at, "signed_in_at": None if made else person.signed_in_at}
        await control.execute(insert(AccountOrgan).values(account_id=person.id, tenant_id=organ.id, **joined))
        await provisioner.readmit(control, organ.slug, person.id)
    return without


def _without_password(count: int) -> str:
    return _("{count} người chưa có mật khẩu, cần phiếu cấp tài khoản mới", count=count)


async def _keep_account(control: ControlSession, person: _Person) -> bool:
    """Keep the account that is there, or make it anew; whether it was made."""
    same = select(Account).where(Account.issuer_name == person.issuer_name, Account.sub == person.sub)
    known = await control.scalar(same)
    if known is not None and known.id != person.id:
        raise Conflict(
            _("Tài khoản {name} đã có trong hệ thống với mã khác.", name=person.username),
            remedy=_("Người này đã được cấp tài khoản mới ở đây. Báo người phụ trách hệ thống."),
        )
    bearer = await control.get(Account, person.id)
    if bearer is not None and bearer is not known:
        raise Conflict(
            _("Mã tài khoản của {name} trong tệp lưu đã thuộc về người khác ở đây.", name=person.username),
            remedy=_("Tệp lưu bị sửa hoặc nhầm nguồn: lấy lại tệp gốc rồi làm lại. Chưa có gì được ghi."),
        )
    if bearer is None:
        fields = {name: getattr(person, name) for name in person.__struct_fields__}
        del fields["joined_at"], fields["signed_in_at"]
        control.add(Account(**fields))
        await control.flush()
    return bearer is None


async def _load(
    connection: AsyncConnection, organ_id: UUID, reader: Reader, progress: Progress, *, reseal: bool
) -> int:
    """Every table in the order of the database here, then each compared with what the archive says of it."""
    tables = upgrading.tables(await portable.parts(connection), reader.manifest)
    loaded = [table for table in tables if not (reseal and table.part.name == SEALS)]
    await progress.begin("tables", len(loaded))
    for table in loaded:
        await _take_in(connection, table, reader)
        await progress.advance()
    await progress.begin("compare", len(loaded))
    rows = 0
    for table in loaded:
        expected = table.measure(reader)
        if await portable.measure(connection, organ_id, table.part) != expected:
            raise Faulty(_("Bảng {table} sau khi ghi khác với tệp lưu.", table=table.part.name))
        rows += expected.rows
        await progress.advance()
    return rows


async def _take_in(connection: AsyncConnection, table: Table, reader: Reader) -> None:
    """Add the lines of a table; `Faulty` names the first line that the database refuses, and why."""
    await portable.stage(connection, table.lines(reader))
    try:
        async with connection.begin_nested():
            await portable.take_in(connection, table.part)
    except DBAPIError as error:
        why = refusals.why(error)
        if why is None:
            raise
        raise Faulty.at(table.path, await portable.first_refused(connection, table.part), why) from error


async def _check_trail(session: TenantSession, reader: Reader, *, reseal: bool) -> None:
    """`Conflict` unless the chain of the trail holds under our key, or is begun anew."""
    if reseal:
        return
    await sealing.keep_seals(session)
    if await sealing.verify(session, get_settings().audit_keys, _heads_of(reader)):
        raise Conflict(
            _("Dấu niêm nhật ký trong tệp lưu không khớp khóa nhật ký của hệ thống này."),
            remedy=_("Nếu tệp lưu từ một hệ thống khác, khôi phục với lựa chọn niêm lại nhật ký."),
        )


def _heads_of(reader: Reader) -> list[sealing.Head]:
    return [sealing.Head(head.number, bytes.fromhex(head.mac)) for head in reader.several(archive.HEADS, Head)]


def _head_in_words(manifest: Manifest) -> str:
    return _(
        "tệp lưu lúc {made:%d/%m/%Y %H:%M}, dấu niêm cuối {number}: {mac}",
        made=clock.legal(manifest.made_at),
        number=manifest.head.number,
        mac=manifest.head.mac[:16],
    )


async def compare(database: Database, organ_id: UUID, reader: Reader) -> list[str]:
    """The tables of the organ that are not byte by byte what the archive holds."""
    async with portable.snapshot(database, organ_id) as (connection, _session):
        return [
            table.part.name
            for table in upgrading.tables(await portable.parts(connection), reader.manifest)
            if await portable.measure(connection, organ_id, table.part) != table.measure(reader)
        ]
