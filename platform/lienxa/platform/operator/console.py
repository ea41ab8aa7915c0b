"""The operator's console: how the installation stands, and what failed. No content of any office is on these pages."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock, places
from lienxa.platform.doctor.findings import Patient
from lienxa.platform.doctor.words import lasting, queue_title
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.identity.requests import person_of
from lienxa.platform.jobs.dead_letters import KEPT_DAYS, PAGE
from lienxa.platform.jobs.repository import ALIVE_SECONDS
from lienxa.platform.operator import condition, dead_letters
from lienxa.platform.operator.dead_letters import DeadLetter
from lienxa.platform.tenancy.organs import organ_by_slug
from lienxa.platform.text import _
from lienxa.platform.web.page import page, place_asked, redirect

DEAD_LETTERS = f"{OPERATOR_PATH}/viec-hong"

PageRequest = Request[Any, Any, State]


class ConsoleController(Controller):
    """How the installation stands, and the jobs that failed."""

    path = OPERATOR_PATH
    opt = {"host": "sso", "operator": True}
    include_in_schema = False

    @get("/tinh-trang")
    async def condition(self, request: PageRequest) -> Template:
        """How everything stands now, and what to do about it."""
        app = request.app.state
        return page(
            request,
            "operator/condition.html",
            condition=await condition.look(Patient(app.settings, app.database)),
            versions=condition.versions(),
            leads=condition.LEADS,
            alive_seconds=ALIVE_SECONDS,
            lasting=lasting,
            queue_title=queue_title,
            now=clock.now(),
        )

    @get("/viec-hong")
    async def dead_letters(self, request: PageRequest, don_vi: FromQuery[str] = "") -> Template:
        """The jobs that will not run by themselves any more, of the installation or of one organ."""
        before = place_asked(request, places.read_moment)
        async with request.app.state.database.control() as control:
            organ = await organ_by_slug(control, don_vi) if don_vi else None
            if don_vi and organ is None:
                raise NotFound
            organ_id = organ.id if organ else None
            letters = await dead_letters.page_of(control, organ_id=organ_id, before=before)
            kinds = await dead_letters.kinds(control, organ_id=organ_id)
        here = _list_of(don_vi)
        following = ""
        if len(letters) == PAGE:
            following = f"{here}{'&' if don_vi else '?'}sau={places.of_moment(letters[-1].died, letters[-1].id)}"
        return page(
            request,
            "operator/dead_letters.html",
            letters=letters,
            kinds=kinds,
            organ=organ,
            moment=moment,
            following=following,
            first=here if before else "",
            kept_days=KEPT_DAYS,
        )

    @get("/viec-hong/{message_id:str}")
    async def dead_letter(self, request: PageRequest, message_id: FromPath[UUID]) -> Template:
        """One of them, with the form to give it up."""
        async with request.app.state.database.control() as control:
            letter = await dead_letters.find(control, message_id)
        return _letter_page(request, letter)

    @post("/viec-hong/{message_id:str}/chay-lai", status_code=303)
    async def retry(self, request: PageRequest, message_id: FromPath[UUID]) -> Redirect:
        """Want it again; a second click does nothing."""
        sent = await request.form()
        async with request.app.state.database.control() as control:
            wanted = await dead_letters.retry(control, _operator(request), message_id, _read_moment(sent.get("luc")))
        notice = _("Đã đưa việc trở lại hàng đợi.") if wanted else _("Việc này đã được chạy lại hoặc đã bỏ từ trước.")
        return redirect(request, _list_of(sent.get("don_vi")), notice=notice)

    @post("/viec-hong/chay-lai", status_code=303)
    async def retry_kind(self, request: PageRequest) -> Redirect:
        """Want all of one job again that the page showed."""
        sent = await request.form()
        slug = sent.get("don_vi") or ""
        async with request.app.state.database.control() as control:
            organ = await organ_by_slug(control, slug) if slug else None
            if slug and organ is None:
                raise NotFound
            count = await dead_letters.retry_kind(
                control,
                _operator(request),
                str(sent.get("viec")),
                _read_moment(sent.get("luc")),
                organ.id if organ else None,
            )
        notice = (
            _("Đã đưa {count} việc trở lại hàng đợi.", count=count)
            if count
            else _("Các việc này đã được chạy lại hoặc đã bỏ từ trước.")
        )
        return redirect(request, _list_of(slug), notice=notice)

    @post("/viec-hong/{message_id:str}/bo", status_code=303)
    async def give_up(self, request: PageRequest, message_id: FromPath[UUID]) -> Redirect | Template:
        """Drop it, for a reason."""
        sent = await request.form()
        reason = str(sent.get("ly_do") or "")
        try:
            async with request.app.state.database.control() as control:
                gone = await dead_letters.give_up(
                    control, _operator(request), message_id, _read_moment(sent.get("luc")), reason
                )
        except InvalidInput as errors:
            async with request.app.state.database.control() as control:
                letter = await dead_letters.find(control, message_id)
            return _letter_page(request, letter, {"ly_do": reason}, errors)
        notice = _("Đã bỏ việc.") if gone else _("Việc này đã được chạy lại hoặc đã bỏ từ trước.")
        return redirect(request, DEAD_LETTERS, notice=notice)


def _letter_page(
    request: PageRequest, letter: DeadLetter, values: dict[str, str] | None = None, errors: InvalidInput | None = None
) -> Template:
    return page(
        request,
        "operator/dead_letter.html",
        status=422 if errors else 200,
        letter=letter,
        moment=moment,
        values=values or {},
        errors=errors,
    )


def _list_of(slug: Any) -> str:
    return f"{DEAD_LETTERS}?don_vi={slug}" if slug else DEAD_LETTERS


def moment(instant: datetime) -> str:
    """An instant of the queue, to the microsecond, as forms and addresses carry it."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_moment(typed: Any) -> datetime:
    """What `moment` wrote, or `NotFound`: nothing died at another."""
    try:
        instant = datetime.fromisoformat(str(typed))
    except ValueError:
        raise NotFound from None
    if instant.tzinfo is None:
        raise NotFound
    return instant


def _operator(request: PageRequest) -> str:
    return person_of(request).username
