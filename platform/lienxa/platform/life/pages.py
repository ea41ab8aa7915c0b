"""The operator's pages of an organ's life: acts with their progress, archives to take and to restore, certificates."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import File, Redirect, Template

from lienxa.platform import ids
from lienxa.platform.audit import operators
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.identity.requests import person_of
from lienxa.platform.life import erasing, following, planning, plans, restoring, suspending, works
from lienxa.platform.life.acts import KINDS
from lienxa.platform.life.jobs import carry_out
from lienxa.platform.operator import registry, telling
from lienxa.platform.tenancy.organs import check_host, organ_by_id
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page, redirect

TEMPLATES = Path(__file__).parent / "templates"

WORKS = f"{OPERATOR_PATH}/viec-don-vi"

PageRequest = Request[Any, Any, State]


class LifeController(Controller):
    """What operators do with an organ that is there, was there, or comes back."""

    path = OPERATOR_PATH
    opt = {"host": "sso", "operator": True}
    include_in_schema = False

    @get("/don-vi/{slug:str}/vong-doi")
    async def life(self, request: PageRequest, slug: FromPath[str]) -> Template:
        """The acts on one organ, and how the last ones went."""
        return await _life(request, slug)

    @post("/don-vi/{slug:str}/tam-dung", status_code=303)
    async def suspend(self, request: PageRequest, slug: FromPath[str]) -> Redirect:
        """Let it be read alone."""
        return await _ask(request, slug, "suspend")

    @post("/don-vi/{slug:str}/hoat-dong-lai", status_code=303)
    async def resume(self, request: PageRequest, slug: FromPath[str]) -> Redirect:
        """Let it work again."""
        return await _ask(request, slug, "resume")

    @post("/don-vi/{slug:str}/xuat", status_code=303)
    async def export(self, request: PageRequest, slug: FromPath[str]) -> Redirect:
        """Write its archive."""
        return await _ask(request, slug, "export", books=True)

    @post("/don-vi/{slug:str}/doi-dia-chi", status_code=303)
    async def move(self, request: PageRequest, slug: FromPath[str]) -> Redirect | Template:
        """Let it answer at another host."""
        reader = FormReader(await request.form())
        host = reader.text("host", _("Địa chỉ mới"), required=True).lower()
        try:
            reader.check()
            check_host(host, request.app.state.settings)
        except InvalidInput as errors:
            return await _life(request, slug, reader.values, errors)
        return await _ask(request, slug, "move", host=host)

    @post("/don-vi/{slug:str}/xoa", status_code=303)
    async def erase(self, request: PageRequest, slug: FromPath[str]) -> Redirect | Template:
        """Decide to erase it; who decides types its slug again."""
        reader = FormReader(await request.form())
        reason = reader.text("reason", _("Lý do"), required=True, max=500)
        if reader.text("confirm", _("Tên miền của đơn vị"), required=True) not in ("", slug):
            reader.refuse("confirm", _("Tên miền gõ lại không khớp."), _("Gõ đúng: {slug}", slug=slug))
        try:
            reader.check()
        except InvalidInput as errors:
            return await _life(request, slug, reader.values, errors)
        return await _ask(request, slug, "erase", reason=reason)

    @post("/don-vi/{slug:str}/rut-lai", status_code=303)
    async def call_back(self, request: PageRequest, slug: FromPath[str]) -> Redirect:
        """Take the decision to erase it back."""
        return await _ask(request, slug, "call_back")

    @get("/viec-don-vi/{work_id:str}")
    async def work(self, request: PageRequest, work_id: FromPath[UUID]) -> Template:
        """How far an act is, and how it ended."""
        async with request.app.state.database.control() as control:
            work = await works.find(control, work_id)
            organ = await organ_by_id(control, work.tenant_id) if work.tenant_id else None
            plan = plans.plan_of(work.wanted) if work.kind in planning.KINDS else None
            parties = await planning.named(control, plan) if plan else None
        return page(
            request,
            "life/work.html",
            work=work,
            organ=organ,
            kind=KINDS[work.kind],
            steps=works.steps(work, KINDS[work.kind]),
            plan=plan,
            parties=parties,
            planned=planning.is_planned(work),
            may_go_on=planning.may_go_on(work),
        )

    @get("/viec-don-vi/{work_id:str}/tep", opt={SENT_AS_IT_IS: True})
    async def archive(self, request: PageRequest, work_id: FromPath[UUID]) -> File:
        """The archive that was made; the trail says who took it."""
        async with request.app.state.database.control() as control:
            work = await works.find(control, work_id)
            if work.kind != "export" or work.state != "done":
                raise NotFound
            path = restoring.archive_of(work.result["archive"])
            operators.note(control, operator_of(request), "organ.archive_taken", work.tenant_id, path.name)
            organ = await telling.hearing(control, work.tenant_id)
        if organ is not None:
            async with request.app.state.database.tenant(organ.id) as session:
                text = _("Tải tệp lưu {name}", name=path.name)
                await telling.tell(session, "office.archive_taken", operator_of(request), text)
        return File(path, filename=path.name, media_type="application/zip", headers={"cache-control": "no-store"})

    @get("/khoi-phuc")
    async def archives(self, request: PageRequest) -> Template:
        """The archives that lie ready, and how the last restores went."""
        async with request.app.state.database.control() as control:
            recent = await works.recent(control, "restore")
        names = [(path.name, path.name) for path in restoring.archives()]
        return page(request, "life/restore.html", archives=names, recent=recent)

    @post("/khoi-phuc", status_code=303)
    async def restore(self, request: PageRequest) -> Redirect:
        """Restore an organ from one of them."""
        sent = await request.form()
        archive = restoring.archive_of(str(sent.get("archive") or ""))
        chosen: dict[str, Any] = {name: bool(sent.get(name)) for name in ("unsealed", "reseal")}
        host = str(sent.get("host") or "").strip().lower()
        return await want(request, "restore", None, archive=archive.name, host=host, **chosen)

    @get("/da-xoa")
    async def erased(self, request: PageRequest) -> Template:
        """The decisions to erase, how far they are, and their certificates."""
        async with request.app.state.database.control() as control:
            erasures = await erasing.latest(control)
        return page(request, "life/erased.html", erasures=erasures)

    @get("/da-xoa/{erasure_id:str}/chung-nhan", opt={SENT_AS_IT_IS: True})
    async def certificate(self, request: PageRequest, erasure_id: FromPath[UUID]) -> Response[bytes]:
        """The certificate of an organ's end."""
        async with request.app.state.database.control() as control:
            erasure = await erasing.find(control, erasure_id)
        if erasure.certificate is None:
            raise NotFound
        name = f"chung-nhan-xoa-{erasure.slug}.pdf"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(erasure.certificate, media_type="application/pdf", headers=headers)


async def _life(
    request: PageRequest, slug: str, values: dict[str, Any] | None = None, errors: InvalidInput | None = None
) -> Template:
    async with request.app.state.database.control() as control:
        entry = await registry.entry(control, slug)
        done = await works.of_organ(control, entry.organ.id)
        erasure = await suspending.open_erasure(control, entry.organ.id)
        successions = await following.of_organ(control, entry.organ.id)
        planned = await planning.waiting(control, [slug])
    settings = request.app.state.settings
    return page(
        request,
        "life/life.html",
        status=422 if errors else 200,
        entry=entry,
        works=done,
        kinds=KINDS,
        erasure=erasure,
        successions=successions,
        planned=[(work, plans.plan_of(work.wanted).from_day) for work in planned],
        followed=any(found.predecessor.id == entry.organ.id for found in successions),
        days=settings.erase_after_days,
        old_days=settings.old_address_days,
        values=values or {},
        errors=errors,
    )


async def _ask(request: PageRequest, slug: str, kind: str, **wanted: Any) -> Redirect:
    async with request.app.state.database.control() as control:
        entry = await registry.entry(control, slug)
    return await want(request, kind, entry.organ.id, **wanted)


async def want(
    request: PageRequest, kind: str, organ_id: UUID | None, *, delay: timedelta | None = None, **wanted: Any
) -> Redirect:
    """Want an act once for each form that was sent, after `delay` if there is one, and lead to how it goes."""
    key = key_of((await request.form()).get("_once"))
    async with request.app.state.database.control() as control:
        await works.ask(control, carry_out, key, kind, operator_of(request), organ_id, delay=delay, **wanted)
    return redirect(request, f"{WORKS}/{key}")


def key_of(typed: Any) -> UUID:
    """The key of a form, so that what is sent twice is wanted once."""
    try:
        return UUID(typed)
    except (AttributeError, TypeError, ValueError):
        return ids.new_id()


def operator_of(request: PageRequest) -> str:
    """Who asks."""
    return person_of(request).username
